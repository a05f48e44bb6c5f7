/** Whether an answer is that of something between Signet and AWS: a proxy's error, a firewall's block page, a sign-in. */

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** AWS's services name their request in a header of theirs: `x-amzn-requestid`, `x-amz-request-id`. */
export function isOfAws(headers: Headers): boolean {
  return Object.keys(headers).some((name) => name.startsWith("x-amz"));
}

/**
 * A web page without any header of AWS's. AWS's own answer to `GET /` has its request id and no type (404,
 * `<UnknownOperationException/>`), STS's is a redirection.
 */
export function isForeign(headers: Headers): boolean {
  return !isOfAws(headers) && /^text\/html/i.test(String(headers["content-type"] ?? ""));
}
