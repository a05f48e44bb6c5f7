/**
 * Wildcards and policy variables. `*` is any run of characters, `?` one; `${key}` the value of a context key, taken
 * literally; `${*}`, `${?}` and `${$}` the characters themselves.
 */

/** Condition keys (lower case) with their values; keys missing from the request are absent. */
export type Context = Readonly<Record<string, readonly string[]>>;

/** A pattern in pieces: one literal character, or a wildcard. */
type Token = { literal: string } | "any" | "one";

const ARN_FIELDS = 6;

/** Matches a whole value. A pattern with a variable that the context lacks matches nothing. */
export function matches(pattern: string, value: string, context: Context): boolean {
  const tokens = tokenize(pattern, context);
  return tokens !== null && glob(tokens, value);
}

/** Each of an ARN's six fields is matched separately; fields missing from the pattern are `*`. */
export function matchesArn(pattern: string, arn: string, context: Context): boolean {
  if (pattern === "*") return true;
  const expanded = tokenize(pattern, context);
  if (expanded === null) return false;
  const patterns = splitFields(expanded);
  const fields = splitArn(arn);
  return fields.every((field, i) => {
    const tokens = patterns[i];
    return tokens === undefined || glob(tokens, field);
  });
}

/** The value of a pattern without wildcards, for operators that compare exactly. Null: an unknown variable. */
export function literal(pattern: string, context: Context): string | null {
  if (!pattern.includes("${")) return pattern;
  const tokens = tokenize(pattern, context);
  if (tokens === null) return null;
  return tokens.map((token) => (token === "any" ? "*" : token === "one" ? "?" : token.literal)).join("");
}

function tokenize(pattern: string, context: Context): Token[] | null {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const end = pattern.startsWith("${", i) ? pattern.indexOf("}", i) : -1;
    if (end > 0) {
      const value = variable(pattern.slice(i + 2, end), context);
      if (value === null) return null;
      for (const character of value) tokens.push({ literal: character });
      i = end;
      continue;
    }
    const character = pattern.charAt(i);
    tokens.push(character === "*" ? "any" : character === "?" ? "one" : { literal: character });
  }
  return tokens;
}

function variable(name: string, context: Context): string | null {
  if (["*", "?", "$"].includes(name)) return name;
  const values = context[name.toLowerCase()];
  return values?.length === 1 ? (values[0] ?? null) : null;
}

/** Linear in the value for each run of literals: remembers only the last `*`. */
function glob(tokens: Token[], value: string): boolean {
  let [t, v, starAt, resumeAt] = [0, 0, -1, 0];
  while (v < value.length) {
    const token = tokens[t];
    if (token === "any") {
      starAt = t++;
      resumeAt = v;
    } else if (token === "one" || (token !== undefined && token.literal === value.charAt(v))) {
      t++;
      v++;
    } else if (starAt >= 0) {
      t = starAt + 1;
      v = ++resumeAt;
    } else {
      return false;
    }
  }
  while (tokens[t] === "any") t++;
  return t === tokens.length;
}

function splitFields(tokens: Token[]): Token[][] {
  const fields: Token[][] = [[]];
  for (const token of tokens) {
    const isColon = typeof token === "object" && token.literal === ":";
    if (isColon && fields.length < ARN_FIELDS) fields.push([]);
    else fields.at(-1)?.push(token);
  }
  return fields;
}

function splitArn(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, ARN_FIELDS - 1), parts.slice(ARN_FIELDS - 1).join(":")];
}
