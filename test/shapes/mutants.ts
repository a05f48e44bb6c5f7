/** Inputs that break exactly one thing that a service model says: each constraint that an input can reach, once. */
import * as fc from "fast-check";
import { shapeOf } from "../../sandbox/shapes/model.ts";
import type { Member, ServiceModel, Shape } from "../../sandbox/shapes/model.ts";
import { matcher, valid } from "./valid.ts";

export interface Mutant {
  /** The input, as JSON has it. */
  input: unknown;
  /** Of the member that is wrong; `*` in place of a list's index. */
  path: string[];
  why: string;
}

/** Sizes beyond these aren't sent. */
const MOST_CHARACTERS = 10_000;
const MOST_ITEMS = 3_000;

export function mutantsOf(model: ServiceModel, name: string, location?: Member["location"]): Mutant[] {
  const shape = shapeOf(model, name);
  const inner = { model, name, shape };
  if (shape.document === true) return [mutant("x", "no object")];
  switch (shape.type) {
    case "structure":
      return structureMutants(inner);
    case "list":
      return listMutants(inner);
    case "map":
      return mapMutants(inner);
    case "string":
      return textMutants(shape, location);
    case "integer":
    case "long":
      return [
        ...rangeMutants(shape),
        ...(location === undefined ? [mutant(1.5, "a fraction")] : []),
        mutant("x", "text"),
      ];
    case "float":
    case "double":
      return [...rangeMutants(shape), mutant("0.5", "text")];
    case "boolean":
      return [mutant("yes", "text")];
    case "timestamp":
      return [mutant("yesterday", "no time")];
    case "blob":
      if (location !== undefined) return [];
      return [
        mutant(7, "a number"),
        mutant("!", "no base64"),
        ...(shape.min === 1 ? [mutant("", "too short")] : []),
      ];
    default:
      throw new Error(`the service model has an unknown type: ${shape.type}`);
  }
}

/** A valid value, always the same; of a structure what is required, or else one member. */
export function minimal(model: ServiceModel, name: string, location?: Member["location"]): unknown {
  const { required = [], members = {}, type, document } = shapeOf(model, name);
  if (type !== "structure" || document === true)
    return fc.sample(valid(name, { model, as: "json" }, location), { numRuns: 1, seed: 7 })[0];
  const wanted = required.length > 0 ? required : Object.keys(members).slice(0, 1);
  const parts = wanted.map((each) => [each, members[each]] as const);
  return Object.fromEntries(
    parts.map(([each, part]) => [each, minimal(model, part?.shape ?? "", part?.location)]),
  );
}

function mutant(input: unknown, why: string, path: string[] = []): Mutant {
  return { input, why, path };
}

interface Inner {
  model: ServiceModel;
  name: string;
  shape: Shape;
}

function structureMutants({ model, name, shape: { members = {}, required = [], union } }: Inner): Mutant[] {
  const whole = minimal(model, name) as Record<string, unknown>;
  const dropped = required
    .filter((member) => members[member]?.location !== "uri")
    .map((member) => {
      const rest = Object.entries(whole).filter(([each]) => each !== member);
      return mutant(Object.fromEntries(rest), "missing", [member]);
    });
  const deeper = Object.entries(members).flatMap(([member, { shape, location }]) =>
    mutantsOf(model, shape, location).map(({ input, why, path }) =>
      mutant({ ...(union === true ? {} : whole), [member]: input }, why, [member, ...path]),
    ),
  );
  const [first, second] = Object.entries(members);
  const unions = union === true ? [mutant({}, "no member of a union")] : [];
  if (union === true && first !== undefined && second !== undefined) {
    const both = [first, second].map(([member, { shape }]) => [member, minimal(model, shape)]);
    unions.push(mutant(Object.fromEntries(both), "two members of a union"));
  }
  return [...dropped, ...deeper, ...unions, mutant([], "a list")];
}

function listMutants({ model, shape: { member = "", min = 0, max = Infinity } }: Inner): Mutant[] {
  const item = minimal(model, member);
  return [
    ...mutantsOf(model, member).map(({ input, why, path }) => mutant([input], why, ["*", ...path])),
    ...(max < MOST_ITEMS
      ? [
          mutant(
            Array.from({ length: max + 1 }, () => item),
            "too many",
          ),
        ]
      : []),
    ...(min > 0 ? [mutant([], "too few")] : []),
    mutant([null], "null in a list", ["*"]),
    mutant({}, "no list"),
  ];
}

function mapMutants({ model, shape: { key = "", value = "", min = 0, max = Infinity } }: Inner): Mutant[] {
  const good = minimal(model, value);
  // Of text that breaks a constraint, AWS names the map.
  const isText = shapeOf(model, value).type === "string";
  const keys = textMutants(shapeOf(model, key)).filter(({ input }) => typeof input === "string");
  const many = Object.fromEntries(
    Array.from({ length: Math.min(max, MOST_ITEMS) + 1 }, (_, i) => [`k${i}`, good]),
  );
  return [
    ...keys.map(({ input, why }) => mutant({ [String(input)]: good }, `key ${why}`)),
    ...mutantsOf(model, value).map(({ input, why, path }) =>
      mutant({ key: input }, why, isText && typeof input === "string" ? [] : ["key", ...path]),
    ),
    ...(max < MOST_ITEMS ? [mutant(many, "too many")] : []),
    ...(min > 0 ? [mutant({}, "too few")] : []),
    mutant([], "a list"),
  ];
}

function textMutants(
  { enum: values, pattern, min = 0, max = Infinity }: Shape,
  location?: Member["location"],
): Mutant[] {
  const matches = matcher(pattern);
  const stranger = ["#", "~", "(", " x", "é", "\u{1}"]
    .map((text) => text.repeat(Math.max(min, 1)))
    .find((text) => !matches(text));
  return [
    ...(location === undefined ? [mutant(7, "a number")] : []),
    ...(values === undefined ? [] : [mutant("signet", "not in the enum")]),
    ...(stranger === undefined ? [] : [mutant(stranger, "against the pattern")]),
    ...(max < MOST_CHARACTERS ? [mutant("a".repeat(max + 1), "too long")] : []),
    ...(min > 0 && location !== "uri" ? [mutant("a".repeat(min - 1), "too short")] : []),
  ];
}

function rangeMutants({ min, max }: Shape): Mutant[] {
  return [
    ...(max === undefined ? [] : [mutant(max + 1, "too large")]),
    ...(min === undefined ? [] : [mutant(min - 1, "too small")]),
  ];
}
