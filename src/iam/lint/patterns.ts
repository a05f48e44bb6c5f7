/**
 * Whether one IAM pattern matches everything that another one matches. `*` is any text, `?` one character; a policy
 * variable may become anything. Source: the IAM user guide, "IAM JSON policy elements: Resource" and "Policy
 * variables".
 */

type Token = { literal: string } | "any" | "one";

export function hasWildcard(text: string): boolean {
  return /[*?]|\$\{/.test(text);
}

/** Whether `outer` matches every text that `inner` matches. If that is hard to decide, the answer is no. */
export function covers(outer: string, inner: string): boolean {
  const [patterns, texts] = [tokens(outer), tokens(inner)];
  let [at, from, star, resume] = [0, 0, -1, 0];
  while (from < texts.length) {
    if (patterns[at] === "any") {
      star = at++;
      resume = from;
    } else if (admits(patterns[at], texts[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++resume;
    } else {
      return false;
    }
  }
  while (patterns[at] === "any") at++;
  return at === patterns.length;
}

function tokens(pattern: string): Token[] {
  const chars = withoutVariables(pattern).split("");
  return chars.map((char) => (char === "*" ? "any" : char === "?" ? "one" : { literal: char }));
}

/** Variables may have colons in their names, which don't separate an ARN's fields. */
function withoutVariables(pattern: string): string {
  return pattern.replace(/\$\{[^}]*\}/g, "*");
}

/** Whether one token of the outer pattern covers one of the inner pattern; `*` covers all, and is not passed here. */
function admits(outer: Token | undefined, inner: Token | undefined): boolean {
  if (outer === undefined || inner === undefined || outer === "any" || inner === "any") return false;
  if (outer === "one") return true;
  return inner !== "one" && outer.literal === inner.literal;
}

const ARN_FIELDS = 6;

/** The six fields of an ARN; undefined if it has fewer, which IAM fills up with `*`. */
export function arnFields(arn: string): string[] | undefined {
  const parts = withoutVariables(arn).split(":");
  if (parts.length < ARN_FIELDS) return undefined;
  return [...parts.slice(0, ARN_FIELDS - 1), parts.slice(ARN_FIELDS - 1).join(":")];
}

/** `covers` for ARNs, field by field. `relaxed` fields (3 the region, 4 the account) are not compared. */
export function coversArn(outer: string, inner: string, relaxed: readonly number[] = []): boolean {
  if (outer === "*") return true;
  const [patterns, texts] = [arnFields(outer), arnFields(inner)];
  if (!patterns || !texts) return false;
  return patterns.every((pattern, at) => relaxed.includes(at) || covers(pattern, texts[at] ?? ""));
}
