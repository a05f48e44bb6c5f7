/** The tour's calls, made as a developer's program would: with the real AWS SDK, an endpoint and a secret. */
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { pause, type Clock } from "../../core/clock.ts";
import { must } from "./must.ts";
import type { Show } from "./show.ts";

export const REGION = "us-east-1";
export const MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const NOT_GRANTED = "us.amazon.nova-pro-v1:0";

/** The SDK as a developer would set it up: an endpoint and a bearer token, everything else by default. */
export async function withClient(
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

/** How many calls `makeCalls` makes. */
export const AWS_SDK_CALLS = 3;

export async function makeCalls(client: BedrockRuntimeClient, show: Show): Promise<void> {
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
    messages: [{ role: "user", content: "Hello in Claude's own format" }],
  });
  const invoked = await client.send(new InvokeModelCommand({ modelId: MODEL, body }));
  show.seen("InvokeModel", `“${JSON.parse(invoked.body.transformToString()).content[0].text}”`);

  const prompt = "[[slow:40]] a stream arrives word by word, exactly as Bedrock sends it";
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

export async function askForMore(client: BedrockRuntimeClient, show: Show): Promise<void> {
  const { ConverseCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const refusal = await failure(
    client.send(new ConverseCommand({ modelId: NOT_GRANTED, messages: messages("Hello") })),
  );
  must(refusal.name === "AccessDeniedException", `${NOT_GRANTED} must be denied, but: ${refusal.name}`);
  show.seen(refusal.name, refusal.message);
}

export async function untilRefused(client: BedrockRuntimeClient, clock: Clock): Promise<void> {
  const { ConverseCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const deadline = clock.monotonic() + 1000;
  for (;;) {
    const outcome = await failure(
      client.send(new ConverseCommand({ modelId: MODEL, messages: messages("Hello") })),
    );
    if (outcome.name === "AccessDeniedException") return;
    must(clock.monotonic() < deadline, "a revoked key must be refused within a second");
    await pause(clock, 20);
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
export async function becomesKnown(url: string, secret: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + 1000;
  const known = async () => {
    const answer = await fetch(`${url}/foundation-models`, { headers: { "x-api-key": secret } });
    return answer.headers.get("x-signet-error") !== "authentication_failed";
  };
  while (!(await known())) {
    must(clock.monotonic() < deadline, "a new key must be accepted within a second");
    await pause(clock, 20);
  }
}
