/**
 * `CanonicalHeaders` and `SignedHeaders`: step 1 of the canonical request. Names in lower case and sorted, values
 * trimmed with runs of white space folded to one space, the values of a repeated name joined by commas as they came.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export type Header = readonly [name: string, value: string];

export interface CanonicalHeaders {
  /** One `name:value` line for each header, each ended by a line feed. */
  block: string;
  /** The names, joined by semicolons. */
  signed: string;
}

const WHITE_SPACE_TO_FOLD = /[\t\r\n]| {2}|^ | $/;

/** `headers` have lower-case names. Their order doesn't matter except among values of the same name. */
export function canonicalHeaders(headers: readonly Header[]): CanonicalHeaders {
  let block = "";
  let signed = "";
  let previous: string | undefined;
  for (const [name, value] of headers.toSorted(byName)) {
    if (name === previous) {
      block = `${block.slice(0, -1)},${folded(value)}\n`;
      continue;
    }
    block += `${name}:${folded(value)}\n`;
    signed += previous === undefined ? name : `;${name}`;
    previous = name;
  }
  return { block, signed };
}

function folded(value: string): string {
  if (!WHITE_SPACE_TO_FOLD.test(value)) return value;
  return value
    .replaceAll(/[ \t\r\n]+/g, " ")
    .replace(/^ /, "")
    .replace(/ $/, "");
}

/** By code unit. Sorting is stable, so equal names keep their order. */
function byName([a]: Header, [b]: Header): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
