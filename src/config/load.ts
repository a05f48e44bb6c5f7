/**
 * Builds the effective settings: the command line overrides the environment, the environment the file, the file the
 * defaults. All problems are reported together.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { readConfigFile, type GivenSettings } from "./file.ts";
import { nearestName } from "../core/nearest.ts";
import { ConfigError, type ConfigProblem } from "./problems.ts";
import { settingsSchema, type Config, type Settings, type SettingsInput } from "./schema.ts";
import { namesBelow, SETTINGS, settingValue, type SettingEntry, type SettingValue } from "./settings.ts";

export interface ConfigSources {
  /** Settings that a program passes in; no file is read then. */
  settings?: SettingsInput;
  /** The configuration file; else `SIGNET_CONFIG`; else `signet.yaml` in `cwd`, if it exists. */
  file?: string;
  /** The data folder from the command line. */
  data?: string;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

export interface ExplainedSetting {
  /** `listen.port`. */
  path: string;
  /** Undefined if unset and optional. */
  value: SettingValue | undefined;
  /** `default`, `signet.yaml:3`, `settings`, `SIGNET_LISTEN_PORT` or `--data`. */
  origin: string;
}

const DEFAULT_FILE = "signet.yaml";

/** The effective configuration. Throws ConfigError with every problem. */
export function loadConfig(sources: ConfigSources): Config {
  return load(sources).config;
}

/** The effective configuration, setting by setting, with where each value comes from. Throws ConfigError. */
export function explainConfig(sources: ConfigSources): ExplainedSetting[] {
  const { config, originOf } = load(sources);
  return SETTINGS.map((entry) => ({
    path: entry.path.join("."),
    value: settingValue(valueAt(config, entry.path)),
    origin: originOf(entry.path),
  }));
}

type OriginOf = (path: readonly PropertyKey[]) => string;

function load(sources: ConfigSources): { config: Config; originOf: OriginOf } {
  const given = givenBy(sources);
  const merged: Record<string, unknown> = structuredClone(given?.content ?? {});
  const overridden = new Map<string, string>();
  for (const entry of SETTINGS) {
    const override = overrideOf(entry, sources);
    if (override) {
      setAt(merged, entry.path, override.value);
      overridden.set(entry.path.join("."), override.origin);
    } else if (given && entry.isPath) makeAbsolute(merged, entry.path, given.folder);
  }
  const originOf: OriginOf = (at) => overridden.get(at.join(".")) ?? givenOrigin(given, at);
  const parsed = settingsSchema.safeParse(merged);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, originOf, given)),
    ...(given?.isFile ? misplacedSecrets(given) : []),
    ...misspelled(sources.env),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return { config: completed(parsed.data, sources.cwd), originOf };
}

function givenBy({ settings, file, env, cwd }: ConfigSources): GivenSettings | undefined {
  if (settings) return { content: { ...settings }, folder: cwd, isFile: false, placeOf: () => "settings" };
  const name = file ?? (env["SIGNET_CONFIG"] || undefined) ?? defaultFile(cwd);
  return name === undefined ? undefined : readConfigFile(name, cwd);
}

function defaultFile(cwd: string): string | undefined {
  return existsSync(path.join(cwd, DEFAULT_FILE)) ? DEFAULT_FILE : undefined;
}

function overrideOf(
  entry: SettingEntry,
  sources: ConfigSources,
): { value: unknown; origin: string } | undefined {
  if (sources.data !== undefined && entry.path.join(".") === "data") {
    return { value: path.resolve(sources.cwd, sources.data), origin: "--data" };
  }
  const origin = entry.env.find((name) => sources.env[name]);
  const text = origin === undefined ? undefined : sources.env[origin];
  if (origin === undefined || text === undefined) return undefined;
  return { value: entry.isPath ? path.resolve(sources.cwd, text) : typed(text, entry.kind), origin };
}

