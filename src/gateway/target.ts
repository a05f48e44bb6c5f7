/**
 * The one canonical target of a call: what is authorized is what is signed is what goes on the wire.
 *
 * The raw request target is refused unless it is plain: no fragment, backslash, empty or dot segment, control or
 * non-ASCII character, no escape that hides one of these, nothing escaped twice. Each parameter is decoded once,
 * validated, and encoded once again; none of the caller's path is used in any other way (T10, T11).
 */
import { SignetError } from "../core/errors.ts";
import { parseModelName, type ModelName, type Place } from "../core/model.ts";

const MAX_TARGET = 4096;
const PLAIN = /^\/[\x21-\x7e]*$/;
const FORBIDDEN = /[#\\<>"^`{|}]/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/** Splits a raw request target into path and query. Throws `malformed_path`. */
export function splitTarget(raw: string): { path: string; query: string } {
  if (raw.length > MAX_TARGET) throw malformed(`longer than ${MAX_TARGET} characters`);
  if (!PLAIN.test(raw) || FORBIDDEN.test(raw)) throw malformed("a character that must be percent-encoded");
  if (BAD_ESCAPE.test(raw)) throw malformed("an incomplete percent-encoding");
  const mark = raw.indexOf("?");
  const path = mark < 0 ? raw : raw.slice(0, mark);
  if (path.includes("//")) throw malformed("an empty segment");
  if (DOT_SEGMENT.test(path)) throw malformed("a dot segment");
  return { path, query: mark < 0 ? "" : raw.slice(mark + 1) };
}

function malformed(what: string): SignetError {
  return new SignetError("malformed_path", `The request path is malformed: it has ${what}.`);
}

/** Decodes a raw path parameter exactly once. Throws `malformed_path` for bad UTF-8 or a second encoding. */
export function decodeParameter(raw: string): string {
  let text: string;
  try {
    text = decodeURIComponent(raw);
  } catch {
    throw malformed("a percent-encoding that is not UTF-8");
  }
  if (text.includes("%")) throw malformed("a parameter that is encoded twice");
  return text;
}

/** The model named by a raw path parameter (or a body field). Throws `malformed_path`. */
export function modelOf(text: string, place: Place): ModelName {
  const model = parseModelName(text, place);
  if (!model)
    throw new SignetError("malformed_path", "The model is neither a Bedrock model id nor a Bedrock ARN.");
  return model;
}
