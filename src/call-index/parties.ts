/**
 * Parties: what calls are counted and filtered by. There are few, because operators name them. Only the model of a
 * refused call is chosen by the caller, so it is omitted from the party once there are too many.
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
  outcome: IndexedCall["outcome"];
  error: string | null;
  upstreamError: string | null;
}

export interface Parties {
  intern(call: IndexedCall): Party;
  /** Throws DamageError if the party doesn't exist. */
  get(id: number): Party;
  all(): Iterable<Party>;
}

const COLUMNS = ["client", "delegation", "key", "model", "outcome", "error", "upstream_error"] as const;
const MOST_PARTIES = 20_000;
const LONGEST_MODEL = 256;

export function openParties(database: DatabaseSync): Parties {
  const dictionary = openDictionary(database, "party", COLUMNS);
  const parties = new Map<number, Party>();
  const get = (id: number): Party => {
    const known = parties.get(id);
    if (known) return known;
    const [client, delegation, key, model = null, outcome, error = null, upstreamError = null] =
      dictionary.namesOf(id);
    const party = { id, client, delegation, key, model, outcome, error, upstreamError } as Party;
    parties.set(id, party);
    return party;
  };
  return {
    intern(call) {
      const names = namesOf(call, call.model ?? null);
      const known = dictionary.find(names);
      if (known !== undefined) return get(known);
      const tooMany = dictionary.size >= MOST_PARTIES || (call.model?.length ?? 0) > LONGEST_MODEL;
      const chosen = call.outcome === "refused" && tooMany;
      return get(dictionary.intern(chosen ? namesOf(call, null) : names));
    },
    get,
    *all() {
      for (const [id] of dictionary.entries()) yield get(id);
    },
  };
}

/** In the order of `COLUMNS`. */
function namesOf(call: IndexedCall, model: string | null): Names {
  const { client, delegation, key, outcome, error, upstreamErrorType } = call;
  return [client, delegation, key, model, outcome, error ?? null, upstreamErrorType ?? null];
}
