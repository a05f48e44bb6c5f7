/** The configuration file: YAML, read into plain data with the line of each setting. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { ConfigError } from "./problems.ts";

/** The settings of a file or of a program. */
export interface GivenSettings {
  /** Relative paths count from here. */
  folder: string;
  content: Record<string, unknown>;
  isFile: boolean;
  /** `signet.yaml:3`: where a setting is, or the nearest section around it. */
  placeOf(path: readonly PropertyKey[]): string;
}

/** Reads `name`, relative to `cwd`. Throws ConfigError if it can't be read or isn't a YAML mapping. */
export function readConfigFile(name: string, cwd: string): GivenSettings {
  const file = path.resolve(cwd, name);
  const lines = new LineCounter();
  const document = parseDocument(readText(name, file), { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map((error) => ({
    where: `${name}:${lines.linePos(error.pos[0]).line}`,
    message: error.message,
  }));
  if (problems.length > 0) throw new ConfigError(problems);
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new ConfigError([
      { where: `${name}:1`, message: "must contain settings such as `data: /var/lib/signet`" },
    ]);
  }
  return {
    folder: path.dirname(file),
    content: content as Record<string, unknown>,
    isFile: true,
    placeOf: (keys) => `${name}:${lines.linePos(offsetOf(document, keys)).line}`,
  };
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigError([
      { where: name, message: code === "ENOENT" ? "no such file" : `can't be read (${code})` },
    ]);
  }
}

function offsetOf(document: Document, keys: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const key of keys) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (!pair) break;
    offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
    node = pair.value;
  }
  return offset;
}