/** An environment variable's text as its setting's type; unchanged, and so refused, if it doesn't fit. */
function typed(text: string, kind: SettingEntry["kind"]): unknown {
  if (kind === "number" && /^[0-9]{1,15}$/.test(text)) return Number(text);
  if (kind === "boolean" && /^true$/i.test(text)) return true;
  if (kind === "boolean" && /^false$/i.test(text)) return false;
  return text;
}

/** Adds settings derived from others, and resolves default paths against the current folder. */
function completed(settings: Settings, cwd: string): Config {
  const data = path.resolve(cwd, settings.data);
  const dir = settings.audit.dir ?? path.join(data, "audit");
  const signingKeyFile = settings.audit.signingKeyFile ?? path.join(path.dirname(dir), "audit-signing.pem");
  return {
    ...settings,
    data,
    store: { file: settings.store.file ?? path.join(data, "signet.db") },
    audit: { ...settings.audit, dir, signingKeyFile },
  };
}

function problemsOf(
  issue: z.core.$ZodIssue,
  originOf: OriginOf,
  given: GivenSettings | undefined,
): ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const at = [...issue.path, key];
      const nearest = nearestName(key, namesBelow(issue.path));
      const hint = nearest ? `did you mean ${nearest}?` : `known here: ${namesBelow(issue.path).join(", ")}`;
      return { where: givenOrigin(given, at), path: at.join("."), message: `no such setting; ${hint}` };
    });
  }
  const origin = originOf(issue.path);
  // For a missing required setting, the place of its section says more than "default".
  const where = origin === "default" ? originOf(issue.path.slice(0, -1)) : origin;
  return [{ where, path: issue.path.join("."), message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type" || !issue.message.startsWith("Invalid input")) return issue.message;
  if (issue.message.endsWith("received undefined")) return "is required here";
  return issue.expected === "object" ? "must be a section of settings" : `must be a ${issue.expected}`;
}

function misplacedSecrets(file: GivenSettings): ConfigProblem[] {
  const isMisplaced = ({ path: at, isSecret }: SettingEntry) => {
    const value = valueAt(file.content, at);
    return value !== undefined && (typeof isSecret === "function" ? isSecret(value) : isSecret === true);
  };
  return SETTINGS.filter(isMisplaced).map(({ path: at, env }) => ({
    where: givenOrigin(file, at),
    path: at.join("."),
    message: `is a secret and must not be in a settings file: set ${env.join(" or ")}`,
  }));
}

/** SIGNET_ variables with almost a setting's name: typos that would otherwise go unnoticed. */
function misspelled(env: ConfigSources["env"]): ConfigProblem[] {
  const known = [
    "SIGNET_CONFIG",
    "SIGNET_WORKER",
    "SIGNET_SERVER",
    "SIGNET_ADMIN_TOKEN",
    ...SETTINGS.flatMap((entry) => entry.env),
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith("SIGNET_") && !known.includes(name))
    .flatMap((name) => {
      const nearest = nearestName(
        name,
        known.filter((candidate) => Math.abs(candidate.length - name.length) < 2),
      );
      return nearest ? [{ where: name, message: `no such variable; did you mean ${nearest}?` }] : [];
    });
}

function givenOrigin(given: GivenSettings | undefined, at: readonly PropertyKey[]): string {
  return given && valueAt(given.content, at) !== undefined ? given.placeOf(at) : "default";
}

function valueAt(root: unknown, at: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of at) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Sets a value, creating its sections; not below a value that isn't a section, which is reported separately. */
function setAt(root: Record<string, unknown>, at: readonly string[], value: unknown): void {
  const [key = "", ...rest] = at;
  if (rest.length === 0) {
    root[key] = value;
    return;
  }
  const section = Object.hasOwn(root, key) ? root[key] : (root[key] = {});
  if (typeof section === "object" && section !== null) setAt(section as Record<string, unknown>, rest, value);
}

function makeAbsolute(root: Record<string, unknown>, at: readonly string[], folder: string): void {
  const value = valueAt(root, at);
  if (typeof value === "string" && value !== "") setAt(root, at, path.resolve(folder, value));
}
