/** The texts that two patterns both match, as patterns; `*` is any text. */
import { matchesPattern } from "../core/model.ts";

/** Patterns with many `*` can have very many intersections: `*a*b*` and `*c*d*` have six. */
const MOST = 64;
/** Bounds the time where many ways lead to the same intersection. */
const MOST_STEPS = 20_000;

/**
 * Patterns that together match exactly what `a` and `b` both match: none if nothing. Undefined if that takes more than 64
 * patterns, or too long.
 */
export function intersectPatterns(a: string, b: string): string[] | undefined {
  // Nearly always one covers the other, or they don't meet: a delegation and a client may have many of them.
  if (matchesPattern(a, b)) return [b];
  if (matchesPattern(b, a)) return [a];
  if (!a.includes("*") || !b.includes("*") || !beginAlike(a, b)) return [];
  const meet = meeting(a, b);
  const found = new Set<string>();
  let steps = 0;
  /** Adds what the remainders of `a` from i and of `b` from j both match, after `before`. False if it is too much. */
  const add = (i: number, j: number, before: string): boolean => {
    if (!meet(i, j)) return true;
    if (++steps > MOST_STEPS) return false;
    const [one, other] = [a[i], b[j]];
    if (one === undefined && other === undefined) return found.add(before).size <= MOST;
    if (one === "*" && other === "*") {
      const both = before.endsWith("*") ? before : `${before}*`;
      return add(i + 1, j, both) && add(i, j + 1, both);
    }
    if (one === "*") return add(i + 1, j, before) && (other === undefined || add(i, j + 1, before + other));
    if (other === "*") return add(i, j + 1, before) && (one === undefined || add(i + 1, j, before + one));
    return add(i + 1, j + 1, before + one);
  };
  return add(0, 0, "") ? widest([...found]) : undefined;
}

function beginAlike(a: string, b: string): boolean {
  const [one, other] = [a.slice(0, a.indexOf("*")), b.slice(0, b.indexOf("*"))];
  return one.startsWith(other) || other.startsWith(one);
}

/** Whether some text matches the remainders of `a` from i and of `b` from j: a table of all of them. */
function meeting(a: string, b: string): (i: number, j: number) => boolean {
  const width = b.length + 1;
  const table = new Uint8Array((a.length + 1) * width);
  const at = (i: number, j: number) => table[i * width + j] === 1;
  const meets = (i: number, j: number): boolean => {
    const [one, other] = [a[i], b[j]];
    if (one === undefined && other === undefined) return true;
    if (one === "*" && (at(i + 1, j) || (other !== undefined && at(i, j + 1)))) return true;
    if (other === "*" && (at(i, j + 1) || (one !== undefined && at(i + 1, j)))) return true;
    return one !== undefined && one === other && at(i + 1, j + 1);
  };
  for (let i = a.length; i >= 0; i--)
    for (let j = b.length; j >= 0; j--) table[i * width + j] = Number(meets(i, j));
  return at;
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
