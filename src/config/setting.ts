/** How a setting is declared: its form, its meaning, and the environment variables that override it. */
import { z } from "zod";

/** What a setting says of itself, beside its form. */
export interface SettingFacts {
  about: string;
  /** Environment variables that override it: the first one that is set counts. */
  env: readonly string[];
  /** The default, in words, where it follows from other settings. */
  derived?: string;
  /** A relative path: counts from the file's folder, or from the current one where the environment sets it. */
  isPath?: true;
  /** A secret, which the environment alone may hold: files are copied, kept and shown to others. */
  isSecret?: true;
}

export const settingFacts = z.registry<SettingFacts>();

export function setting<S extends z.ZodType>(
  schema: S,
  env: string | readonly string[],
  about: string,
  more: Pick<SettingFacts, "derived" | "isPath" | "isSecret"> = {},
): S {
  const own = schema.clone();
  settingFacts.add(own, { about, env: typeof env === "string" ? [env] : env, ...more });
  return own;
}

/** A file or a folder. */
export const path = z.string().min(1, "must name a file or a folder");
