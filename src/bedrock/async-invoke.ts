/**
 * StartAsyncInvoke names its model in the body. What is read here is what is sent: the body is written again from
 * the parsed form, so that no second `modelId` (or other oddity of JSON) can mean something else to AWS.
 */
import { SignetError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";

const parsed = new WeakMap<Buffer, { modelId: string; canonical: Buffer }>();

export function asyncInvokeModel(body: Buffer): string {
  return read(body).modelId;
}

export function asyncInvokeBody(body: Buffer): Buffer {
  return read(body).canonical;
}

function read(body: Buffer): { modelId: string; canonical: Buffer } {
  const known = parsed.get(body);
  if (known) return known;
  const value = parseJson(body);
  if (
    typeof value !== "object" ||
    value === null ||
    !("modelId" in value) ||
    typeof value.modelId !== "string"
  ) {
    throw new SignetError("invalid_body", "The request body needs the field modelId, a string.");
  }
  const result = { modelId: value.modelId, canonical: Buffer.from(JSON.stringify(value)) };
  parsed.set(body, result);
  return result;
}
