/**
 * AWS's own service models against the sandbox: the SDK's serializers send random inputs that the models allow, and none
 * is refused for its shape; each constraint that an input can break is broken once, and each is refused by name.
 */
import * as control from "@aws-sdk/client-bedrock";
import * as runtime from "@aws-sdk/client-bedrock-runtime";
import * as sts from "@aws-sdk/client-sts";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import models from "../../facts/service-models/bedrock-runtime.json" with { type: "json" };
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { CONTROL, RUNTIME, STS, inputShape, type ServiceModel } from "../../sandbox/shapes/model.ts";
import {
  CLAUDE,
  EXTERNAL_ID,
  REGION,
  allow,
  bedrockClient,
  claudeBody,
  collect,
  delegateRole,
  says,
  sendRaw,
  sessionWith,
  signedRequest,
  stsClient,
  type Keys,
} from "../../sandbox/testing.ts";
import { minimal, mutantsOf, type Mutant } from "./mutants.ts";
import { validInput } from "./valid.ts";
import { queryRequest, restRequest, type Wire } from "./wire.ts";

const { source } = models;

let sandbox: Sandbox;
let session: Keys;
let user: Keys;
let roleArn: string;
let invocationArn: string;
let send: Record<string, (input: never) => Promise<unknown>>;
beforeAll(async () => {
  sandbox = await startSandbox();
  const delegated = delegateRole(sandbox);
  ({ roleArn } = delegated);
  user = delegated.seeded;
  session = sessionWith(sandbox, allow("*"));
  const bedrock = bedrockClient(sandbox, session);
  const plane = new control.BedrockClient({
    region: REGION,
    endpoint: sandbox.url,
    credentials: session,
    maxAttempts: 1,
  });
  const tokens = stsClient(sandbox, user);
  const scoped = stsClient(sandbox, session);
  send = {
    InvokeModel: (input) => bedrock.send(new runtime.InvokeModelCommand(input)),
    InvokeModelWithResponseStream: async (input) =>
      collect((await bedrock.send(new runtime.InvokeModelWithResponseStreamCommand(input))).body),
    Converse: (input) => bedrock.send(new runtime.ConverseCommand(input)),
    ConverseStream: async (input) =>
      collect((await bedrock.send(new runtime.ConverseStreamCommand(input))).stream),
    CountTokens: (input) => bedrock.send(new runtime.CountTokensCommand(input)),
    ApplyGuardrail: (input) => bedrock.send(new runtime.ApplyGuardrailCommand(input)),
    InvokeGuardrailChecks: (input) => bedrock.send(new runtime.InvokeGuardrailChecksCommand(input)),
    StartAsyncInvoke: (input) => bedrock.send(new runtime.StartAsyncInvokeCommand(input)),
    GetAsyncInvoke: (input) => bedrock.send(new runtime.GetAsyncInvokeCommand(input)),
    ListAsyncInvokes: (input) => bedrock.send(new runtime.ListAsyncInvokesCommand(input)),
    ListFoundationModels: (input) => plane.send(new control.ListFoundationModelsCommand(input)),
    GetFoundationModel: (input) => plane.send(new control.GetFoundationModelCommand(input)),
    ListInferenceProfiles: (input) => plane.send(new control.ListInferenceProfilesCommand(input)),
    GetInferenceProfile: (input) => plane.send(new control.GetInferenceProfileCommand(input)),
    AssumeRole: (input) => tokens.send(new sts.AssumeRoleCommand(input)),
    GetScopedCredentials: (input) => scoped.send(new sts.GetScopedCredentialsCommand(input)),
    GetCallerIdentity: (input) => scoped.send(new sts.GetCallerIdentityCommand(input)),
  };
  const started = await bedrock.send(
    new runtime.StartAsyncInvokeCommand({
      modelId: "amazon.nova-reel-v1:1",
      modelInput: {},
      outputDataConfig: { s3OutputDataConfig: { s3Uri: "s3://bucket/results" } },
    }),
  );
  invocationArn = started.invocationArn!;
});
afterAll(() => sandbox.close());

/** What exists, so that many requests get as far as an answer. */
function known(): Record<string, fc.Arbitrary<unknown>> {
  const policy = fc.constant(JSON.stringify(allow("bedrock:*")));
  return {
    InvokeModelIdentifier: fc.constant(CLAUDE),
    ConversationalModelId: fc.constant("amazon.nova-lite-v1:0"),
    FoundationModelVersionIdentifier: fc.constant(CLAUDE),
    GetFoundationModelIdentifier: fc.constant(CLAUDE),
    InferenceProfileIdentifier: fc.constant("us.anthropic.claude-sonnet-4-20250514-v1:0"),
    AsyncInvokeIdentifier: fc.constant("amazon.nova-reel-v1:1"),
    InvocationArn: fc.constant(invocationArn),
    Messages: fc.constant(says("hello")),
    ToolInputSchema: fc.constant({ json: { type: "object" } }),
    Body: fc.constant(Buffer.from(claudeBody("hello"))),
    PaginationToken: fc.constant("0"),
    arnType: fc.constant(roleArn),
    externalIdType: fc.constant(EXTERNAL_ID),
    sessionPolicyDocumentType: policy,
    unrestrictedSessionPolicyDocumentType: policy,
  };
}

