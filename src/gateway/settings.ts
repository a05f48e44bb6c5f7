/**
 * The settings of a call, however they are said, and the grants that each needs (T15, T41, T42). One that Signet doesn't
 * know is refused by name: dropping it would let the caller believe that it applies.
 */
import { isUsedAnyway, settingsInBody } from "../bedrock/body-settings.ts";
import type { Delegation, Grant } from "../core/delegation.ts";
import { SignetError } from "../core/errors.ts";
import { isBidirectional } from "../core/operations.ts";
import { SETTING_HEADERS, type Setting } from "../core/settings.ts";
import { countsTokens } from "../usage/estimate.ts";
import { tierBy } from "../usage/tier.ts";
import type { ModelAsk, Project, Received, Target } from "./stages.ts";

interface Said {
  /** By how it is said: `the header x-amzn-bedrock-trace`. */
  settings: ReadonlyMap<string, Setting>;
  /** The project that the caller names, as an id or an ARN. */
  project: unknown;
  tier: Target["tier"];
}

/** Anything else may be content, which errors and logs don't hold. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** A target before its settings are known. */
export type Asked = Omit<Target, "project" | "tier">;

/** Throws a coded error for a setting that is unknown or said twice. */
export function settingsOf({ headers, body }: Received, target: Asked, asked: ModelAsk | null): Said {
  const settings = settingsInHeaders(headers);
  for (const setting of asked?.ask.settings ?? []) settings.set("a field of the body", setting);
  // Only inference has settings. Other protocols' bodies are read field by field.
  if (asked || !countsTokens(target.operation) || isBidirectional(target.operation))
    return { settings, project: headers.get(HEADERS.projectIdentifier), tier: null };
  const inBody = settingsInBody(target.operation, body);
  if (inBody.unknown !== undefined) {
    const named = IDENTIFIER.test(inBody.unknown) ? `The member ${inBody.unknown}` : "A member";
    throw denied(`${named} of ${target.operation} is not known, so it can't be granted.`);
  }
  const isInvoke = target.operation.startsWith("Invoke");
  for (const [member, setting] of inBody.said) {
    if (isInvoke && isSaidByHeader(setting, headers)) {
      const message = `${setting} is said by a header and by the member ${member}.`;
      throw new SignetError("invalid_body", message, { param: member });
    }
    settings.set(`the member ${member}`, setting);
  }
  // Converse has no such headers.
  const valueOf = (setting: keyof typeof HEADERS): unknown =>
    (isInvoke ? headers.get(HEADERS[setting]) : undefined) ?? inBody.values.get(setting) ?? undefined;
  return {
    settings,
    project: valueOf("projectIdentifier"),
    tier: tierBy(valueOf("serviceTier"), valueOf("performanceConfig")),
  };
}

/** InvokeModel's headers for the settings whose values matter here. */
const HEADERS = {
  serviceTier: "x-amzn-bedrock-service-tier",
  performanceConfig: "x-amzn-bedrock-performanceconfig-latency",
  projectIdentifier: "x-amzn-bedrock-projectidentifier",
} as const;

/** With whatever value. */
function isSaidByHeader(setting: Setting, headers: Received["headers"]): boolean {
  return [...SETTING_HEADERS].some(([name, meant]) => meant === setting && headers.has(name));
}

function settingsInHeaders(headers: Received["headers"]): Map<string, Setting> {
  const said = new Map<string, Setting>();
  for (const [name, value] of headers) {
    if (!name.startsWith("x-amzn-bedrock-") || name === "x-amzn-bedrock-accept") continue;
    const setting = SETTING_HEADERS.get(name);
    if (setting === undefined) throw denied(`The header ${name} is not known, so it can't be granted.`);
    if (!isUsedAnyway(setting, value)) said.set(`the header ${name}`, setting);
  }
  return said;
}

/** `allowing`: for delegation, client and key each, the grants that allow the call. */
export function requireSettings(allowing: readonly Grant[][], { settings }: Said): void {
  for (const [how, setting] of settings) {
    const isGranted = allowing.every((grants) => grants.some((grant) => grant.settings.includes(setting)));
    if (!isGranted) throw denied(`${setting} (${how}) is not granted to this key.`);
  }
}

function denied(message: string): SignetError {
  return new SignetError("setting_denied", message);
}

const PROJECT_ID = /^[A-Za-z0-9_-]{1,128}$/;
const PROJECT_ARN = /^arn:([a-z-]+):bedrock:([a-z0-9-]+):([0-9]{12}):project\/([A-Za-z0-9_-]{1,128})$/;

/**
 * The project that the call is in: the caller's choice, or the delegation's. Throws for one of another account or
 * region. Application inference profiles take no named one; AWS's compatible endpoints have projects of their own.
 */
export function projectOf(
  delegation: Delegation,
  target: Asked,
  { asked, chosen }: { asked: ModelAsk | null; chosen: unknown },
): Project | null {
  const isPassedOn = asked !== null && asked.model.upstream !== "converse";
  if (!countsTokens(target.operation) || isPassedOn || isBidirectional(target.operation)) return null;
  if (chosen !== undefined) return { id: chosenProject(chosen, target.region, delegation), isAdded: false };
  const picked = delegation.role.project;
  const takesNone = target.arn?.includes(":application-inference-profile/") ?? false;
  return picked === undefined || takesNone
    ? { id: "default", isAdded: false }
    : { id: picked, isAdded: true };
}

function chosenProject(chosen: unknown, callRegion: string, delegation: Delegation): string {
  const text = typeof chosen === "string" ? chosen : "";
  if (PROJECT_ID.test(text)) return text;
  const [, partition, region, account, id] = PROJECT_ARN.exec(text) ?? [];
  if (id === undefined)
    throw new SignetError("invalid_body", "The project is neither an id nor the ARN of a project.", {
      param: "projectIdentifier",
    });
  if (partition !== delegation.partition || account !== delegation.account)
    throw new SignetError(
      "account_denied",
      "The project belongs to another account than this key's delegation.",
    );
  if (region !== callRegion)
    throw new SignetError(
      "region_denied",
      `The project is in ${region}, and the call goes to ${callRegion}.`,
    );
  return id;
}
