/** The input of a query operation of STS: read from the form, and checked against the service model. */
import { AwsError } from "../errors.ts";
import { STS, inputShape, shapeOf } from "../shapes/model.ts";
import type { Shape } from "../shapes/model.ts";
import { parserOf } from "../shapes/parse.ts";
import { fromZero, refusalOf } from "../shapes/problems.ts";
import type { Found, Input } from "../shapes/problems.ts";
import { fromText } from "../shapes/values.ts";

/** Not members of any operation. */
const ENVELOPE = new Set(["Action", "Version"]);

/** A value of the form, or those below a name. */
type Node = string | Map<string, Node>;

/** Throws ValidationError. `operation` is one of the model's; of parameters that it lacks, AWS's answer is [U]: they pass. */
export function queryInput(operation: string, form: URLSearchParams): Input {
  const { name, shape } = inputShape(STS, operation);
  const found: Found = { problems: [], unknown: [] };
  const members = parserOf(STS, name)(valueOf(shape, treeOf(form)), found);
  const refusal = refusalOf(found.problems);
  if (refusal !== null) throw new AwsError("ValidationError", 400, refusal.message);
  return { members: members as Record<string, unknown>, unknown: found.unknown.map(fromZero) };
}

/** `Tags.member.1.Key=a` is a under Tags, member, 1, Key. */
function treeOf(form: URLSearchParams): Node {
  const top = new Map<string, Node>();
  for (const [parameter, value] of form) {
    if (ENVELOPE.has(parameter)) continue;
    const steps = parameter.split(".");
    const last = steps.pop() ?? "";
    let node = top;
    for (const step of steps) {
      const next = node.get(step);
      const inner = next instanceof Map ? next : new Map<string, Node>();
      node.set(step, inner);
      node = inner;
    }
    node.set(last, value);
  }
  return top;
}

function valueOf(shape: Shape, node: Node): unknown {
  if (typeof node === "string") return node === "" && shape.type === "list" ? [] : fromText(shape, node);
  if (shape.type === "list") {
    const items = node.get("member");
    if (!(items instanceof Map)) return node;
    const item = shapeOf(STS, shape.member ?? "");
    const inOrder = [...items].toSorted(([a], [b]) => Number(a) - Number(b));
    return inOrder.map(([, each]) => valueOf(item, each));
  }
  const members = [...node].map(([name, each]) => {
    const of = shape.members?.[name]?.shape;
    return [name, of === undefined ? each : valueOf(shapeOf(STS, of), each)] as const;
  });
  return Object.fromEntries(members);
}
