/**
 * `UriEncode()` of Signature Version 4: every byte of the UTF-8 form is percent-encoded, upper-case hex, except the
 * unreserved characters of RFC 3986 (`A-Z a-z 0-9 - . _ ~`). A space is `%20`, a `%` is `%25`.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const RESERVED = /[^A-Za-z0-9\-._~]/;
/** In a path that is percent-encoded on the wire, only "%" signs are left to encode. */
const RESERVED_IN_ENCODED_PATH = /[^A-Za-z0-9\-._~/%]/;
/** `encodeURIComponent` leaves these five alone, RFC 3986 reserves them. */
const LEFT_BY_ENCODE_URI_COMPONENT = /[!'()*]/g;

/** Encodes a query name or value. Throws URIError on a lone surrogate, which has no UTF-8 form. */
export function uriEncode(text: string): string {
  if (!RESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(LEFT_BY_ENCODE_URI_COMPONENT, percentEncoded);
}

/** Encodes each segment of a path and keeps the slashes between them. Throws URIError on a lone surrogate. */
export function uriEncodePath(path: string): string {
  if (!RESERVED_IN_ENCODED_PATH.test(path)) return path.replaceAll("%", "%25");
  return path.split("/").map(uriEncode).join("/");
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
