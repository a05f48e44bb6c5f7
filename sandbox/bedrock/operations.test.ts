/** Model identifiers, and the operations other than inference. */
import {
  ApplyGuardrailCommand,
  ConverseCommand,
  CountTokensCommand,
  GetAsyncInvokeCommand,
  ListAsyncInvokesCommand,
  StartAsyncInvokeCommand,
} from "@aws-sdk/client-bedrock-runtime";
import type { BedrockRuntimeClient, ConverseCommandOutput } from "@aws-sdk/client-bedrock-runtime";
import {
  BedrockClient,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { CLAUDE, REGION, allow, bedrockClient, claudeBody, says, sessionWith } from "../testing.ts";
import type { Keys } from "../testing.ts";

const SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0";

let sandbox: Sandbox;
let keys: Keys;
let bedrock: BedrockRuntimeClient;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow(["bedrock:*", "s3:PutObject"]));
  bedrock = bedrockClient(sandbox, keys);
});
afterAll(() => sandbox.close());

async function send(modelId: string): Promise<ConverseCommandOutput> {
  return bedrock.send(new ConverseCommand({ modelId, messages: says("a") }));
}

describe("model identifiers", () => {
  it("refuses an unknown one, and a profile-only model by its bare id", async () => {
    await expect(send("anthropic.claude-99")).rejects.toThrow("The provided model identifier is invalid.");
    await expect(send("anthropic.claude-sonnet-4-20250514-v1:0")).rejects.toThrow(
      "with on-demand throughput isn’t supported",
    );
    await expect(send("eu.anthropic.claude-sonnet-4-20250514-v1:0")).rejects.toThrow("identifier is invalid");
  });

  it("accepts ARNs of models and profiles only in the caller's own region and account", async () => {
    await expect(send(`arn:aws:bedrock:us-east-1::foundation-model/${CLAUDE}`)).resolves.toBeDefined();
    await expect(
      send(`arn:aws:bedrock:us-east-1:222222222222:inference-profile/${SONNET}`),
    ).resolves.toBeDefined();
    await expect(send(`arn:aws:bedrock:us-west-2::foundation-model/${CLAUDE}`)).rejects.toThrow(
      "service region",
    );
    await expect(send(`arn:aws:bedrock:us-east-1:333333333333:inference-profile/${SONNET}`)).rejects.toThrow(
      "invalid",
    );
  });
});

describe("the other operations", () => {
  it("counts tokens for either body, on foundation models only", async () => {
    const modelId = "anthropic.claude-sonnet-4-20250514-v1:0";
    const converse = { messages: says("12345678") };
    const counted = await bedrock.send(new CountTokensCommand({ modelId, input: { converse } }));
    expect(counted.inputTokens).toBe(2);
    const body = Buffer.from(claudeBody("12345678"));
    const invoked = await bedrock.send(new CountTokensCommand({ modelId, input: { invokeModel: { body } } }));
    expect(invoked.inputTokens).toBe(2);
    await expect(
      bedrock.send(new CountTokensCommand({ modelId: SONNET, input: { converse } })),
    ).rejects.toThrow("doesn't support counting tokens");
  });

  it("applies a guardrail, alone and in Converse", async () => {
    const guardrail = { guardrailIdentifier: "gr1abc", guardrailVersion: "1" };
    const apply = (text: string) =>
      bedrock.send(
        new ApplyGuardrailCommand({ ...guardrail, source: "INPUT", content: [{ text: { text } }] }),
      );
    expect((await apply("fine")).action).toBe("NONE");
    expect((await apply("[[block]]")).action).toBe("GUARDRAIL_INTERVENED");
    const answer = await bedrock.send(
      new ConverseCommand({ modelId: SONNET, messages: says("[[block]]"), guardrailConfig: guardrail }),
    );
    expect(answer.stopReason).toBe("guardrail_intervened");
  });

  it("starts, gets and lists asynchronous invocations", async () => {
    const command = new StartAsyncInvokeCommand({
      modelId: "amazon.nova-reel-v1:0",
      modelInput: { taskType: "TEXT_VIDEO" },
      outputDataConfig: { s3OutputDataConfig: { s3Uri: "s3://bucket-of-videos/a" } },
    });
    const { invocationArn } = await bedrock.send(command);
    const got = await bedrock.send(new GetAsyncInvokeCommand({ invocationArn }));
    expect(got).toMatchObject({ status: "Completed", invocationArn });
    // What is written is below what was named: AWS's examples read `<s3Uri>/output.mp4`.
    const id = invocationArn?.split("/").at(-1);
    expect(got.outputDataConfig?.s3OutputDataConfig?.s3Uri).toBe(`s3://bucket-of-videos/a/${id}`);
    const unknown = `${invocationArn?.slice(0, -12)}000000000000`;
    await expect(bedrock.send(new GetAsyncInvokeCommand({ invocationArn: unknown }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    const { asyncInvokeSummaries } = await bedrock.send(new ListAsyncInvokesCommand({}));
    expect(asyncInvokeSummaries?.map((each) => each.invocationArn)).toEqual([invocationArn]);
  });

  it("lists and describes models and profiles", async () => {
    const control = new BedrockClient({ region: REGION, endpoint: sandbox.url, credentials: keys });
    const { modelSummaries } = await control.send(
      new ListFoundationModelsCommand({ byProvider: "anthropic" }),
    );
    expect(modelSummaries?.map(({ modelId }) => modelId)).toContain(CLAUDE);
    expect(new Set(modelSummaries?.map(({ providerName }) => providerName))).toEqual(new Set(["Anthropic"]));
    const { modelDetails } = await control.send(new GetFoundationModelCommand({ modelIdentifier: CLAUDE }));
    expect(modelDetails).toMatchObject({ modelId: CLAUDE, inferenceTypesSupported: ["ON_DEMAND"] });
    const first = await control.send(new ListInferenceProfilesCommand({ maxResults: 2 }));
    expect(first.inferenceProfileSummaries).toHaveLength(2);
    const rest = await control.send(new ListInferenceProfilesCommand({ nextToken: first.nextToken }));
    const ids = rest.inferenceProfileSummaries?.map(({ inferenceProfileId }) => inferenceProfileId);
    expect(ids).toContain("global.anthropic.claude-sonnet-4-5-20250929-v1:0");
    expect(ids?.some((id) => id?.startsWith("eu."))).toBe(false);
    const profile = await control.send(
      new GetInferenceProfileCommand({ inferenceProfileIdentifier: SONNET }),
    );
    expect(profile.models?.map(({ modelArn }) => modelArn?.split(":")[3])).toEqual([
      "us-east-1",
      "us-east-2",
      "us-west-2",
    ]);
  });
});
