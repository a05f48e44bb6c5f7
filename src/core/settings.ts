/**
 * The settings of a call that change what it costs, what is checked and what is recorded of it, by the names of
 * Converse's members. A grant opens each, however a caller says it: as a header, a member of the body or a field of
 * another protocol. Source: the shapes InvokeModelRequest and ConverseStreamRequest of Bedrock's service model.
 */
export const SETTINGS = [
  "guardrailConfig",
  "trace",
  "serviceTier",
  "performanceConfig",
  "requestMetadata",
  "projectIdentifier",
  "promptVariables",
] as const;
export type Setting = (typeof SETTINGS)[number];

/** InvokeModel's request headers that say a setting, in lower case. */
export const SETTING_HEADERS: ReadonlyMap<string, Setting> = new Map([
  ["x-amzn-bedrock-trace", "trace"],
  ["x-amzn-bedrock-guardrailidentifier", "guardrailConfig"],
  ["x-amzn-bedrock-guardrailversion", "guardrailConfig"],
  ["x-amzn-bedrock-performanceconfig-latency", "performanceConfig"],
  ["x-amzn-bedrock-service-tier", "serviceTier"],
  ["x-amzn-bedrock-request-metadata", "requestMetadata"],
  ["x-amzn-bedrock-projectidentifier", "projectIdentifier"],
]);

/** By its name, or by that of its header, as grants were once written; undefined for anything else. */
export function settingNamed(name: string): Setting | undefined {
  return SETTINGS.find((setting) => setting === name) ?? SETTING_HEADERS.get(name.toLowerCase());
}
