/**
 * Resolves a caller's model name: an alias of the delegation, a model's own name, or its vendor's name if that is
 * unique among the models that the key may use.
 */
import { modelOfId, type Model } from "../bedrock/model.ts";
import { nearestNames } from "../core/nearest.ts";
import type { Grant, ModelUpstream } from "../core/delegation.ts";
import { SignetError } from "../core/errors.ts";
import { coversName, foundationModelOf, parseModelName } from "../core/model.ts";
import type { Operation } from "../core/operations.ts";
import { applicableGrants } from "./grants.ts";
import type { Identity } from "./directory.ts";

export interface NamedModel extends Model {
  upstream: ModelUpstream;
}

/** A name that can be called, and what it means. */
export interface UsableName {
  name: string;
  model: NamedModel;
}

const INFERENCE: readonly Operation[] = [
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "Converse",
  "ConverseStream",
];
const NEAR = 5;

/**
 * `discovered` are ids that Bedrock lists, for grants with patterns. Throws `unknown_model` with near matches, never
 * naming a model that the key may not use.
 */
export function resolveModel(text: string, identity: Identity, discovered: readonly string[]): NamedModel {
  const direct = aliasNamed(text, identity) ?? own(text, identity);
  if (direct) return direct;
  const usable = usableNames(identity, discovered);
  const wanted = text.replace(/-latest$/, "");
  const found = usable.filter(({ model }) => vendorNames(model).includes(wanted));
  const [only] = found;
  if (only && found.every(({ model }) => model.id === only.model.id)) return only.model;
  throw unknown(text, usable, found);
}

/** The model of an alias, even if no grant covers it: `authorize` then refuses it with the reason. */
export function aliasNamed(text: string, { delegation }: Identity): NamedModel | undefined {
  const alias = delegation.aliases.find(({ name }) => name === text);
  return alias && { ...modelOfId(alias.model, alias.base), upstream: alias.upstream ?? "converse" };
}

/** Bedrock's ids begin with a vendor or a geography: `gpt-4.1` isn't one, though a grant of `*` would cover it. */
const BEDROCK_NAME = /^(?:[a-z0-9-]+\.[a-z]|arn:)/;

function own(text: string, identity: Identity): NamedModel | undefined {
  return BEDROCK_NAME.test(text) && isUsable(text, identity)
    ? { ...modelOfId(text, baseOf(text, identity)), upstream: "converse" }
    : undefined;
}

/** An alias for the same ARN may name the model behind it. */
function baseOf(id: string, { delegation }: Identity): string | undefined {
  return delegation.aliases.find(({ model, base }) => model === id && base !== undefined)?.base;
}

/** Every name that the key may use, aliases first, each once. */
export function usableNames(identity: Identity, discovered: readonly string[]): UsableName[] {
  const names = new Map<string, NamedModel>();
  for (const { name, model } of identity.delegation.aliases) {
    const meant = aliasNamed(name, identity);
    if (meant && isUsable(model, identity)) names.set(name, meant);
  }
  for (const id of [...namedInGrants(identity), ...discovered]) {
    const model = names.has(id) ? undefined : own(id, identity);
    if (model) names.set(id, model);
  }
  return [...names].map(([name, model]) => ({ name, model }));
}

function namedInGrants(identity: Identity): string[] {
  const patterns = applicableGrants(identity).flatMap((grants) => grants.flatMap(({ models }) => models));
  return [...new Set(patterns)].filter((name) => !name.includes("*") && !name.startsWith("guardrail/"));
}

/** Whether every list of grants allows some operation on the model. */
function isUsable(id: string, identity: Identity): boolean {
  const { delegation } = identity;
  const model = parseModelName(id, delegation);
  if (!model) return false;
  const region = model.region ?? delegation.region;
  const allows = ({ operations, models, regions }: Grant) =>
    regions.includes(region) &&
    operations.some((operation) => operation === "*" || INFERENCE.includes(operation)) &&
    models.some((pattern) => coversName(pattern, model.name, model.arn));
  return applicableGrants(identity).every((grants) => grants.some(allows));
}

/**
 * What vendors call a model: `anthropic.claude-sonnet-4-5-20250929-v1:0` is also `claude-sonnet-4-5-20250929` and
 * `claude-sonnet-4-5`, `openai.gpt-oss-20b-1:0` is `gpt-oss-20b`.
 */
function vendorNames({ base }: Model): string[] {
  if (base === null) return [];
  const id = foundationModelOf(base);
  const whole = id.slice(id.indexOf(".") + 1);
  const minorless = whole.replace(/:\d+$/, "");
  const unversioned = minorless.replace(minorless === whole ? /-v\d+$/ : /-v?\d+$/, "");
  return [id, whole, minorless, unversioned, unversioned.replace(/-\d{8}$/, "")];
}

function unknown(text: string, usable: readonly UsableName[], ambiguous: readonly UsableName[]): SignetError {
  const named = JSON.stringify(text.slice(0, 256));
  const param = { param: "model" };
  if (ambiguous.length > 0) {
    const names = ambiguous.map(({ name }) => name).join(", ");
    return new SignetError("unknown_model", `The model name ${named} can mean any of ${names}.`, param);
  }
  const near = nearestNames(
    text.slice(0, 256),
    usable.map(({ name }) => name),
    NEAR,
  );
  const hint = near.length > 0 ? ` Models of this key: ${near.join(", ")}.` : "";
  return new SignetError("unknown_model", `This key may use no model named ${named}.${hint}`, param);
}
