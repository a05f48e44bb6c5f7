/** Setting and removing limits of delegations, clients and keys. */
import { z } from "zod";
import type { LimitHolder, Limits } from "../core/limits.ts";
import type { Store, Tables } from "../store/store.ts";
import { requireUnrevoked } from "./clients.ts";
import { notFound, wrongState } from "./errors.ts";
import { checked } from "./input.ts";
import { recordChange, type Operator } from "./operator.ts";

const whole = (most: number) =>
  z
    .int("must be a whole number above 0")
    .min(1, "must be a whole number above 0")
    .max(most, `must be at most ${most}`)
    .exactOptional();
const dollars = z
  .number("must be US dollars above 0")
  .min(0.000_001, "must be US dollars above 0")
  .max(10_000_000, "must be at most 10000000")
  .exactOptional();

/** An empty object removes the limits. */
export const limitsForm = z
  .strictObject({
    requestsPerMinute: whole(10_000_000),
    tokensPerMinute: whole(1_000_000_000_000),
    concurrentCalls: whole(100_000),
    tokensPerDay: whole(1_000_000_000_000),
    tokensPerMonth: whole(1_000_000_000_000),
    costPerDay: dollars,
    costPerMonth: dollars,
    warnAtPercent: whole(100),
  })
  .refine(
    ({ warnAtPercent, tokensPerDay, tokensPerMonth, costPerDay, costPerMonth }) =>
      warnAtPercent === undefined ||
      [tokensPerDay, tokensPerMonth, costPerDay, costPerMonth].some((budget) => budget !== undefined),
    { path: ["warnAtPercent"], error: "requires a daily or monthly budget" },
  );
export type LimitsInput = z.input<typeof limitsForm>;

/** Replaces the limits. Throws OperatorError. */
export async function setLimits(
  store: Store,
  { scope, name }: LimitHolder,
  input: LimitsInput,
  operator: Operator,
): Promise<Limits | undefined> {
  const form = checked(limitsForm, input);
  const limits = Object.keys(form).length === 0 ? undefined : form;
  await store.transaction(async (tables) => {
    const before = await limitsIn(tables, { scope, name });
    await keep(tables, { scope, name }, limits);
    await recordChange(tables, operator, {
      action: `${scope}.limits`,
      subject: `${scope}/${name}`,
      before: { limits: before ?? null },
      after: { limits: limits ?? null },
    });
  });
  return limits;
}

/** Throws OperatorError `not_found`, or `wrong_state` for what has ended. */
export async function limitsIn(tables: Tables, { scope, name }: LimitHolder): Promise<Limits | undefined> {
  switch (scope) {
    case "delegation": {
      const found = await tables.delegations.get(name);
      if (!found) throw notFound(scope, name);
      if (found.state === "revoked") throw wrongState(scope, `${name} is revoked`);
      return found.limits;
    }
    case "client": {
      const found = await tables.clients.get(name);
      if (!found) throw notFound(scope, name);
      requireUnrevoked(found);
      return found.limits;
    }
    case "key": {
      const found = await tables.keys.get(name);
      if (!found) throw notFound(scope, name);
      if (found.revokedAt !== undefined) throw wrongState(scope, `${name} is revoked`);
      return found.limits;
    }
    default: {
      const _: never = scope;
      return _;
    }
  }
}

async function keep(tables: Tables, { scope, name }: LimitHolder, limits: Limits | undefined): Promise<void> {
  if (scope === "client") return tables.clients.setLimits(name, limits);
  if (scope === "key") return tables.keys.setLimits(name, limits);
  const found = await tables.delegations.get(name);
  if (!found) throw notFound(scope, name);
  const { limits: _before, ...rest } = found;
  return tables.delegations.update({ ...rest, ...(limits && { limits }) });
}
