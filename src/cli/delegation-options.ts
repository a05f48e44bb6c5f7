/** The options that describe a delegation, for `create` and `edit`, and the input built from them. */
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
  recordContent?: boolean;
}

type Section = "session" | "trust" | "role";

/** The option that sets a field. */
interface Setting {
  flags: string;
  about: string;
  /** The default of a new delegation, if it has one. */
  fallback?: string;
  parse?(this: void, value: string, before: unknown): unknown;
  /** What `--no-…` does in an edit, and the value that it sets. */
  without?: readonly [about: string, value: null | false | []];
}

/** An option for each field of the form: one without does not compile. */
const SETTINGS: { [S in Section]: Record<keyof NonNullable<EditInput[S]>, Setting> } = {
  session: {
    durationSeconds: {
      flags: "--session-duration <seconds>",
      about: "900–43200, at most 3600 with role chaining",
      fallback: "3600",
      parse: wholeNumber,
    },
    tags: {
      flags: "--tag <key=value>",
      about: "session tag (repeatable)",
      parse: tagPair,
      without: ["send no session tags", []],
    },
    sourceIdentity: {
      flags: "--source-identity <text>",
      about: "source identity of the sessions",
      without: ["send no source identity", null],
    },
  },
  trust: {
    principal: {
      flags: "--principal <arn>",
      about: "Signet's own user or role",
      fallback: "as configured, or else from STS",
    },
    byPrincipalArn: {
      flags: "--by-principal-arn",
      about: "trust the principal's account with a condition on aws:PrincipalArn",
      without: ["trust the principal itself", false],
    },
    principalOrgId: {
      flags: "--principal-org-id <id>",
      about: "also require this AWS organization in the trust policy",
      without: ["require no organization", null],
    },
    sourceIps: {
      flags: "--source-ip <cidr>",
      about: "also require one of these source addresses in the trust policy (repeatable)",
      parse: collected,
      without: ["require no source address", []],
    },
    sourceVpcs: {
      flags: "--source-vpc <id>",
      about: "also require one of these VPCs in the trust policy (repeatable)",
      parse: collected,
      without: ["require no VPC", []],
    },
  },
  role: {
    requiredGuardrail: {
      flags: "--require-guardrail <id>",
      about: "require this guardrail for every inference: id or ARN, :version",
      without: ["require no guardrail", null],
    },
    asyncOutput: {
      flags: "--async-output <bucket/prefix>",
      about: "S3 location of asynchronous jobs' results: a folder each client",
      without: ["remove the async output location", null],
    },
    project: {
      flags: "--project <id>",
      about: "project that the calls are in: proj_…, or default for the account's default one",
      without: ["use the account's default project", null],
    },
    bedrockApiKeys: {
      flags: "--bedrock-api-keys",
      about: "allow creating Bedrock API keys from its sessions",
      without: ["disallow creating Bedrock API keys", false],
    },
    bedrockMantle: {
      flags: "--bedrock-mantle",
      about: "allow calls through bedrock-mantle, whose permissions are separate",
      without: ["disallow calls through bedrock-mantle", false],
    },
    scopedCredentials: {
      flags: "--scoped-credentials",
      about: "narrow sessions in up to four steps where one session policy is too small",
      without: ["narrow sessions by one session policy only", false],
    },
  },
};

const DISCOVERY: readonly Operation[] = [
  "ListFoundationModels",
  "GetFoundationModel",
  "ListInferenceProfiles",
  "GetInferenceProfile",
];

export function addDelegationOptions(command: Command, others: "default" | "unchanged"): Command {
  const left = (fallback: string) => (others === "default" ? `default: ${fallback}` : "default: unchanged");
  command
    .option("--role-arn <arn>", "the role's ARN, if the owner chose its name")
    .option("--region <region>", `region that calls are sent to (${left("AWS_REGION")})`);
  addGrantOptions(command, {
    model: others === "default" ? "required" : "default: unchanged",
    operation: left("InvokeModel, Converse, both with streaming, and CountTokens"),
    region: left("--region"),
    setting: left("none"),
  });
  command
    .option("--no-streaming", "grant no streaming operations")
    .option("--discovery", "also grant listing models and inference profiles");
  const settings = Object.values(SETTINGS).flatMap((section) => Object.values(section));
  for (const { flags, about, fallback, parse } of settings) {
    const option = new Option(flags, fallback === undefined ? about : `${about} (${left(fallback)})`);
    command.addOption(parse ? option.argParser(parse) : option);
  }
  command.option("--record-content", "record prompts and completions in the audit log");
  if (others === "default") return command;
  for (const { flags, without } of settings)
    if (without) command.option(`--no-${new Option(flags).name()}`, without[0]);
  return command.option("--no-record-content", "don't record prompts and completions");
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

/** The grant from the options; undefined without any. */
function delegationGrantFrom(options: DelegationOptions): GrantInput | undefined {
  const grant = grantFrom(options);
  if (options.streaming && !options.discovery) return grant;
  const base = grant?.operations ?? DEFAULT_OPERATIONS;
  const operations = [...base, ...(options.discovery ? DISCOVERY : [])].filter(
    (name) => options.streaming || !name.endsWith("Stream"),
  );
  return { ...grant, operations: [...new Set(operations)] };
}

/** The input for a new delegation; the service reports what is missing. */
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

/** The input for an edit: only what was given. */
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

/** The fields set by options, by section. The service validates their values. */
function sections(options: object) {
  const values: Record<string, unknown> = { ...options };
  const given = (section: Record<string, Setting>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(section).flatMap(([field, { flags, without }]) => {
        const value = values[new Option(flags).attributeName()];
        if (value === undefined) return [];
        return [[field, value === false && without ? without[1] : value]];
      }),
    );
  return { session: given(SETTINGS.session), trust: given(SETTINGS.trust), role: given(SETTINGS.role) };
}
