/**
 * The input of a REST-JSON operation: read from path, query, headers and body, and checked against the service model.
 * Members that the model doesn't have pass, as on AWS: a content block `{"type": "image_url", …}` is refused for having
 * none of its keys, not for the one that it has.
 */
import { AwsError, bedrockError } from "../errors.ts";
import { headerOf } from "../wire.ts";
import type { WireRequest } from "../wire.ts";
import { CONTROL, RUNTIME, inputShape, shapeOf } from "../shapes/model.ts";
import type { Member, ServiceModel, Shape } from "../shapes/model.ts";
import { parserOf } from "../shapes/parse.ts";
import type { Parse } from "../shapes/parse.ts";
import { fromZero, refusalOf } from "../shapes/problems.ts";
import type { Found, Input } from "../shapes/problems.ts";
import { fromText, isRecord } from "../shapes/values.ts";
import { malformed, parseBody } from "./shape.ts";

/** Throws AWS's error: ValidationException or SerializationException. `labels` are the path's, decoded, in order. */
export function restInput(operation: string, labels: readonly string[], request: WireRequest): Input {
  const { read, parse } = readerOf(operation);
  const found: Found = { problems: [], unknown: [] };
  const members = parse(read(labels, request, found), found);
  const refusal = refusalOf(found.problems);
  if (refusal !== null)
    throw refusal.type === "SerializationException"
      ? new AwsError(refusal.type, 400, refusal.message)
      : bedrockError(refusal.type, refusal.message);
  return { members: members as Record<string, unknown>, unknown: found.unknown.map(fromZero) };
}

type Read = (labels: readonly string[], request: WireRequest, found: Found) => Record<string, unknown>;

const readers = new Map<string, { read: Read; parse: Parse }>();

function readerOf(operation: string): { read: Read; parse: Parse } {
  const known = readers.get(operation);
  if (known !== undefined) return known;
  const model = operation in RUNTIME.operations ? RUNTIME : CONTROL;
  const { name, shape } = inputShape(model, operation);
  const reader = { read: newRead(model, operation, shape), parse: parserOf(model, name) };
  readers.set(operation, reader);
  return reader;
}

function newRead(model: ServiceModel, operation: string, shape: Shape): Read {
  const all = Object.entries(shape.members ?? {});
  const labelNames = [...(model.operations[operation]?.uri ?? "").matchAll(/\{(\w+)\+?\}/g)].map(
    ([, name]) => name,
  );
  const elsewhere = all.filter(([, { location }]) => location !== undefined);
  const inBody = new Set(all.filter(([, { location }]) => location === undefined).map(([name]) => name));
  const { payload } = shape;
  // A stream's events come after the request; each is checked where it is read.
  const isStream = payload !== undefined && shapeOf(model, shape.members?.[payload]?.shape ?? "").eventstream;
  return (labels, request, found) => {
    const input: Record<string, unknown> = {};
    if (payload === undefined && inBody.size > 0) readBody(request, inBody, { input, found });
    else if (payload !== undefined) input[payload] = isStream ? {} : request.body;
    const query = new URLSearchParams(request.query);
    for (const [name, member] of elsewhere) {
      const text =
        member.location === "uri"
          ? labels[labelNames.indexOf(member.locationName ?? name)]
          : sentText(member, name, { request, query });
      if (text !== undefined) input[name] = fromText(shapeOf(model, member.shape), text);
    }
    return input;
  };
}

function readBody(
  { body }: WireRequest,
  names: ReadonlySet<string>,
  { input, found }: { input: Record<string, unknown>; found: Found },
): void {
  const json = parseBody(body);
  if (!isRecord(json)) throw malformed();
  for (const [name, value] of Object.entries(json))
    if (names.has(name)) input[name] = value;
    else found.unknown.push([name]);
}

function sentText(
  { location, locationName }: Member,
  name: string,
  { request, query }: { request: WireRequest; query: URLSearchParams },
): string | undefined {
  const sent = locationName ?? name;
  return location === "header" ? headerOf(request, sent.toLowerCase()) : (query.get(sent) ?? undefined);
}
