/**
 * Parsers made from a service model's shapes, once each: they check a value against the model and give it without nulls
 * and unknown members, as AWS's own front end reads it. They don't copy text or bytes.
 */
import { shapeOf } from "./model.ts";
import type { ServiceModel, Shape } from "./model.ts";
import { deeper } from "./problems.ts";
import type { Found } from "./problems.ts";
import { atLeast, atMost, rulesOf, scalarParser } from "./scalars.ts";
import { isRecord, shown } from "./values.ts";

export type Parse = (value: unknown, found: Found) => unknown;

const made = new WeakMap<ServiceModel, Map<string, Parse>>();

export function parserOf(model: ServiceModel, name: string): Parse {
  const known = made.get(model) ?? new Map<string, Parse>();
  made.set(model, known);
  const parser = known.get(name) ?? newParser(model, name);
  known.set(name, parser);
  return parser;
}

/** Made at the first use: shapes may contain themselves. */
function lazily(model: ServiceModel, name: string): Parse {
  let parser: Parse | undefined;
  return (value, found) => (parser ??= parserOf(model, name))(value, found);
}

function newParser(model: ServiceModel, name: string): Parse {
  const shape = shapeOf(model, name);
  const parser = plainParser(model, name, shape);
  if (shape.sensitive !== true) return parser;
  return (value, found) => {
    const before = found.problems.length;
    const parsed = parser(value, found);
    for (const { fault } of found.problems.slice(before))
      if (fault.kind === "constraint" && fault.value !== "null") fault.value = null;
    return parsed;
  };
}

function plainParser(model: ServiceModel, name: string, shape: Shape): Parse {
  // The events of a stream come after the request; each is checked where it is read.
  if (shape.eventstream === true) return (value) => value;
  if (shape.document === true) return parseDocument;
  switch (shape.type) {
    case "structure":
      return structureParser(model, name, shape);
    case "list":
      return listParser(model, shape);
    case "map":
      return mapParser(model, shape);
    default:
      return scalarParser(shape);
  }
}

function wrongType({ problems }: Found, wanted: string, isDocument = false): undefined {
  problems.push({ path: [], fault: { kind: "type", wanted, isDocument } });
}

/** The model says any JSON; Bedrock takes objects only, at least for tools' schemas and calls: aws/aws-sdk-net#3377. */
function parseDocument(value: unknown, found: Found): unknown {
  return isRecord(value) ? value : wrongType(found, "json object", true);
}

function structureParser(model: ServiceModel, name: string, shape: Shape): Parse {
  const { members = {}, required = [], union = false } = shape;
  const parsers = new Map(
    Object.entries(members).map(([member, { shape: of }]) => [member, lazily(model, of)]),
  );
  return (value, found) => {
    if (!isRecord(value)) return wrongType(found, "json object");
    const parsed: Record<string, unknown> = {};
    for (const member of Object.keys(value)) {
      const parser = parsers.get(member);
      const given = value[member];
      if (parser === undefined) found.unknown.push([member]);
      else if (given !== null && given !== undefined) parsed[member] = deeper(found, member, parser, given);
    }
    for (const member of required) if (!Object.hasOwn(parsed, member)) missing(found, member);
    const has = union ? Object.keys(parsed) : [];
    if (union && has.length !== 1)
      found.problems.push({
        path: [],
        fault: { kind: "union", shape: name, members: [...parsers.keys()], has },
      });
    return parsed;
  };
}

function missing({ problems }: Found, step: string | number): undefined {
  const rule = "Member must not be null";
  problems.push({ path: [step], fault: { kind: "constraint", value: "null", rule } });
}

function listParser(model: ServiceModel, shape: Shape): Parse {
  const { member = "" } = shape;
  const each = lazily(model, member);
  const rules = rulesOf(shapeOf(model, member));
  return (value, found) => {
    if (!Array.isArray(value)) return wrongType(found, "list");
    checkSize(found, value, value.length, shape);
    const items: Found = { problems: [], unknown: found.unknown };
    const parsed = value.map((item: unknown, i) =>
      item === null ? missing(items, i) : deeper(items, i, each, item),
    );
    found.problems.push(...collected(items, value, rules && `Member must satisfy constraint: ${rules}`));
    return parsed;
  };
}

/** Of what has constraints of its own and no members, AWS names the collection and all of the constraints. */
function collected({ problems }: Found, value: unknown, rule: string | null): Found["problems"] {
  if (rule === null || problems.length === 0) return problems;
  if (problems.some(({ fault, path }) => fault.kind !== "constraint" || path.length > 1)) return problems;
  return [{ path: [], fault: { kind: "constraint", value: shown(value), rule } }];
}

function mapParser(model: ServiceModel, shape: Shape): Parse {
  const { key = "", value: valueName = "" } = shape;
  const parseKey = lazily(model, key);
  const parseValue = lazily(model, valueName);
  const keyRules = rulesOf(shapeOf(model, key));
  const valueRules = rulesOf(shapeOf(model, valueName));
  return (value, found) => {
    if (!isRecord(value)) return wrongType(found, "json object");
    const names = Object.keys(value);
    checkSize(found, value, names.length, shape);
    const keys: Found = { problems: [], unknown: [] };
    const values: Found = { problems: [], unknown: found.unknown };
    const parsed = new Map<string, unknown>();
    for (const name of names) {
      deeper(keys, { key: name }, parseKey, name);
      if (value[name] !== null) parsed.set(name, deeper(values, { key: name }, parseValue, value[name]));
    }
    found.problems.push(
      ...collected(keys, value, keyRules && `Map keys must satisfy constraint: ${keyRules}`),
      ...collected(values, value, valueRules && `Map value must satisfy constraint: ${valueRules}`),
    );
    return Object.fromEntries(parsed);
  };
}

function checkSize(
  { problems }: Found,
  value: unknown,
  size: number,
  { min = 0, max = Infinity }: Shape,
): void {
  const rules = [
    ...(size > max ? [atMost("length", max)] : []),
    ...(size < min ? [atLeast("length", min)] : []),
  ];
  for (const rule of rules)
    problems.push({ path: [], fault: { kind: "constraint", value: shown(value), rule } });
}
