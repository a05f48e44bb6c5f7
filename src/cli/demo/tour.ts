/**
 * The tour: Signet's main job, step by step, with real calls of the real AWS SDK. Each step shows what it saw and
 * throws where that is not what must be.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { readCalls, type Call } from "../../audit/calls.ts";
import { verifyAudit } from "../../audit/verify.ts";
import { activateDelegation, addDelegation } from "../../delegations/delegations.ts";
import { addClient } from "../../delegations/clients.ts";
import { createKey, revokeKey } from "../../delegations/keys.ts";
import type { Show } from "./show.ts";
import type { Stage } from "./stage.ts";

/** The account that lends its Bedrock. */
const ACCOUNT = "111122223333";
const REGION = "us-east-1";
export const MODEL = "us.anthropic.claude-3-5-haiku-20241022-v1:0";
const MODELS = ["us.anthropic.*"];
const NOT_GRANTED = "us.amazon.nova-pro-v1:0";

interface Step {
  title: string;
  why: string;
  run(): Promise<void>;
}

/** Runs every step. Resolves to undefined, or to the title of the step that failed, after showing why. */
export async function runTour(stage: Stage, show: Show): Promise<string | undefined> {
  for (const step of stepsOf(stage, show)) {
    const { title, why } = step;
    show.step(title, why);
    try {
      await step.run();
    } catch (thrown) {
      show.failed(title, thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "unknown failure");
      return title;
    }
  }
  return undefined;
}

function stepsOf(stage: Stage, show: Show): Step[] {
  const { gateway, store, base, sandbox } = stage;
  const state = { externalId: "", roleArn: "", keyId: "", secret: "" };
  return [
    {
      title: "A delegation is prepared",
      why: "Signet makes the External ID; the account owner never chooses it.",
      async run() {
        state.roleArn = `arn:aws:iam::${ACCOUNT}:role/signet-bedrock`;
        const delegation = await addDelegation(store, {
          name: "team-a",
          roleArn: state.roleArn,
          region: REGION,
          grants: [{ models: MODELS }],
        });
        state.externalId = delegation.externalId ?? "";
        show.seen("delegation team-a", delegation.state);
        show.seen("External ID", state.externalId);
      },
    },
    {
      title: "The account owner creates one role",
      why: "Its trust policy names Signet's identity and demands the External ID; its permissions are Bedrock alone.",
      run: () => createRole(stage, state, show),
    },
    {
      title: "The External ID is proven",
      why: "A role that could be assumed without it would serve anyone who knows its ARN.",
      async run() {
        await proveExternalId(stage, state, show);
        await activateDelegation(store, "team-a");
        show.seen("delegation team-a", "active");
      },
    },
    {
      title: "A client gets a key",
      why: "An endpoint and a secret: all that a caller ever holds. Only the secret's digest is stored.",
      async run() {
        await addClient(store, { name: "app", delegations: [{ delegation: "team-a" }] });
        const { key, secret } = await createKey(store, { client: "app" });
        state.keyId = key.id;
        state.secret = secret.reveal();
        show.seen("endpoint", gateway.url);
        show.seen("secret", `${state.secret.slice(0, 17)}… (shown in full once)`);
        await becomesKnown(gateway.url, state.secret);
      },
    },
    {
      title: "The AWS SDK makes real calls",
      why: "@aws-sdk/client-bedrock-runtime with its defaults, over HTTP/2; Signet signs each call with SigV4.",
      run: () => withClient(gateway.url, state.secret, (client) => makeCalls(client, show)),
    },
    {
      title: "What is not granted is refused",
      why: "Before anything is sent to AWS, and by name.",
      run: () => withClient(gateway.url, state.secret, (client) => askForMore(client, show)),
    },
    {
      title: "Every call left its records",
      why: "The intent was on disk before the first byte of the answer; the outcome joins it to CloudTrail.",
      run: () => showAudit(stage, show),
    },
    {
      title: "The key is revoked",
      why: "No AWS key has to be rotated, no role changed.",
      async run() {
        await revokeKey(store, state.keyId);
        const revokedAt = performance.now();
        await withClient(gateway.url, state.secret, (client) => untilRefused(client));
        const calls = sandbox.calls().length;
        show.seen("refused", `403 ${Math.round(performance.now() - revokedAt)} ms after the revocation`);
        await withClient(gateway.url, state.secret, (client) => untilRefused(client));
        must(sandbox.calls().length === calls, "a revoked key must not reach AWS");
        show.seen("AWS hears nothing of it", `${base.userArn} made no further call`);
      },
    },
  ];
}

