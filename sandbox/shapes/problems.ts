/** What is wrong with a value, and AWS's words for it. */

/** A member's name, a place in a list from 0, or a map's key. */
export type Step = string | number | { key: string };

export interface Problem {
  /** From the input's top. */
  path: Step[];
  fault:
    | { kind: "type"; wanted: string; isDocument: boolean }
    /** `value` as AWS shows it; null where it is sensitive. */
    | { kind: "constraint"; value: string | null; rule: string }
    | { kind: "union"; shape: string; members: string[]; has: string[] };
}

/** Found on the way through a value. Paths begin where the search began. */
export interface Found {
  problems: Problem[];
  /** Members that the model doesn't have; AWS ignores them. */
  unknown: Step[][];
}

/** An operation's input, as AWS's front end reads it. */
export interface Input {
  /** By their names in the model, without nulls; bytes in a JSON body stay base64. */
  members: Record<string, unknown>;
  /** Paths of members that the model doesn't have. */
  unknown: string[];
}

/** Runs `parse` one step deeper: what it finds gets the step in front of its path. */
export function deeper<T>(
  found: Found,
  step: Step,
  parse: (value: unknown, found: Found) => T,
  value: unknown,
): T {
  const { problems, unknown } = found;
  const [before, unknownBefore] = [problems.length, unknown.length];
  const parsed = parse(value, found);
  for (let i = before; i < problems.length; i++) problems[i]?.path.unshift(step);
  for (let i = unknownBefore; i < unknown.length; i++) unknown[i]?.unshift(step);
  return parsed;
}

/** AWS's refusal of the problems. */
export interface Refusal {
  type: "ValidationException" | "SerializationException";
  message: string;
}

/**
 * One refusal of all problems, as AWS gives it: first what can't be read, then what breaks a constraint, then unions.
 * Sources: constraints, their order and lists from 1, BerriAI/litellm#24668 and #19384; 32424.0 for a number that may be
 * a fraction, llumiverse's tests; `Value null`, and `Value at` for what is sensitive, DynamoDB and Cognito; documents,
 * aws/aws-sdk-net#3377; empty unions, maximhq/bifrost. An empty toolConfig or list of tools has also been answered with
 * "The provided request is not valid" alone; a sandbox that names the member helps more. Smithy's restJson1 has
 * SerializationException for a wrong type; Bedrock's words for one besides a document, and for two members of a union,
 * are [U].
 */
export function refusalOf(problems: readonly Problem[]): Refusal | null {
  const [first] = problems.toSorted((a, b) => ORDER.indexOf(a.fault.kind) - ORDER.indexOf(b.fault.kind));
  if (first === undefined) return null;
  const { fault, path } = first;
  switch (fault.kind) {
    case "type":
      return {
        type: fault.isDocument ? "ValidationException" : "SerializationException",
        message: `The format of the value at ${fromZero(path)} is invalid. Provide a ${fault.wanted} for the field and try again.`,
      };
    case "constraint":
      return { type: "ValidationException", message: constraintsMessage(problems) };
    case "union": {
      const only =
        fault.has.length > 1 ? `only one of the following keys: ${fault.has.join(", ")}` : undefined;
      return {
        type: "ValidationException",
        message: `${fault.shape} object at ${fromZero(path)} must set ${only ?? `one of the following keys: ${fault.members.join(", ")}`}.`,
      };
    }
    default: {
      const _: never = fault;
      return _;
    }
  }
}

const ORDER = ["type", "constraint", "union"];

function constraintsMessage(problems: readonly Problem[]): string {
  const described = problems.flatMap(({ path, fault }) => {
    if (fault.kind !== "constraint") return [];
    const value = fault.value === null ? "" : ` ${fault.value}`;
    return [`Value${value} at '${fromOne(path)}' failed to satisfy constraint: ${fault.rule}`];
  });
  return `${described.length} validation error${described.length === 1 ? "" : "s"} detected: ${described.join("; ")}`;
}

/** `toolConfig.tools.1.member.toolSpec.name`: as AWS's front end counts. */
function fromOne(path: readonly Step[]): string {
  return path.map((step) => (typeof step === "number" ? `${step + 1}.member` : nameOf(step))).join(".");
}

/** `toolConfig.tools.0.toolSpec.name`: as Bedrock itself counts; also how this sandbox shows a path. */
export function fromZero(path: readonly Step[]): string {
  return path.map((step) => (typeof step === "number" ? String(step) : nameOf(step))).join(".");
}

/** STS has members with a capital in the request, and without one in its messages. */
function nameOf(step: string | { key: string }): string {
  return typeof step === "string" ? step.charAt(0).toLowerCase() + step.slice(1) : step.key;
}
