/**
 * `CanonicalQueryString`: step 1 of the canonical request. Names and values are encoded by RFC 3986 and sorted by
 * encoded name, then by encoded value; a name without `=` gets an empty value.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { uriEncode } from "./encode.ts";

/**
 * The canonical form of a wire query (without "?"); a query already in canonical form is returned unchanged. Escapes
 * are decoded first, so that `%7e` and `~` sign alike; `+` is a plus, not a space. Throws URIError if an escape is
 * malformed or isn't UTF-8.
 */
export function canonicalQuery(query: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .filter((parameter) => parameter !== "")
    .map(encodedParameter)
    .toSorted(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function encodedParameter(parameter: string): [name: string, value: string] {
  const equals = parameter.indexOf("=");
  const name = equals < 0 ? parameter : parameter.slice(0, equals);
  const value = equals < 0 ? "" : parameter.slice(equals + 1);
  return [uriEncode(decodeURIComponent(name)), uriEncode(decodeURIComponent(value))];
}

function byNameThenValue(a: [string, string], b: [string, string]): number {
  return compare(a[0], b[0]) || compare(a[1], b[1]);
}

/** By code unit, as the specification sorts; everything is ASCII once encoded. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