const SERVICES: readonly (readonly [ServiceModel, string])[] = [
  [
    RUNTIME,
    "InvokeModel InvokeModelWithResponseStream Converse ConverseStream CountTokens ApplyGuardrail " +
      "InvokeGuardrailChecks StartAsyncInvoke GetAsyncInvoke ListAsyncInvokes",
  ],
  [CONTROL, "ListFoundationModels GetFoundationModel ListInferenceProfiles GetInferenceProfile"],
  [STS, "AssumeRole GetScopedCredentials GetCallerIdentity"],
];
const OPERATIONS = SERVICES.flatMap(([model, names]) =>
  names.split(" ").map((name) => [name, model] as const),
);
const RUNS = 100;

/** Bodies in a vendor's format, refused at `#` or a member of theirs, have no service model. */
const FOR_SHAPE = /validation errors? detected|must set (?:only )?one of|The format of the value/;
/** The limit of all session policies together: in the prose of AWS's model, in no shape. */
const PLAIN_POLICIES =
  /at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048$/;
const REFUSALS = new Set(["ValidationException", "ValidationError", "SerializationException"]);

interface Thrown extends Error {
  $metadata?: { httpStatusCode?: number };
}

describe(`inputs of ${source}`, () => {
  it("are taken from the SDK's serializers, if valid, and no member is unknown", async () => {
    let answered = 0;
    for (const [operation, model] of OPERATIONS) {
      const inputs = validInput(operation, { model, as: "sdk", known: known() });
      const isTaken = fc.asyncProperty(inputs, async (input) => {
        const error = await send[operation]!(input as never).then(
          () => null,
          (thrown: Thrown) => thrown,
        );
        if (error === null) answered++;
        expect(sandbox.calls().at(-1)).toMatchObject({ operation, unknownMembers: [] });
        expect(isOfShape(operation, error), String(error)).toBe(false);
      });
      await fc.assert(isTaken, { numRuns: RUNS });
    }
    expect(answered).toBeGreaterThan((RUNS * OPERATIONS.length) / 3);
  });

  it.each(OPERATIONS)(
    "are refused by %s for each constraint that they break, by name",
    async (operation, model) => {
      const { name, shape } = inputShape(model, operation);
      const mutants = mutantsOf(model, name).filter(
        ({ path, why }) =>
          path.length > 0 && path[0] !== shape.payload && !(model === STS && NOT_IN_A_FORM.has(why)),
      );
      expect(mutants.length > 0).toBe(Object.keys(shape.members ?? {}).length > 0);
      const accepted = [];
      for (const each of mutants) {
        const complaint = await complaintAbout(each, operation, model);
        if (complaint !== null) accepted.push(complaint);
      }
      expect(accepted).toEqual([]);
    },
  );

  it.each(OPERATIONS)("are taken by %s with nothing but what is required", async (operation, model) => {
    const { name } = inputShape(model, operation);
    const wire = wireOf(model, operation, minimal(model, name) as Record<string, unknown>);
    const answer = await sent(wire, model);
    expect(answer.body).not.toMatch(FOR_SHAPE);
  });
});

/** Whether the call failed for its input's shape, or never became one that AWS would look at. */
function isOfShape(operation: string, error: Thrown | null): boolean {
  if (error === null) return false;
  const { name, message, $metadata: { httpStatusCode } = {} } = error;
  if (httpStatusCode === undefined || /Signature|Unknown|SandboxFault|Serialization/.test(name)) return true;
  return !operation.startsWith("InvokeModel") && !PLAIN_POLICIES.test(message) && FOR_SHAPE.test(message);
}

/** A form has text only, and no empty list. */
const NOT_IN_A_FORM = new Set(["a number", "a list", "no list", "null in a list", "too few"]);

/** Null if the sandbox refuses the input and names the member. */
async function complaintAbout(
  { input, path, why }: Mutant,
  operation: string,
  model: ServiceModel,
): Promise<string | null> {
  const { status, body } = await sent(wireOf(model, operation, input as Record<string, unknown>), model);
  const { errorType, errorMessage } = sandbox.calls().at(-1)!;
  const names = path.map((step) => step.charAt(0).toLowerCase() + step.slice(1));
  // AWS counts from 1 with "member", or from 0; of a list of text it names the list.
  const named = errorMessage?.replaceAll(/\.\d+(?:\.member)?(?=[.' ])/g, ".*").split(/[' ]/) ?? [];
  const isNamed = [names, names.at(-1) === "*" ? names.slice(0, -1) : names].some((each) =>
    named.includes(each.join(".")),
  );
  if (status === 400 && REFUSALS.has(errorType ?? "") && isNamed) return null;
  return `${path.join(".")} ${why}: ${status} ${body.slice(0, 300)}`;
}

function wireOf(model: ServiceModel, operation: string, input: Record<string, unknown>): Wire {
  return model === STS ? queryRequest(operation, input) : restRequest(model, operation, input);
}

/** Signed as it is: no SDK corrects it. */
async function sent(wire: Wire, model: ServiceModel): Promise<{ status: number; body: string }> {
  const service = model === STS ? "sts" : "bedrock";
  const signed = await signedRequest(sandbox, session, { ...wire, service });
  return sendRaw(sandbox, signed);
}
