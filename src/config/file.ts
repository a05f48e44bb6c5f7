/** The operator's files: YAML, read into plain data with the line of each setting. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { unreadableBecause } from "../core/reason.ts";
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
  const { content, placeOf } = yamlIn(readText(name, file), name);
  return { folder: path.dirname(file), content, isFile: true, placeOf };
}

/** The mapping in a YAML (or JSON) text of the file `name`. Throws ConfigError. */
export function yamlIn(text: string, name: string): Pick<GivenSettings, "content" | "placeOf"> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map((error) => ({
    where: `${name}:${lines.linePos(error.pos[0]).line}`,
    message: error.message,
  }));
  if (problems.length > 0) throw new ConfigError(problems);
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new ConfigError([{ where: `${name}:1`, message: "must contain named settings (`name: value`)" }]);
  return {
    content: content as Record<string, unknown>,
    placeOf: (keys) => `${name}:${lines.linePos(offsetOf(document, keys)).line}`,
  };
}

/** Throws ConfigError. `name`: the file as the operator named it. */
export function readText(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([{ where: name, message: unreadableBecause(error) }]);
  }
}

function offsetOf(document: Document, keys: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const key of keys) {
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    const named = pair?.key ?? node.get(key, true);
    if (!isNode(named)) break;
    offset = named.range?.[0] ?? offset;
    node = pair?.value ?? named;
  }
  return offset;
}
