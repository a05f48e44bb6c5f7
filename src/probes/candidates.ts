/**
 * Which models may represent a granted pattern, in the order in which probes try them: the operator's choice, what the
 * delegation and its callers name, what the account itself lists, what the catalogue knows. Within each, models that
 * are alive and called from the region come first, then those without a subscription, then cheap ones. Dates and
 * regions only order: the account's own answer decides.
 */
import { BUILT_IN } from "../prices/built-in.ts";
import { createPrices } from "../prices/price.ts";
import { catalogueModel, catalogueName, isEnded, MODELS, namesIn, PROFILES } from "../bedrock/catalogue.ts";
import { foundationModelOf, type Place } from "../core/model.ts";
import type { Operation } from "../core/operations.ts";
import type { ModelLifecycle } from "../core/verification.ts";
import { covers, serves } from "./models.ts";

/** The most models that are tried for one pattern, operation and region. */
export const TRIES = 6;

/** Models that may represent patterns, besides the catalogue's. */
export interface Choice {
  /** Epoch milliseconds. */
  now: number;
  /** Tried first wherever a pattern allows it. */
  probeModel?: string;
  /** Names without `*` in the delegation's grants and aliases, and in the grants of its clients and keys. */
  named?: readonly string[];
  /** What the role's own account lists in its region. */
  offered?: readonly string[];
  /** What it says of when they end. */
  lifecycles?: readonly ModelLifecycle[];
}

/** Where and for what a model is to be called. */
interface Call {
  operation: Operation;
  place: Place;
}

/**
 * At most `TRIES`; empty if none is known that has the operation. A pattern without `*` stands for itself only.
 * `place`: of the call.
 */
export function candidates(pattern: string, operation: Operation, place: Place, choice: Choice): string[] {
  if (!pattern.includes("*")) return serves(operation, pattern) ? [pattern] : [];
  const { probeModel, named = [], offered = [] } = choice;
  const call = { operation, place };
  const matching = (ids: readonly string[]) => ids.filter((id) => covers(pattern, id, place));
  const fitting = (ids: readonly string[]) => matching(ids).filter((id) => serves(operation, id));
  const inOrder = [named, offered, IDS].flatMap((ids) => ordered(fitting(ids), call, choice));
  const isAlive = (id: string) => !hasEnded(id, place.region, choice) && isServed(id, place.region);
  const alive = inOrder.filter(isAlive);
  // Where every match seems to have ended or to be elsewhere, AWS is asked whether that is so.
  const isPatternAlive = alive.length > 0 || matching([...named, ...offered, ...IDS]).some(isAlive);
  const first = fitting([probeModel ?? []].flat());
  return [...new Set([...first, ...(isPatternAlive ? alive : inOrder)])].slice(0, TRIES);
}

/** By the account's own answer, if there is one. */
function hasEnded(id: string, region: string, { lifecycles = [], now }: Choice): boolean {
  const own = lifecycles.find(({ model }) => model === foundationModelOf(id));
  return own === undefined ? isEnded(id, now, region) : (own.endsAt ?? Infinity) <= now;
}

function isLegacy(id: string, region: string, { lifecycles = [], now }: Choice): boolean {
  const own = lifecycles.find(({ model }) => model === foundationModelOf(id));
  if (own) return own.legacy || (own.legacyAt ?? Infinity) <= now;
  return catalogueModel(id)?.legacy === true || isEnded(id, now + 30 * 86_400_000, region);
}

const IDS: readonly string[] = [...MODELS.map(({ id }) => id), ...PROFILES.map(({ id }) => id)];

/** Whether the model or profile is called from a region, as far as the catalogue knows: what it lacks may be anywhere. */
export function isServed(id: string, region: string): boolean {
  const model = catalogueModel(id);
  if (model === undefined) return true;
  return model.endpoints.includes("runtime") && namesIn(model, region).includes(catalogueName(id));
}

/** Smaller is better, the first difference decides. */
type Rank = readonly number[];

function compare(a: Rank, b: Rank): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

const PRICES = createPrices(BUILT_IN);

/** US dollars for a million tokens in and out. What has no known price may be any. */
function priceOf(id: string, region: string): number {
  const price = PRICES.priceOf(id, region, "default") ?? PRICES.priceOf(id, "us-east-1", "default");
  return price === undefined ? 1e3 : price.input + price.output;
}

function ordered(ids: readonly string[], { operation, place }: Call, choice: Choice): string[] {
  return ids
    .map((id) => ({ id, rank: rankOf(id, { operation, place }, choice) }))
    .toSorted((a, b) => compare(a.rank, b.rank))
    .map(({ id }) => id);
}

function rankOf(id: string, { operation, place }: Call, choice: Choice): Rank {
  // Third parties' models need a subscription or a form first; AWS's own are open to every account.
  const isOpen = catalogueModel(id)?.provider === "amazon";
  return [
    isLegacy(id, place.region, choice) ? 1 : 0,
    suits(operation, id) ? 0 : 1,
    isOpen ? 0 : 1,
    priceOf(id, place.region),
  ];
}

/** Whether the operation is known to do what it is for with this model. IAM's decision is the same for others. */
function suits(operation: Operation, id: string): boolean {
  const { mode, countable } = catalogueModel(id) ?? {};
  if (operation === "CountTokens") return countable === true;
  return mode === "chat" || mode === "embedding";
}

/** Names without `*` that a delegation's own grants, aliases and callers hold. */
export function namesOf(models: readonly string[]): string[] {
  return models.filter((model) => !model.includes("*"));
}

/**
 * Foundation models to try where a call must be denied: alive, of text, callable without a profile in the region,
 * cheap ones first. Elsewhere AWS's refusal would not be IAM's.
 */
export function deniable(place: Place, now: number): string[] {
  const alive = MODELS.filter(
    ({ id, mode }) => mode === "chat" && !isEnded(id, now, place.region) && isServed(id, place.region),
  );
  return ordered(
    alive.map(({ id }) => id),
    { operation: "Converse", place },
    { now },
  );
}
