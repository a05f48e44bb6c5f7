/** The texts that two patterns both match, as patterns; `*` is any text. */
import { matchesPattern } from "../core/model.ts";

/** Patterns with many `*` can have very many intersections: `*a*b*` and `*c*d*` have six. */
const MOST = 64;

/**
 * Patterns that together match exactly what `a` and `b` both match: none if nothing. Undefined if that takes more than 64
 * patterns.
 */
export function intersectPatterns(a: string, b: string): string[] | undefined {
  const known = new Map<number, Set<string>>();
  // What the remainders of `a` from i and of `b` from j both match.
  const meet = (i: number, j: number): Set<string> => {
    const key = i * (b.length + 1) + j;
    const found = known.get(key) ?? meetAt(i, j);
    known.set(key, found);
    if (found.size > MOST) throw new TooMany();
    return found;
  };
  const meetAt = (i: number, j: number): Set<string> => {
    const [one, other] = [a[i], b[j]];
    if (one === "*" && other === "*") return after("*", either(meet(i + 1, j), meet(i, j + 1)));
    if (one === "*")
      return other === undefined ? meet(i + 1, j) : either(meet(i + 1, j), after(other, meet(i, j + 1)));
    if (other === "*")
      return one === undefined ? meet(i, j + 1) : either(meet(i, j + 1), after(one, meet(i + 1, j)));
    if (one !== other) return new Set();
    return one === undefined ? new Set([""]) : after(one, meet(i + 1, j + 1));
  };
  try {
    return widest([...meet(0, 0)]);
  } catch (error) {
    if (error instanceof TooMany) return undefined;
    throw error;
  }
}

class TooMany extends Error {}

function either(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one, ...other]);
}

function after(first: string, rests: ReadonlySet<string>): Set<string> {
  return new Set([...rests].map((rest) => (first === "*" && rest.startsWith("*") ? rest : first + rest)));
}

/** The patterns that no other one of them covers; of those that cover one another (`a*`, `a**`) the first. */
export function widest(patterns: readonly string[]): string[] {
  const distinct = [...new Set(patterns)];
  return distinct.filter(
    (pattern, at) =>
      !distinct.some(
        (other, earlier) =>
          earlier !== at &&
          matchesPattern(other, pattern) &&
          (earlier < at || !matchesPattern(pattern, other)),
      ),
  );
}
