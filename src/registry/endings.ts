/**
 * Which granted models end soon. The account's own answer, kept with the latest full verification, is newer than the
 * catalogue: where AWS lists a model, its date or its silence decides.
 */
import {
  catalogueModel,
  catalogueName,
  catalogueProfile,
  endOfLife,
  isListedByAws,
  MODELS,
  PROFILES,
} from "../bedrock/catalogue.ts";
import type { Delegation } from "../core/delegation.ts";
import { matchesPattern } from "../core/model.ts";
import type { Verification } from "../core/verification.ts";

/** How long before their end granted models are reported. */
export const ENDING_DAYS = 60;
const DAY_MS = 86_400_000;

type Lifecycles = Pick<Verification, "lifecycles"> | undefined;

export interface Ending {
  /** As granted: a name, or a pattern that matches only models that end; an alias's target; or one that was used. */
  granted: string;
  /** Names that callers use for it. */
  aliases: string[];
  /** The one that ends last, if it is a pattern. */
  model: string;
  /** Epoch milliseconds; in the past if it has ended. */
  endsAt: number;
  /** Who says so. */
  source: "aws" | "catalogue";
  /** What its vendor recommends instead. */
  successor?: string;
}

interface Within {
  /** Epoch milliseconds. */
  now: number;
  days?: number;
  /** Names that calls have used lately: a wide pattern hides that they end. */
  used?: readonly string[];
}

/** Those that end within `days` from `now`, or have ended: the first to end first. */
export function endingsOf(
  { grants, aliases, state, region }: Delegation,
  verification: Lifecycles,
  { now, days = ENDING_DAYS, used = [] }: Within,
): Ending[] {
  if (state === "revoked") return [];
  const targets = aliases.map(({ name, base, model }) => ({ name, target: base ?? model }));
  const granted = [
    ...grants.flatMap(({ models }) => models),
    ...targets.map(({ target }) => target),
    ...used,
  ];
  return [...new Set(granted)]
    .flatMap((each) => {
      const last = lastOf(each, verification, region);
      if (last === undefined || last.endsAt > now + days * DAY_MS) return [];
      const named = targets.filter(({ target }) => target === each).map(({ name }) => name);
      return [{ granted: each, aliases: named, ...last }];
    })
    .toSorted((a, b) => a.endsAt - b.endsAt);
}

/** Undefined if it is no model that is known, or if one that it matches has no end. */
function lastOf(
  granted: string,
  verification: Lifecycles,
  region: string,
): Omit<Ending, "granted" | "aliases"> | undefined {
  const names = granted.includes("*") ? matched(granted) : [granted];
  const ends = names.map((model) => ({ model, ...endingOf(model, verification, region) }));
  const dated = ends.flatMap((each) => (each.endsAt === undefined ? [] : [{ ...each, endsAt: each.endsAt }]));
  const [last] = dated.toSorted((a, b) => b.endsAt - a.endsAt);
  if (last === undefined || dated.length < ends.length) return undefined;
  const successor = catalogueProfile(last.model)?.successor ?? catalogueModel(last.model)?.successor;
  return { ...last, ...(successor === undefined ? {} : { successor }) };
}

/** When a model or a profile ends, in epoch milliseconds. */
export function endingOf(
  name: string,
  verification: Lifecycles,
  region?: string,
): { endsAt: number | undefined; source: Ending["source"] } {
  const model = catalogueModel(name)?.id ?? name;
  const answer = verification?.lifecycles?.find((lifecycle) => lifecycle.model === model);
  if (answer) return { endsAt: answer.endsAt, source: "aws" };
  return { endsAt: endOfLife(name, region), source: "catalogue" };
}

/** Models and profiles that a pattern may mean: those that AWS lists, or of which an end is known. */
function matched(pattern: string): string[] {
  return [...MODELS, ...PROFILES]
    .filter((listed) => isListedByAws(listed) || endOfLife(listed.id) !== undefined)
    .map(({ id }) => id)
    .filter((id) => matchesPattern(catalogueName(pattern), id));
}

/** Whether any grant's pattern matches the id of a model or a profile, in whichever region. */
export function grantsName({ grants }: Delegation, name: string): boolean {
  const id = catalogueName(name);
  return grants.some(({ models }) => models.some((pattern) => matchesPattern(catalogueName(pattern), id)));
}

/** `us.anthropic.… (alias fast) ended on 2026-10-14 by AWS's own list`. */
export function endingText({ granted, aliases, endsAt, source }: Ending, now: number): string {
  const names =
    aliases.length === 0 ? "" : ` (${aliases.length === 1 ? "alias" : "aliases"} ${aliases.join(", ")})`;
  const day = new Date(endsAt).toISOString().slice(0, 10);
  const by = source === "aws" ? "the account's own list" : "the catalogue";
  return `${granted}${names} ${endsAt <= now ? "ended" : "ends"} on ${day} by ${by}`;
}
