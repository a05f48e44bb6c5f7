/**
 * The control endpoint, `/_sandbox/…`: unsigned, for the owner of the sandbox. JSON in, JSON out.
 * It lets another process set up accounts, switch faults and read the calls. Routes: README.md.
 */
import { z } from "zod";
import { OWN_MODEL_KINDS, newBedrockApi } from "./bedrock/api.ts";
import type { SandboxBedrock } from "./bedrock/api.ts";
import { AwsError } from "./errors.ts";
import { NO_FAULTS, faultsSchema } from "./faults.ts";
import { newIam } from "./iam/api.ts";
import type { SandboxIam } from "./iam/api.ts";
import { jsonAnswer } from "./wire.ts";
import type { Answer, WireRequest } from "./wire.ts";
import type { World } from "./world.ts";

const document = z.union([z.string(), z.looseObject({})]);
const documents = z.record(z.string(), document);
const tags = z.record(z.string(), z.string());

const IAM_INPUTS = {
  createUser: z.strictObject({
    account: z.string(),
    userName: z.string(),
    inlinePolicies: documents.optional(),
    tags: tags.optional(),
    partition: z.string().optional(),
  }),
  createRole: z.strictObject({
    account: z.string(),
    roleName: z.string(),
    trustPolicy: document,
    inlinePolicies: documents.optional(),
    maxSessionDuration: z.int().optional(),
    tags: tags.optional(),
    partition: z.string().optional(),
  }),
  createAccessKey: z.strictObject({
    userArn: z.string(),
    accessKeyId: z.string().optional(),
    secretAccessKey: z.string().optional(),
  }),
  deleteAccessKey: z.strictObject({ accessKeyId: z.string() }),
  createManagedPolicy: z.strictObject({ policyArn: z.string(), policy: document }),
  createSession: z.strictObject({
    roleArn: z.string(),
    roleSessionName: z.string(),
    durationSeconds: z.int().min(1).optional(),
  }),
  updateTrust: z.strictObject({ roleArn: z.string(), trustPolicy: document }),
  putPolicy: z.strictObject({ arn: z.string(), policyName: z.string(), policy: document }),
  deletePolicy: z.strictObject({ arn: z.string(), policyName: z.string() }),
  deleteRole: z.strictObject({ roleArn: z.string() }),
  updateRole: z.strictObject({ roleArn: z.string(), maxSessionDuration: z.int() }),
  getRole: z.strictObject({ roleArn: z.string() }),
  setServiceControlPolicies: z.strictObject({
    account: z.string(),
    policies: z.array(document).nullable(),
  }),
  setModelAccess: z.strictObject({ account: z.string(), denied: z.array(z.string()) }),
  spareProjects: z.strictObject({ account: z.string() }),
  setDisabledRegions: z.strictObject({ account: z.string(), regions: z.array(z.string()) }),
} satisfies Record<keyof SandboxIam, z.ZodType>;

const place = { account: z.string(), region: z.string(), partition: z.string().optional() };

const BEDROCK_INPUTS = {
  createInferenceProfile: z.strictObject({ ...place, name: z.string(), modelSource: z.string() }),
  createPromptRouter: z.strictObject({ ...place, models: z.array(z.string()) }),
  createModel: z.strictObject({ ...place, kind: z.enum(OWN_MODEL_KINDS), baseModelId: z.string() }),
  setUnofferedModels: z.strictObject({ region: z.string(), models: z.array(z.string()) }),
} satisfies Record<keyof SandboxBedrock, z.ZodType>;

/** The functions available from outside, by their name in the path. */
interface Api {
  inputs: Record<string, z.ZodType>;
  functions: object;
}

export function newControl(world: World): (request: WireRequest) => Answer {
  const apis: Record<string, Api> = {
    iam: { inputs: IAM_INPUTS, functions: newIam(world) },
    bedrock: { inputs: BEDROCK_INPUTS, functions: newBedrockApi(world) },
  };
  return ({ method, path, body }) => {
    try {
      return answer(world, apis, { call: `${method} ${path.slice("/_sandbox".length)}`, body: parse(body) });
    } catch (error) {
      if (error instanceof z.ZodError) return jsonAnswer(400, { message: z.prettifyError(error) });
      if (error instanceof SyntaxError) return jsonAnswer(400, { message: "The body isn't JSON." });
      if (error instanceof AwsError) {
        return jsonAnswer(error.status, { code: error.type, message: error.message });
      }
      throw error;
    }
  };
}

function answer(
  world: World,
  apis: Record<string, Api>,
  { call, body }: { call: string; body: unknown },
): Answer {
  switch (call) {
    case "GET /health":
      return jsonAnswer(200, { status: "ok" });
    case "GET /calls":
      return jsonAnswer(200, { calls: world.calls.list() });
    case "DELETE /calls":
      world.calls.clear();
      return jsonAnswer(200, {});
    case "GET /faults":
      return jsonAnswer(200, world.faults);
    case "PUT /faults":
      world.faults = { ...world.faults, ...faultsOf(body) };
      return jsonAnswer(200, world.faults);
    case "DELETE /faults":
      world.faults = { ...NO_FAULTS };
      return jsonAnswer(200, world.faults);
    default:
      return apiAnswer(apis, call, body);
  }
}

function faultsOf(body: unknown): Partial<World["faults"]> {
  const given = faultsSchema.partial().parse(body);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** `POST /_sandbox/iam/NAME` is that API's function NAME, with its parameters as one object. */
function apiAnswer(apis: Record<string, Api>, call: string, body: unknown): Answer {
  const [, apiName = "", name = ""] = /^POST \/([a-z]+)\/(\w+)$/.exec(call) ?? [];
  const api = Object.hasOwn(apis, apiName) ? apis[apiName] : undefined;
  const input = api !== undefined && Object.hasOwn(api.inputs, name) ? api.inputs[name] : undefined;
  if (api === undefined || input === undefined) return jsonAnswer(404, { message: `No ${call} here.` });
  const run = (api.functions as Record<string, (input: unknown) => unknown>)[name];
  return jsonAnswer(200, run?.(input.parse(body)) ?? {});
}

function parse(body: Buffer): unknown {
  return body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
}
