/** The options that describe a delegation, for `create` and `edit`, and the input that they make. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Operation } from "../core/operations.ts";
import { DEFAULT_OPERATIONS } from "../registry/grants.ts";
import type { DelegationInput, EditInput, GrantInput } from "../registry/input.ts";
import { addGrantOptions, grantFrom, type GrantOptions } from "./grant-options.ts";

export interface DelegationOptions extends GrantOptions {
  roleArn?: string;
  region?: string;
  /** False where `--no-streaming` is given. */
  streaming: boolean;
  discovery?: true;
  sessionDuration?: number;
  tag?: [string, string][];
  sourceIdentity?: string;
  recordContent?: boolean;
  principal?: string;
  byPrincipalArn?: boolean;
  principalOrgId?: string;
  sourceIp?: string[];
  sourceVpc?: string[];
  requireGuardrail?: string;
  asyncOutput?: string;
  bedrockApiKeys?: boolean;
  bedrockMantle?: boolean;
}

const DISCOVERY: readonly Operation[] = [
  "ListFoundationModels",
  "GetFoundationModel",
  "ListInferenceProfiles",
  "GetInferenceProfile",
];

export function addDelegationOptions(command: Command, others: "default" | "unchanged"): Command {
  const left = (fallback: string) => (others === "default" ? `default: ${fallback}` : "default: unchanged");
  command
    .option("--role-arn <arn>", "the role, where it has a name of the owner's choosing")
    .option("--region <region>", `region that calls go to (${left("AWS_REGION")})`);
  addGrantOptions(command, {
    model: others === "default" ? "required" : "default: unchanged",
    operation: left("InvokeModel, Converse, both with streaming, and CountTokens"),
    region: left("--region"),
    header: left("none"),
  });
  command
    .option("--no-streaming", "grant no streaming operation")
    .option("--discovery", "also grant to list models and inference profiles")
    .option(
      "--session-duration <seconds>",
      `900–43200, at most 3600 with role chaining (${left("3600")})`,
      wholeNumber,
    )
    .addOption(new Option("--tag <key=value>", "session tag (repeatable)").argParser(tagPair))
    .option("--source-identity <text>", "SourceIdentity of the sessions")
    .option("--principal <arn>", `Signet's own user or role (${left("as configured, else asked of STS")})`)
    .option("--by-principal-arn", "trust the principal's account under aws:PrincipalArn")
    .option("--principal-org-id <id>", "the trust also demands this AWS organization")
    .addOption(repeatable("--source-ip <cidr>", "the trust also demands one of these source addresses"))
    .addOption(repeatable("--source-vpc <id>", "the trust also demands one of these VPCs"))
    .option("--require-guardrail <id>", "every inference must name this guardrail: id or ARN, :version")
    .option("--async-output <bucket/prefix>", "where StartAsyncInvoke may write")
    .option("--bedrock-api-keys", "let Bedrock API keys be made from its sessions")
    .option(
      "--bedrock-mantle",
      "let models be called through bedrock-mantle, which grants by project, not by model",
    )
    .option("--record-content", "record prompts and completions in the audit log");
  if (others === "unchanged")
    command
      .option("--no-source-identity", "send no SourceIdentity")
      .option("--no-by-principal-arn", "trust the principal itself")
      .option("--no-principal-org-id", "demand no organization")
      .option("--no-source-ip", "demand no source address")
      .option("--no-source-vpc", "demand no VPC")
      .option("--no-require-guardrail", "require no guardrail")
      .option("--no-async-output", "write asynchronous answers nowhere")
      .option("--no-bedrock-api-keys", "let no Bedrock API keys be made")
      .option("--no-bedrock-mantle", "let no models be called through bedrock-mantle")
      .option("--no-tag", "send no session tags")
      .option("--no-record-content", "record no content");
  return command;
}

function repeatable(flags: string, about: string): Option {
  return new Option(flags, `${about} (repeatable)`).argParser(collected);
}

function collected(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function wholeNumber(value: string): number {
  if (!/^[0-9]{1,9}$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
}

function tagPair(value: string, before: [string, string][] | undefined): [string, string][] {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be key=value.");
  return [...(before ?? []), [value.slice(0, at), value.slice(at + 1)]];
}

/** The grant that the options name; undefined where they name none. */
function delegationGrantFrom(options: DelegationOptions): GrantInput | undefined {
  const grant = grantFrom(options);
  if (options.streaming && !options.discovery) return grant;
  const base = grant?.operations ?? DEFAULT_OPERATIONS;
  const operations = [...base, ...(options.discovery ? DISCOVERY : [])].filter(
    (name) => options.streaming || !name.endsWith("Stream"),
  );
  return { ...grant, operations: [...new Set(operations)] };
}

/** What a new delegation is made from; the service reports what is missing. */
export function createInput(name: string, options: DelegationOptions): DelegationInput {
  const { session, trust, role } = sections(options);
  return {
    name,
    ...(options.roleArn !== undefined && { roleArn: options.roleArn }),
    region: options.region as string,
    grants: [delegationGrantFrom(options) ?? {}],
    session,
    trust,
    role,
    ...(options.recordContent && { recordContent: true }),
  };
}

/** What an edit changes: only what was given. */
export function editInput(options: DelegationOptions): EditInput {
  const grant = delegationGrantFrom(options);
  const { session, trust, role } = sections(options);
  return {
    ...(options.roleArn !== undefined && { roleArn: options.roleArn }),
    ...(options.region !== undefined && { region: options.region }),
    ...(grant && { grants: [grant] }),
    ...(Object.keys(session).length > 0 && { session }),
    ...(Object.keys(trust).length > 0 && { trust }),
    ...(Object.keys(role).length > 0 && { role }),
    ...(options.recordContent !== undefined && { recordContent: options.recordContent }),
  };
}

/** An option that was given as `--no-…` is false: a list becomes empty, a text is taken away. */
function sections(options: DelegationOptions) {
  return {
    session: given({
      durationSeconds: options.sessionDuration,
      tags: all(options.tag),
      sourceIdentity: text(options.sourceIdentity),
    }),
    trust: given({
      principal: options.principal,
      byPrincipalArn: options.byPrincipalArn,
      principalOrgId: text(options.principalOrgId),
      sourceIps: all(options.sourceIp),
      sourceVpcs: all(options.sourceVpc),
    }),
    role: given({
      requiredGuardrail: text(options.requireGuardrail),
      asyncOutput: text(options.asyncOutput),
      bedrockApiKeys: options.bedrockApiKeys,
      bedrockMantle: options.bedrockMantle,
    }),
  };
}

function text(value: string | false | undefined): string | null | undefined {
  return value === false ? null : value;
}

function all<T>(value: T[] | false | undefined): T[] | undefined {
  return value === false ? [] : value;
}

function given(section: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));
}
