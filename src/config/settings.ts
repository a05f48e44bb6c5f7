/** The schema as a flat list: one entry for each setting, in the order of the documentation. */
import { z } from "zod";
import { Secret } from "../core/secret.ts";
import { settingsSchema } from "./schema.ts";
import { settingFacts, type SettingFacts } from "./setting.ts";

export type SettingValue = string | number | boolean;

export interface SettingEntry extends SettingFacts {
  /** `["listen", "port"]`. */
  path: readonly string[];
  kind: "number" | "boolean" | "text";
  /** Undefined if there is none, or if it is derived from other settings. */
  fallback: SettingValue | undefined;
}

export const SETTINGS: readonly SettingEntry[] = entriesOf(settingsSchema, []);

function entriesOf(schema: unknown, path: readonly string[], fallback?: SettingValue): SettingEntry[] {
  if (schema instanceof z.ZodDefault)
    return entriesOf(schema.def.innerType, path, settingValue(schema.def.defaultValue));
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodExactOptional)
    return entriesOf(schema.def.innerType, path);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, inner]) => entriesOf(inner, [...path, key]));
  }
  const facts = schema instanceof z.ZodType ? settingFacts.get(schema) : undefined;
  if (!facts) throw new TypeError(`the setting ${path.join(".")} has no description`);
  return [{ ...facts, path, kind: kindOf(schema), fallback }];
}

/** The value if it is a plain one, not a section. A secret is redacted. */
export function settingValue(value: unknown): SettingValue | undefined {
  if (value instanceof Secret) return String(value);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : undefined;
}

function kindOf(schema: unknown): SettingEntry["kind"] {
  if (schema instanceof z.ZodNumber) return "number";
  return schema instanceof z.ZodBoolean ? "boolean" : "text";
}

/** The names allowed below `path`: settings and sections. */
export function namesBelow(path: readonly PropertyKey[]): string[] {
  const below = SETTINGS.filter((entry) => path.every((key, at) => entry.path[at] === key));
  return [...new Set(below.map((entry) => entry.path[path.length] ?? ""))].filter((name) => name !== "");
}
