/** Application profiles, prompt routers and the account's own models: the permissions of calls through them. */
import {
  BedrockClient,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import { ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import {
  CLAUDE,
  OWNER,
  REGION,
  allow,
  bedrockClient,
  claudeBody,
  says,
  sessionWith,
  withProject,
} from "../testing.ts";

const SONNET = "anthropic.claude-sonnet-4-20250514-v1:0";
const PLACE = { account: OWNER, region: REGION };
const model = (region: string, id = SONNET): string => `arn:aws:bedrock:${region}::foundation-model/${id}`;
const systemProfile = (id: string): string => `arn:aws:bedrock:${REGION}:${OWNER}:inference-profile/${id}`;
const usRegions = ["us-east-1", "us-east-2", "us-west-2"];

let sandbox: Sandbox;
let roles: number;
beforeEach(async () => {
  roles = 0;
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

type Part = [resource: string | string[], condition?: object];

/** The result for a role that may use exactly these resources: `allowed`, or the missing resource. */
async function converse(parts: Part[], modelId: string, region = REGION): Promise<string> {
  const Statement = parts.map(([Resource, Condition]) => ({
    Effect: "Allow",
    Action: "bedrock:InvokeModel",
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  }));
  const keys = sessionWith(sandbox, withProject({ Version: "2012-10-17", Statement }), `role-${roles++}`);
  try {
    const client = bedrockClient(sandbox, keys, { region });
    await client.send(new ConverseCommand({ modelId, messages: says("hi") }));
    return "allowed";
  } catch (error) {
    const { message } = error as Error;
    return / on resource: (\S+) because/.exec(message)?.[1] ?? message;
  }
}

function control(): BedrockClient {
  const credentials = sessionWith(sandbox, allow("bedrock:*"), "reader");
  return new BedrockClient({ region: REGION, endpoint: sandbox.url, credentials, maxAttempts: 1 });
}

const through = (arn: string): object => ({ ArnEquals: { "bedrock:InferenceProfileArn": arn } });

describe("an application inference profile", () => {
  const copy = (modelSource: string): string =>
    sandbox.bedrock.createInferenceProfile({ ...PLACE, name: "team-a", modelSource }).inferenceProfileArn;

  it("of a model needs the profile, and the model in its region through the profile", async () => {
    const arn = copy(model(REGION, CLAUDE));
    const behind: Part = [model(REGION, CLAUDE), through(arn)];
    expect(arn).toMatch(
      /^arn:aws:bedrock:us-east-1:222222222222:application-inference-profile\/[a-z0-9]{12}$/,
    );
    expect(await converse([[arn], behind], arn)).toBe("allowed");
    expect(await converse([behind], arn)).toBe(arn);
    expect(await converse([[arn]], arn)).toBe(model(REGION, CLAUDE));
    expect(await converse([[arn], behind], CLAUDE)).toBe(model(REGION, CLAUDE));
  });

  it("of a geographic profile needs the model in every destination region, not that profile", async () => {
    const arn = copy(systemProfile(`us.${SONNET}`));
    const models = usRegions.map((region) => model(region));
    expect(await converse([[arn], [models, through(arn)]], arn)).toBe("allowed");
    expect(await converse([[arn], [models.slice(0, 2), through(arn)]], arn)).toBe(model("us-west-2"));
    expect(await converse([[arn], [models, through(systemProfile(`us.${SONNET}`))]], arn)).toBe(
      model(REGION),
    );
  });

  it("of a global profile needs the model without a region as well", async () => {
    const arn = copy(systemProfile(`global.${SONNET}`));
    expect(await converse([[arn], [model(REGION), through(arn)]], arn)).toBe(model(""));
    expect(await converse([[arn], [[model(REGION), model("")], through(arn)]], arn)).toBe("allowed");
  });

  it("can be used only by its own account, in its own region", async () => {
    const arn = copy(model(REGION, CLAUDE));
    expect(await converse([["*"]], arn.replace(OWNER, "333333333333"))).toBe(
      "The provided model identifier is invalid.",
    );
    expect(await converse([["*"]], arn.replace(/.{4}$/, "zzzz"))).toBe(
      "The provided model identifier is invalid.",
    );
    expect(await converse([["*"]], arn, "us-west-2")).toBe(
      "The provided ARN is invalid for the service region.",
    );
  });

  it("is listed separately from the system's, and found by id and ARN", async () => {
    const arn = copy(systemProfile(`us.${SONNET}`));
    const client = control();
    const { inferenceProfileSummaries } = await client.send(
      new ListInferenceProfilesCommand({ typeEquals: "APPLICATION" }),
    );
    expect(inferenceProfileSummaries).toMatchObject([
      {
        inferenceProfileArn: arn,
        inferenceProfileName: "team-a",
        type: "APPLICATION",
        models: usRegions.map((region) => ({ modelArn: model(region) })),
      },
    ]);
    for (const inferenceProfileIdentifier of [arn, arn.slice(-12)]) {
      const found = await client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
      expect(found).toMatchObject({ inferenceProfileArn: arn, type: "APPLICATION" });
    }
    const system = await client.send(new ListInferenceProfilesCommand({ typeEquals: "SYSTEM_DEFINED" }));
    expect(
      system.inferenceProfileSummaries?.map(({ inferenceProfileArn }) => inferenceProfileArn),
    ).not.toContain(arn);
  });

  it("has a unique name, and a source that can be copied", () => {
    const arn = copy(model(REGION, CLAUDE));
    expect(() => copy(model(REGION, CLAUDE))).toThrow("already exists");
    expect(() => copy(model(REGION))).toThrow("on-demand throughput");
    expect(() => copy(arn)).toThrow("identifier is invalid");
    expect(() => copy(systemProfile("us.nothing"))).toThrow("identifier is invalid");
  });
});

describe("a prompt router", () => {
  it("needs permission for itself, and for all that it may choose, through it", async () => {
    const profile = systemProfile(`us.${SONNET}`);
    const nova = model(REGION, "amazon.nova-lite-v1:0");
    const { promptRouterArn } = sandbox.bedrock.createPromptRouter({ ...PLACE, models: [nova, profile] });
    const byRouter = { ArnEquals: { "bedrock:PromptRouterArn": promptRouterArn } };
    const models = usRegions.map((region) => model(region, SONNET));
    const all = [promptRouterArn, nova, profile, ...models];
    const rest = all.slice(1);
    expect(await converse([[promptRouterArn], [rest, byRouter]], promptRouterArn)).toBe("allowed");
    for (const left of all) {
      const others = all.filter((each) => each !== left);
      expect(await converse([[others]], promptRouterArn)).toBe(left);
    }
    expect(await converse([[promptRouterArn], [rest, byRouter]], profile)).toBe(profile);
  });
});

describe("an account's own model", () => {
  it.each(["provisioned-model", "custom-model-deployment", "imported-model"] as const)(
    "(%s) needs only its ARN, and answers as its base model does",
    async (kind) => {
      const { modelArn } = sandbox.bedrock.createModel({ ...PLACE, kind, baseModelId: CLAUDE });
      expect(await converse([[modelArn]], modelArn)).toBe("allowed");
      expect(await converse([[model(REGION, CLAUDE)]], modelArn)).toBe(modelArn);
      const client = bedrockClient(sandbox, sessionWith(sandbox, allow("bedrock:InvokeModel"), "invoker"));
      const answer = await client.send(new InvokeModelCommand({ modelId: modelArn, body: claudeBody("hi") }));
      expect(JSON.parse(answer.body.transformToString())).toMatchObject({ type: "message" });
    },
  );
});

describe("a region that doesn't offer a model", () => {
  it("refuses the model and the profile for every caller, while other regions serve them", async () => {
    sandbox.bedrock.setUnofferedModels({ region: REGION, models: ["*claude-3-haiku*"] });
    const invalid = "The provided model identifier is invalid.";
    for (const id of [CLAUDE, `us.${CLAUDE}`, model(REGION, CLAUDE), systemProfile(`us.${CLAUDE}`)])
      expect(await converse([["*"]], id)).toBe(invalid);
    expect(await converse([["*"]], CLAUDE, "us-west-2")).toBe("allowed");
    const client = control();
    const { modelSummaries } = await client.send(new ListFoundationModelsCommand({}));
    expect(modelSummaries?.some(({ modelId }) => modelId === CLAUDE)).toBe(false);
    const { inferenceProfileSummaries } = await client.send(new ListInferenceProfilesCommand({}));
    expect(
      inferenceProfileSummaries?.some(({ inferenceProfileId }) => inferenceProfileId === `us.${CLAUDE}`),
    ).toBe(false);
  });
});
