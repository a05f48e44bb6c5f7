/** Model aliases: the names that callers of a delegation may use for its models. */
import type { Delegation, ModelAlias } from "../core/delegation.ts";
import { parseModelName } from "../core/model.ts";
import type { Store } from "../store/store.ts";
import { notFound, OperatorError, wrongState } from "./errors.ts";
import { aliasForm, checked, type AliasInput } from "./input.ts";
import { recordChange, type Operator } from "./operator.ts";

/** Adds an alias or changes the one of that name. An alias grants nothing. Throws OperatorError. */
export async function setAlias(
  store: Store,
  delegation: string,
  input: AliasInput,
  operator: Operator,
): Promise<Delegation> {
  const alias = checked(aliasForm, input);
  return change(store, delegation, {
    operator,
    aliases(before) {
      requireModel(alias, before);
      requireMantle(alias, before);
      const others = before.aliases.filter(({ name }) => name !== alias.name);
      return [...others, alias].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  });
}

/** Throws OperatorError. */
export async function removeAlias(
  store: Store,
  delegation: string,
  name: string,
  operator: Operator,
): Promise<Delegation> {
  return change(store, delegation, {
    operator,
    aliases(before) {
      const rest = before.aliases.filter((alias) => alias.name !== name);
      if (rest.length === before.aliases.length) throw notFound("alias", name);
      return rest;
    },
  });
}

/** T12: an ARN must lie in the delegation's own account and partition. */
function requireModel({ model }: ModelAlias, delegation: Delegation): void {
  const parsed = parseModelName(model, delegation);
  const foreign = parsed?.account !== undefined && parsed.account !== delegation.account;
  if (!parsed || foreign || !parsed.arn.startsWith(`arn:${delegation.partition}:`)) {
    const message = foreign
      ? `is not in the delegation's account ${delegation.account}`
      : "is not a Bedrock model";
    throw new OperatorError("invalid", [{ field: "model", message }]);
  }
}

/** The role must allow the alias's upstream. */
function requireMantle({ upstream }: ModelAlias, { name, role }: Delegation): void {
  if (!upstream?.startsWith("bedrock-mantle") || role.bedrockMantle) return;
  const message = `the role of ${name} doesn't allow bedrock-mantle: signet delegation edit ${name} --bedrock-mantle`;
  throw new OperatorError("invalid", [{ field: "upstream", message }]);
}

function change(
  store: Store,
  name: string,
  { operator, aliases }: { operator: Operator; aliases: (before: Delegation) => ModelAlias[] },
): Promise<Delegation> {
  return store.transaction(async (tables) => {
    const before = await tables.delegations.get(name);
    if (!before) throw notFound("delegation", name);
    if (before.state === "revoked") throw wrongState("delegation", `${name} is revoked: create a new one`);
    const after = { ...before, aliases: aliases(before) };
    await tables.delegations.update(after);
    const subject = `delegation/${name}`;
    await recordChange(tables, operator, { action: "delegation.aliases", subject, before, after });
    return after;
  });
}
