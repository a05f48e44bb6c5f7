/** Models end by the sandbox's own date, while signatures and sessions use real time. */
import {
  BedrockClient,
  GetFoundationModelCommand,
  ListFoundationModelsCommand,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import { ConverseCommand, CountTokensCommand } from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../index.ts";
import type { SandboxOptions } from "../index.ts";
import { REGION, allow, bedrockClient, says, sendRaw, sessionWith, signedRequest } from "../testing.ts";
import { CATALOGUE_DATE, DEFAULT_DATE, modelsIn } from "./catalogue.ts";

const SONNET_4 = "anthropic.claude-sonnet-4-20250514-v1:0";
const LAST_DAY = "2026-10-13";
const END = "2026-10-14";
const ENDED = {
  name: "ResourceNotFoundException",
  message:
    "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
  $metadata: { httpStatusCode: 404 },
};

async function clientsOn(options: SandboxOptions, policy = allow(["bedrock:*", "bedrock-mantle:*"])) {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const credentials = sessionWith(sandbox, policy);
  const control = new BedrockClient({ region: REGION, endpoint: sandbox.url, credentials, maxAttempts: 1 });
  return { sandbox, credentials, control, runtime: bedrockClient(sandbox, credentials) };
}

const converse = (modelId = `us.${SONNET_4}`) => new ConverseCommand({ modelId, messages: says("hi") });
const count = () =>
  new CountTokensCommand({ modelId: SONNET_4, input: { converse: { messages: says("hi") } } });

describe("a model", () => {
  it("answers until the day before its end, and the lists show that day", async () => {
    const { runtime, control } = await clientsOn({ today: LAST_DAY });
    expect((await runtime.send(converse())).stopReason).toBe("end_turn");
    expect((await runtime.send(count())).inputTokens).toBeGreaterThan(0);
    const { modelSummaries = [] } = await control.send(new ListFoundationModelsCommand());
    const listed = modelSummaries.find(({ modelId }) => modelId === SONNET_4);
    expect(listed?.modelLifecycle).toEqual({
      status: "ACTIVE",
      endOfLifeTime: new Date(`${END}T00:00:00Z`),
    });
  });

  it("has reached the end of its life from that day on, through profiles too, and is in no list", async () => {
    const { runtime, control } = await clientsOn({ today: END });
    await expect(runtime.send(converse())).rejects.toMatchObject(ENDED);
    await expect(runtime.send(converse(`global.${SONNET_4}`))).rejects.toMatchObject(ENDED);
    await expect(runtime.send(count())).rejects.toMatchObject(ENDED);
    await expect(
      control.send(new GetFoundationModelCommand({ modelIdentifier: SONNET_4 })),
    ).rejects.toMatchObject(ENDED);
    const { modelSummaries } = await control.send(new ListFoundationModelsCommand());
    const { inferenceProfileSummaries } = await control.send(new ListInferenceProfilesCommand());
    expect(JSON.stringify([modelSummaries, inferenceProfileSummaries])).not.toContain(SONNET_4);
    expect((await runtime.send(converse("us.anthropic.claude-sonnet-4-6"))).stopReason).toBe("end_turn");
  });

  it("that has ended is still refused first to callers without permission", async () => {
    const { runtime } = await clientsOn({ today: END }, allow("bedrock:ListFoundationModels"));
    await expect(runtime.send(converse())).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("ends on Mantle too", async () => {
    const asked = {
      model: "deepseek.v3.1",
      max_tokens: 10,
      messages: [{ role: "user", content: "hi" }],
    };
    for (const [today, status] of [
      ["2027-03-29", 200],
      ["2027-03-30", 404],
    ] as const) {
      const { sandbox, credentials } = await clientsOn({ today });
      const request = await signedRequest(sandbox, credentials, {
        service: "bedrock-mantle",
        path: "/v1/chat/completions",
        body: JSON.stringify(asked),
      });
      expect((await sendRaw(sandbox, request)).status).toBe(status);
    }
  });
});

describe("the sandbox's date", () => {
  it("is by default before the ends of Claude 3 to 4; on the catalogue's, those that have ended are gone", async () => {
    const alive = async (today: string) => {
      const { control } = await clientsOn(today === DEFAULT_DATE ? {} : { today });
      const { modelSummaries = [] } = await control.send(new ListFoundationModelsCommand());
      return modelSummaries.map(({ modelId }) => modelId);
    };
    const [before, now] = [await alive(DEFAULT_DATE), await alive(CATALOGUE_DATE)];
    expect(before).toContain("anthropic.claude-3-haiku-20240307-v1:0");
    const ended = modelsIn(REGION).filter(({ endOfLife = "9999" }) => endOfLife <= CATALOGUE_DATE);
    expect(ended.length).toBeGreaterThan(5);
    expect(now).toEqual(before.filter((id) => !ended.some((model) => model.id === id)));
  });
});
