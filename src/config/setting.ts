/** Declares a setting: its form, its meaning, and the environment variables that override it. */
import { z } from "zod";

/** A setting's description, apart from its form. */
export interface SettingFacts {
  about: string;
  /** Environment variables that override it: the first one that is set counts. */
  env: readonly string[];
  /** The default, in words, where it follows from other settings. */
  derived?: string;
  /** A path: relative to the file's folder, or to the current one if the environment sets it. */
  isPath?: true;
  /** A secret, allowed only in the environment: files are copied, kept and shown to others. Or which values are. */
  isSecret?: true | ((given: unknown) => boolean);
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

export const count = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);
export const seconds = (most: number) => count(1, most);
export const yesNo = z.boolean("must be true or false");
export const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** A base URL that others reach Signet by, or that Signet sends a platform token to. A path prefix is kept. */
export const publicUrl = z
  .string()
  .refine((text) => {
    const url = URL.parse(text);
    if (!url || url.username || url.password || url.search || url.hash) return false;
    return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
  }, "must be a URL such as https://signet.example.com (http:// only for this machine), without query or fragment")
  .transform((text) => text.replace(/\/+$/, ""));
