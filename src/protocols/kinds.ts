/** Values of a closed list, such as the `type` of a content block, looked up in a table as fields are. */
import { invalid, text, unsupported, type SupportTable } from "./fields.ts";

/** The value, or a refusal that names it and says why. */
export function kindOf(value: unknown, path: string, table: SupportTable): string {
  const kind = text(value, path);
  const support = Object.hasOwn(table, kind) ? table[kind] : undefined;
  if (support === undefined) throw invalid(path, `${JSON.stringify(kind.slice(0, 80))} is unknown.`);
  if (typeof support === "object" && "refused" in support)
    throw unsupported(path, `${kind}: ${support.refused}`);
  return kind;
}
