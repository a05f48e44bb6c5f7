/**
 * Parties: what calls are counted and filtered by. There are few, because operators choose the names; only the model of
 * a refused call and a granted project are chosen by the caller, so they are left out of the party once there are too
 * many.
 */
import type { DatabaseSync } from "node:sqlite";
import { openDictionary } from "./dictionary.ts";
import type { Names } from "./dictionary.ts";
import type { IndexedCall } from "./types.ts";

export interface Party {
  id: number;
  client: string;
  delegation: string;
  key: string;
  model: string | null;
  /** Of inference, except through AWS's compatible endpoints. */
  project: string | null;
  outcome: IndexedCall["outcome"];
  error: string | null;
  upstreamError: string | null;
}

export interface Parties {
  intern(call: IndexedCall): Party;
  /** Throws DamageError if there is no such party. */
  get(id: number): Party;
  all(): Iterable<Party>;
}

const COLUMNS = [
  "client",
  "delegation",
  "key",
  "model",
  "project",
  "outcome",
  "error",
  "upstream_error",
] as const;
const MOST_PARTIES = 20_000;
const LONGEST_MODEL = 256;

export function openParties(database: DatabaseSync): Parties {
  const dictionary = openDictionary(database, "party", COLUMNS);
  const parties = new Map<number, Party>();
  const get = (id: number): Party => {
    const known = parties.get(id);
    if (known) return known;
    const [client, delegation, key, model = null, project = null, ...ending] = dictionary.namesOf(id);
    const [outcome, error = null, upstreamError = null] = ending;
    const party = { id, client, delegation, key, model, project, outcome, error, upstreamError } as Party;
    parties.set(id, party);
    return party;
  };
  return {
    intern(call) {
      const names = namesOf(call, call.model ?? null, call.project ?? null);
      const known = dictionary.find(names);
      if (known !== undefined) return get(known);
      const isFull = dictionary.size >= MOST_PARTIES;
      const tooMany = isFull || (call.model?.length ?? 0) > LONGEST_MODEL;
      const model = call.outcome === "refused" && tooMany ? null : (call.model ?? null);
      return get(dictionary.intern(namesOf(call, model, isFull ? null : (call.project ?? null))));
    },
    get,
    *all() {
      for (const [id] of dictionary.entries()) yield get(id);
    },
  };
}

/** In the order of `COLUMNS`. */
function namesOf(call: IndexedCall, model: string | null, project: string | null): Names {
  const { client, delegation, key, outcome, error, upstreamErrorType } = call;
  return [client, delegation, key, model, project, outcome, error ?? null, upstreamErrorType ?? null];
}