async function createRole(
  { sandbox, base }: Stage,
  state: { externalId: string },
  show: Show,
): Promise<void> {
  const statement = {
    Effect: "Allow",
    Principal: { AWS: base.userArn },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "sts:ExternalId": state.externalId } },
  };
  const profile = `arn:aws:bedrock:${REGION}:${ACCOUNT}:inference-profile/us.anthropic.*`;
  const actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
  sandbox.iam.createRole({
    account: ACCOUNT,
    roleName: "signet-bedrock",
    trustPolicy: { Version: "2012-10-17", Statement: [statement] },
    inlinePolicies: {
      bedrock: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: actions, Resource: profile },
          {
            Effect: "Allow",
            Action: actions,
            Resource: "arn:aws:bedrock:*::foundation-model/anthropic.*",
            Condition: { ArnLike: { "bedrock:InferenceProfileArn": profile } },
          },
        ],
      },
    },
  });
  show.block(JSON.stringify(statement, null, 2).split("\n"));
}

/** With the right id first: a denial alone proves nothing, STS denies roles that don't exist in the same words. */
async function proveExternalId(
  stage: Stage,
  { externalId, roleArn }: { externalId: string; roleArn: string },
  show: Show,
) {
  const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ region: REGION, endpoint: stage.sandbox.url, credentials: stage.base });
  const assume = async (ExternalId: string | undefined): Promise<string> => {
    try {
      await client.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: "signet-probe",
          ...(ExternalId && { ExternalId }),
        }),
      );
      return "allowed";
    } catch (thrown) {
      return thrown instanceof Error ? thrown.name : "failed";
    }
  };
  for (const [what, id, expected] of [
    ["with the right External ID", externalId, "allowed"],
    ["without one", undefined, "AccessDenied"],
    ["with a wrong one", `${externalId}x`, "AccessDenied"],
  ] as const) {
    const answer = await assume(id);
    must(answer === expected, `AssumeRole ${what} must be ${expected}, but was ${answer}`);
    show.seen(`AssumeRole ${what}`, answer);
  }
  client.destroy();
}

