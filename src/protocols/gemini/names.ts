/** Google's JSON accepts each field under two names, `systemInstruction` and `system_instruction`. */
import { invalid, object, type Json } from "../fields.ts";

/** The object with its own fields' names in camelCase; nested objects stay unchanged. */
export function fieldsOf(value: unknown, path: string): Json {
  const json = object(value, path);
  const names = Object.keys(json);
  if (!names.some((name) => name.includes("_"))) return json;
  const fields: Record<string, unknown> = Object.create(null);
  for (const name of names) {
    const camel = name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (Object.hasOwn(fields, camel))
      throw invalid(path === "" ? camel : `${path}.${camel}`, "it appears twice.");
    fields[camel] = json[name];
  }
  return fields;
}
