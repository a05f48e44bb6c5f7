/** Texts in ASCII only, so that no terminal, shell or file encoding can change their meaning. */

/**
 * Compact JSON in printable ASCII; other characters are `\uXXXX`. IAM refuses policy texts with characters above
 * U+00FF. Source: the IAM API reference, `PolicyDocument`.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`);
}

/** A text in double quotes as YAML and HCL read it: `\"`, `\\`, `\uXXXX`, and `\UXXXXXXXX` past U+FFFF. */
export function asciiQuoted(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replace(/[^\x20-\x7e]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
  return `"${escaped}"`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
