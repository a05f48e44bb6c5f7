/** Callers that sign with an access-key pair: AWS's own SDKs with nothing but endpoint, region and credentials. */
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claudeBody } from "../support/caller.ts";
import { HAIKU, newWorld, type World } from "../support/world.ts";

type Pair = Awaited<ReturnType<World["newPair"]>>;

let world: World;
let pair: Pair;
beforeAll(async () => {
  world = await newWorld();
  pair = await world.newPair();
});
afterAll(() => world.close());

const HANDLERS = { h2c: {}, "HTTP/1.1": { requestHandler: new NodeHttpHandler() } };
type Wire = keyof typeof HANDLERS;

function sdk(wire: Wire, { accessKeyId, secretAccessKey }: Pair = pair): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: world.gateway.url,
    region: "eu-west-3",
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    ...HANDLERS[wire],
  });
}

const asked = (text: string) => ({
  modelId: HAIKU,
  messages: [{ role: "user" as const, content: [{ text }] }],
});

describe.each(Object.keys(HANDLERS) as Wire[])("AWS's SDK over %s, with an access-key pair", (wire) => {
  it("converses", async () => {
    const answer = await sdk(wire).send(new ConverseCommand(asked("hello")));
    expect(answer.output?.message?.content?.[0]?.text).toContain("hello");
  });

  it("streams", async () => {
    const answer = await sdk(wire).send(new ConverseStreamCommand(asked("hello")));
    const events = await Array.fromAsync(answer.stream ?? []);
    expect(events.at(-1)?.metadata?.usage?.outputTokens).toBeGreaterThan(0);
  });

  it("invokes a model", async () => {
    const body = claudeBody("hello");
    const answer = await sdk(wire).send(
      new InvokeModelCommand({ modelId: HAIKU, body, contentType: "application/json" }),
    );
    expect(JSON.parse(answer.body.transformToString())).toMatchObject({ type: "message" });
  });
});
