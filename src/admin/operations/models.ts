/** Bedrock's models: which exist, which can be picked in a region, and which granted ones end. */
import { z } from "zod";
import { catalogueName, MODELS, PROFILES, type Model } from "../../bedrock/catalogue.ts";
import type { Period } from "../../call-index/types.ts";
import type { Delegation } from "../../core/delegation.ts";
import type { Verification } from "../../core/verification.ts";
import { matchesPattern } from "../../core/model.ts";
import { endingOf, ENDING_DAYS, endingsOf, grantsName, type Ending } from "../../registry/endings.ts";
import { notFound } from "../../registry/errors.ts";
import { modelsIn, namesOf } from "../models.ts";
import { operation, serverOperation, type ServerParts } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { pageOf } from "../views/common.ts";
import { catalogueModelView, endingView, type CatalogueModelView, type EndingView } from "../views/models.ts";
import { modelView } from "../views/settings.ts";

const DAY_MS = 86_400_000;
const RECENTLY_MS = 30 * DAY_MS;
const days = z.coerce.number<number>("must be a number of days").int().min(0).max(3_650);

export const listModels = operation(
  {
    id: "models.list",
    method: "GET",
    path: "/models",
    role: "viewer",
    summary: "List models to choose from for a new delegation.",
    query: pageQuery.extend({ region: z.string().max(40).default("us-east-1") }),
    result: pageOf(modelView),
  },
  async ({ clock }, { query }) => page(modelsIn(query.region, clock.now()), query, ({ id }) => id),
);

/** What `listCatalogue` selects by. */
const filters = {
  provider: z.string().max(40).toLowerCase().exactOptional(),
  geography: z
    .string()
    .max(40)
    .toLowerCase()
    .exactOptional()
    .describe("Has a profile with this prefix: `us`, `eu`, `global`."),
  region: z.string().max(40).toLowerCase().exactOptional().describe("Can be called from this region."),
  ending: days.exactOptional().describe("Ends within this many days, or has ended."),
  delegation: z
    .string()
    .max(40)
    .exactOptional()
    .describe("Granted by this delegation, whose account's dates win."),
};
export type CatalogueFilters = z.input<z.ZodObject<typeof filters>>;

export const listCatalogue = operation(
  {
    id: "models.catalogue",
    method: "GET",
    path: "/catalogue",
    role: "viewer",
    summary: "List Bedrock's models with their ends of life, limits and features.",
    query: pageQuery.extend(filters),
    result: pageOf(catalogueModelView),
  },
  async ({ store, clock }, { query }) => {
    const { delegation: name } = query;
    const delegation = name === undefined ? undefined : await store.delegations.get(name);
    if (name !== undefined && !delegation) throw notFound("delegation", name);
    const verification = name === undefined ? undefined : await store.verifications.get(name, "full");
    const context = {
      now: clock.now(),
      ...(delegation && { delegation }),
      ...(verification && { verification }),
    };
    return page(catalogued(query, context), query, ({ id }) => id);
  },
);

/** Without a store: of no delegation. `now` in epoch milliseconds. */
export function catalogued(
  { provider, geography, region, ending }: CatalogueFilters,
  { now, delegation, verification }: { now: number; delegation?: Delegation; verification?: Verification },
): CatalogueModelView[] {
  return MODELS.filter((model) => provider === undefined || model.provider === provider)
    .filter(
      (model) => geography === undefined || profilesOf(model).some((id) => id.startsWith(`${geography}.`)),
    )
    .filter((model) => region === undefined || namesOf(model, region).length > 0)
    .filter(
      (model) => delegation === undefined || namesOf(model).some((name) => grantsName(delegation, name)),
    )
    .map((model) => described(model, now, { verification, region: region ?? delegation?.region }))
    .filter(({ endsAt }) => ending === undefined || (endsAt ?? Infinity) <= now + ending * DAY_MS);
}

function profilesOf({ id }: Model): string[] {
  return PROFILES.filter(({ model }) => model === id).map((profile) => profile.id);
}

function described(
  model: Model,
  now: number,
  { verification, region }: { verification: Verification | undefined; region: string | undefined },
): CatalogueModelView {
  const { endsAt, source } = endingOf(model.id, verification, region);
  return {
    ...model,
    profiles: profilesOf(model),
    ended: endsAt !== undefined && endsAt <= now,
    ...(endsAt === undefined ? {} : { endsAt, endsBy: source }),
  };
}

export const listEndings = serverOperation(
  {
    id: "models.endings",
    method: "GET",
    path: "/endings",
    role: "viewer",
    summary: "List granted models that end soon or have ended, and used ones that a wider pattern grants.",
    query: pageQuery.extend({ days: days.default(ENDING_DAYS), delegation: filters.delegation }),
    result: pageOf(endingView),
  },
  async (parts, { query }) => {
    const { delegation, days: within } = query;
    const now = parts.clock.now();
    const period = { since: now - RECENTLY_MS, until: now + 1 };
    const called = await callsBy(parts, period);
    const found: EndingView[] = [];
    for (const each of await parts.store.delegations.list()) {
      if (delegation !== undefined && each.name !== delegation) continue;
      found.push(...(await endingsIn(parts, each, { now, days: within, used: [...called.keys()], period })));
    }
    found.sort((a, b) => a.endsAt - b.endsAt);
    return page(found, query, ({ delegation: holder, granted }) => `${holder} ${granted}`);
  },
);

interface Lately {
  now: number;
  days: number;
  /** What any delegation has called. */
  used: string[];
  period: Period;
}

/** Most delegations have none, and cost no question to the index. */
async function endingsIn(
  parts: ServerParts,
  delegation: Delegation,
  { period, ...lately }: Lately,
): Promise<EndingView[]> {
  const { name } = delegation;
  const verification = await parts.store.verifications.get(name, "full");
  const used = lately.used.filter((model) => grantsName(delegation, model));
  const endings = endingsOf(delegation, verification, { ...lately, used });
  if (endings.length === 0) return [];
  const named = new Set(
    endingsOf(delegation, verification, { ...lately, used: [] }).map(({ granted }) => granted),
  );
  const calls = await callsBy(parts, { ...period, delegation: name });
  return endings
    .map((ending) => ({
      ...ending,
      delegation: name,
      ended: ending.endsAt <= lately.now,
      calls: callsOf(ending, calls),
    }))
    .filter((ending) => named.has(ending.granted) || ending.calls > 0);
}

async function callsBy(
  { insight }: ServerParts,
  query: Period & { delegation?: string },
): Promise<Map<string, number>> {
  const { rows } = await insight.usage({ ...query, by: "model" });
  return new Map(rows.flatMap(({ name, calls }) => (name !== null && calls > 0 ? [[name, calls]] : [])));
}

function callsOf({ granted }: Ending, calls: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [name, count] of calls)
    if (matchesPattern(catalogueName(granted), catalogueName(name))) sum += count;
  return sum;
}