/** The SDK as a developer would set it up: an endpoint and a bearer token, all else as it comes. */
async function withClient(
  url: string,
  secret: string,
  work: (client: BedrockRuntimeClient) => Promise<void>,
): Promise<void> {
  const { BedrockRuntimeClient } = await import("@aws-sdk/client-bedrock-runtime");
  const client = new BedrockRuntimeClient({
    region: REGION,
    endpoint: url,
    token: { token: secret },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}

async function makeCalls(client: BedrockRuntimeClient, show: Show): Promise<void> {
  const { ConverseCommand, ConverseStreamCommand, InvokeModelCommand } =
    await import("@aws-sdk/client-bedrock-runtime");
  const unary = await client.send(
    new ConverseCommand({ modelId: MODEL, messages: messages("Hello from the demo") }),
  );
  const text = unary.output?.message?.content?.[0]?.text;
  must(text !== undefined, "Converse must answer with text");
  show.seen("Converse", `“${text}”, ${unary.usage?.totalTokens} tokens`);

  const body = JSON.stringify({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 100,
    messages: [{ role: "user", content: "Hello in Claude's own words" }],
  });
  const invoked = await client.send(new InvokeModelCommand({ modelId: MODEL, body }));
  show.seen("InvokeModel", `“${JSON.parse(invoked.body.transformToString()).content[0].text}”`);

  const prompt = "[[slow:40]] a stream comes word by word, exactly as Bedrock sends it";
  const { stream } = await client.send(
    new ConverseStreamCommand({ modelId: MODEL, messages: messages(prompt) }),
  );
  must(stream !== undefined, "ConverseStream must answer with a stream");
  show.seen("ConverseStream");
  let deltas = 0;
  let stopped = false;
  show.word("│      ");
  for await (const event of stream) {
    stopped ||= event.messageStop !== undefined;
    if (event.contentBlockDelta?.delta?.text === undefined) continue;
    deltas++;
    show.word(event.contentBlockDelta.delta.text);
  }
  show.endWords();
  must(deltas > 1 && stopped, "the stream must arrive in pieces and end with messageStop");
}

function messages(text: string) {
  return [{ role: "user" as const, content: [{ text }] }];
}

async function askForMore(client: BedrockRuntimeClient, show: Show): Promise<void> {
  const { ConverseCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const refusal = await failure(
    client.send(new ConverseCommand({ modelId: NOT_GRANTED, messages: messages("Hello") })),
  );
  must(refusal.name === "AccessDeniedException", `${NOT_GRANTED} must be denied, but: ${refusal.name}`);
  show.seen(refusal.name, refusal.message);
}

async function untilRefused(client: BedrockRuntimeClient): Promise<void> {
  const { ConverseCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const deadline = performance.now() + 1000;
  for (;;) {
    const outcome = await failure(
      client.send(new ConverseCommand({ modelId: MODEL, messages: messages("Hello") })),
    );
    if (outcome.name === "AccessDeniedException") return;
    must(performance.now() < deadline, "a revoked key must be refused within a second");
    await pause(20);
  }
}

async function failure(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
    return { name: "success", message: "" };
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
    throw thrown;
  }
}

/** The gateway notices a new key within 250 ms. */
async function becomesKnown(url: string, secret: string): Promise<void> {
  const deadline = performance.now() + 1000;
  const known = async () => {
    const answer = await fetch(`${url}/foundation-models`, { headers: { "x-api-key": secret } });
    return answer.headers.get("x-signet-error") !== "authentication_failed";
  };
  while (!(await known())) {
    must(performance.now() < deadline, "a new key must be known within a second");
    await pause(20);
  }
}

async function showAudit({ auditDir, sandbox }: Stage, show: Show): Promise<void> {
  const calls = (await Array.fromAsync(readCalls(auditDir))).filter(({ outcome }) => outcome !== "running");
  show.block(calls.map(auditLine));
  const forwarded = calls.filter(({ upstreamRequestId }) => upstreamRequestId !== null);
  const seenByAws = new Set(sandbox.calls().map(({ requestId }) => requestId));
  must(forwarded.length === 3, "three calls must have an outcome");
  must(
    forwarded.every(({ upstreamRequestId }) => seenByAws.has(upstreamRequestId ?? "")),
    "every outcome must name AWS's request id",
  );
  show.seen(
    "each outcome carries the request id that AWS logged",
    `${forwarded.length} of ${forwarded.length}`,
  );
  const verdict = await verifyAudit(auditDir);
  must(verdict.ok, "the audit log must verify");
  show.seen("the hash chain verifies", `${verdict.records} records`);
}

function auditLine(call: Call): string {
  const usage = call.usage
    ? `${call.usage.inputTokens}→${call.usage.outputTokens} tokens`
    : (call.error ?? "");
  const operation = (call.operation ?? "").padEnd(16);
  return `${call.time.slice(11, 23)}  ${call.client}  ${operation} ${call.outcome.padEnd(8)} ${String(call.status ?? "").padEnd(4)} ${usage}`;
}

function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
