/** Limits and budgets of delegations, clients and keys, and their usage; prices. */
import { OperatorError } from "../../registry/errors.ts";
import { limitsForm, limitsIn, setLimits } from "../../registry/limits.ts";
import { LIMIT_SCOPES, type LimitHolder } from "../../core/limits.ts";
import { operation, serverOperation, type AdminParts, type About } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { pageOf } from "../views/common.ts";
import type { PriceEntry, PriceTable } from "../../prices/price.ts";
import { limitReport, limitsView, priceView, type PriceRow } from "../views/limits.ts";
import { z } from "zod";

type AboutLimits = About<"scope" | "name">;

function limitedBy({ params }: AboutLimits): LimitHolder {
  const scope = LIMIT_SCOPES.find((each) => each === params.scope);
  if (!scope)
    throw new OperatorError("invalid", [
      { field: "scope", message: `must be one of ${LIMIT_SCOPES.join(", ")}` },
    ]);
  return { scope, name: params.name };
}

const limitsOf = z.object({
  scope: z.enum(LIMIT_SCOPES),
  name: z.string(),
  limits: limitsView,
});

async function current({ store }: AdminParts, asked: AboutLimits) {
  const limited = limitedBy(asked);
  return { ...limited, limits: (await limitsIn(store, limited)) ?? {} };
}

export const get = operation(
  {
    id: "limits.get",
    method: "GET",
    path: "/limits/{scope}/{name}",
    role: "viewer",
    summary: "Show the limits of a delegation, client or key.",
    result: limitsOf,
  },
  current,
);

export const set = operation(
  {
    id: "limits.set",
    method: "PUT",
    path: "/limits/{scope}/{name}",
    role: "operator",
    summary: "Replace the limits of a delegation, client or key; an empty object removes them.",
    body: limitsForm,
    result: limitsOf,
    current,
  },
  async ({ store, operator }, asked) => {
    const limited = limitedBy(asked);
    return { ...limited, limits: (await setLimits(store, limited, asked.body, operator)) ?? {} };
  },
);

export const state = serverOperation(
  {
    id: "limits.state",
    method: "GET",
    path: "/limits/{scope}/{name}/state",
    role: "viewer",
    summary: "Show the limits of a delegation, client or key, and their usage.",
    result: limitReport,
  },
  async (parts, asked) => {
    const report = await current(parts, asked);
    return { ...report, state: parts.gateway.limits(report) };
  },
);

export const listPrices = operation(
  {
    id: "prices.list",
    method: "GET",
    path: "/prices",
    role: "viewer",
    summary:
      "List the price table. The first price that matches a call applies, and of its rows the one with the highest threshold that the call's input is above.",
    query: pageQuery.extend({
      model: z
        .string()
        .exactOptional()
        .describe("Only models whose name contains this, in upper or lower case."),
    }),
    result: pageOf(priceView),
  },
  async (parts, { query }) => {
    const rows = pricesIn(parts.prices(), query).map((row, at) => ({ id: String(at), ...row }));
    return page(rows, query, ({ id }) => id);
  },
);

/** The rows of the table, in its order. */
export function pricesIn({ entries }: PriceTable, { model = "" }: { model?: string }): PriceRow[] {
  return entries.filter((entry) => entry.model.toLowerCase().includes(model.toLowerCase())).flatMap(rowsOf);
}

/** A price and its thresholds, by rising threshold. */
function rowsOf({ model, regions = ["*"], tier = "default", above = [], source, ...rates }: PriceEntry) {
  return [{ tokens: 0, ...rates }, ...above].map(({ tokens, ...each }) => ({
    model,
    regions: [...regions],
    tier,
    above: tokens,
    input: each.input ?? null,
    output: each.output ?? null,
    cacheRead: each.cacheRead ?? null,
    cacheWrite: each.cacheWrite ?? null,
    cacheWrite1h: each.cacheWrite1h ?? null,
    source,
  }));
}
