/** The permissions that a model call needs, by the form of the model's name. */
import {
  ApplyGuardrailCommand,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
const model = (region: string, id = SONNET): string => `arn:aws:bedrock:${region}::foundation-model/${id}`;
const profile = (id: string): string => `arn:aws:bedrock:${REGION}:${OWNER}:inference-profile/${id}`;
const under = (id: string): object => ({ "bedrock:InferenceProfileArn": profile(id) });
const statements = (...all: [string | string[], string | string[], object?][]): object => ({
  Version: "2012-10-17",
  Statement: all.map(([Action, Resource, Condition]) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  })),
});

let sandbox: Sandbox;
let roles = 0;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

async function converse(policy: object, modelId: string): Promise<string> {
  const client = bedrockClient(sandbox, sessionWith(sandbox, withProject(policy), `role-${roles++}`));
  try {
    await client.send(new ConverseCommand({ modelId, messages: says("hi") }));
    return "allowed";
  } catch (error) {
    return (error as Error).message;
  }
}

const denial = (
  resource: string,
  reason = "because no identity-based policy allows the bedrock:InvokeModel action",
) =>
  `User: arn:aws:sts::${OWNER}:assumed-role/role-${roles}/tests is not authorized to perform: bedrock:InvokeModel on resource: ${resource} ${reason}`;

describe("a foundation model", () => {
  it("needs bedrock:InvokeModel on its ARN in the region, for Converse too", async () => {
    expect(await converse(allow("bedrock:InvokeModel", model(REGION, CLAUDE)), CLAUDE)).toBe("allowed");
    const expected = denial(model(REGION, CLAUDE));
    expect(await converse(allow("bedrock:InvokeModel", model("us-west-2", CLAUDE)), CLAUDE)).toBe(expected);
  });

  it("is not allowed by bedrock:Converse, which isn't an action", async () => {
    const expected = denial(model(REGION, CLAUDE));
    expect(await converse(allow("bedrock:Converse"), CLAUDE)).toBe(expected);
  });

  it("needs the streaming action for streams", async () => {
    const keys = sessionWith(sandbox, allow("bedrock:InvokeModel"), "no-streams");
    const command = new ConverseStreamCommand({ modelId: CLAUDE, messages: says("hi") });
    await expect(bedrockClient(sandbox, keys).send(command)).rejects.toThrow(
      "not authorized to perform: bedrock:InvokeModelWithResponseStream",
    );
  });

  it("is refused by an explicit deny, which the message names", async () => {
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "bedrock:*", Resource: "*" },
        { Effect: "Deny", Action: "bedrock:Invoke*", Resource: model("*", "anthropic.*") },
      ],
    };
    const expected = denial(model(REGION, CLAUDE), "with an explicit deny in an identity-based policy");
    expect(await converse(policy, CLAUDE)).toBe(expected);
  });
});

describe("a geographic profile", () => {
  const id = `us.${SONNET}`;
  const regions = ["us-east-1", "us-east-2", "us-west-2"];
  const models = regions.map((region) => model(region));

  it("needs the profile, and the model in the source and in every destination region", async () => {
    const whole = statements(
      ["bedrock:InvokeModel", profile(id)],
      ["bedrock:InvokeModel", models, { StringEquals: under(id) }],
    );
    expect(await converse(whole, id)).toBe("allowed");
    expect(await converse(whole, profile(id))).toBe("allowed");
  });

  it.each(regions)("is denied without the model in %s", async (missing) => {
    const rest = models.filter((arn) => arn !== model(missing));
    const expected = denial(model(missing));
    expect(await converse(allow("bedrock:InvokeModel", [profile(id), ...rest]), id)).toBe(expected);
  });

  it("is denied without the profile itself", async () => {
    const expected = denial(profile(id));
    expect(await converse(allow("bedrock:InvokeModel", models), id)).toBe(expected);
  });

  it("gives no direct use of a model that is granted only through the profile", async () => {
    const nova = "amazon.nova-lite-v1:0";
    const through = `us.${nova}`;
    const policy = statements(
      ["bedrock:InvokeModel", profile(through)],
      ["bedrock:InvokeModel", regions.map((region) => model(region, nova)), { StringEquals: under(through) }],
    );
    expect(await converse(policy, through)).toBe("allowed");
    const expected = denial(model(REGION, nova));
    expect(await converse(policy, nova)).toBe(expected);
  });

  it("is denied if aws:RequestedRegion excludes the destinations", async () => {
    const expected = denial(model("us-east-2"));
    const policy = allow("bedrock:InvokeModel", "*", { StringEquals: { "aws:RequestedRegion": REGION } });
    expect(await converse(policy, id)).toBe(expected);
  });
});

describe("a global profile", () => {
  const id = `global.${SONNET}`;
  const parts: [string, string, object?][] = [
    ["bedrock:InvokeModel", profile(id), { StringEquals: { "aws:RequestedRegion": REGION } }],
    ["bedrock:InvokeModel", model(REGION), { StringEquals: { ...under(id), "aws:RequestedRegion": REGION } }],
    [
      "bedrock:InvokeModel",
      model(""),
      { StringEquals: { ...under(id), "aws:RequestedRegion": "unspecified" } },
    ],
  ];

  it("needs all three statements", async () => {
    expect(await converse(statements(...parts), id)).toBe("allowed");
  });

  it.each([0, 1, 2])("is denied without statement %i of the three", async (left) => {
    const expected = denial([profile(id), model(REGION), model("")][left]!);
    expect(await converse(statements(...parts.filter((_, i) => i !== left)), id)).toBe(expected);
  });
});

describe("a project (botocore 1.44.8)", () => {
  const project = (id: string) => `arn:aws:bedrock:${REGION}:${OWNER}:project/${id}`;
  const called = async (policy: object, named?: string) => {
    const client = bedrockClient(sandbox, sessionWith(sandbox, policy, `role-${roles++}`));
    const header = named === undefined ? {} : { "x-amzn-bedrock-projectidentifier": named };
    // This SDK's model of InvokeModel has no projects yet.
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, header);
        return next(args);
      },
      { step: "build" },
    );
    const command = new InvokeModelCommand({ modelId: CLAUDE, body: claudeBody("hi") });
    return client.send(command).then(
      () => "allowed",
      (error: Error) => / on resource: (\S+) because/.exec(error.message)?.[1] ?? error.message,
    );
  };

  it("is needed beside the model: the account's default one where the call names none", async () => {
    const onModel = statements(["bedrock:InvokeModel", model(REGION, CLAUDE)]);
    expect(await called(onModel)).toBe(project("default"));
    expect(await called(withProject(onModel))).toBe("allowed");
    expect(await called(withProject(onModel), "proj_a")).toBe(project("proj_a"));
    const own = statements(["bedrock:InvokeModel", [model(REGION, CLAUDE), project("proj_a")]]);
    expect(await called(own, "proj_a")).toBe("allowed");
    expect(await called(own)).toBe(project("default"));
    sandbox.iam.spareProjects({ account: OWNER });
    expect(await called(onModel)).toBe("allowed");
  });
});

describe("other permissions", () => {
  it("let a policy require a guardrail, which needs bedrock:ApplyGuardrail itself", async () => {
    const arn = `arn:aws:bedrock:${REGION}:${OWNER}:guardrail/gr1`;
    const condition = { StringEquals: { "bedrock:GuardrailIdentifier": `${arn}:1` } };
    const insists: [string, string, object] = ["bedrock:InvokeModel", model(REGION, CLAUDE), condition];
    expect(await converse(statements(insists), CLAUDE)).toContain("no identity-based policy allows");
    const guardrailConfig = { guardrailIdentifier: "gr1", guardrailVersion: "1" };
    const command = new ConverseCommand({ modelId: CLAUDE, messages: says("hi"), guardrailConfig });
    const without = bedrockClient(
      sandbox,
      sessionWith(sandbox, withProject(statements(insists)), "guarded-1"),
    );
    await expect(without.send(command)).rejects.toThrow("bedrock:ApplyGuardrail");
    const both = statements(insists, ["bedrock:ApplyGuardrail", arn]);
    await expect(
      bedrockClient(sandbox, sessionWith(sandbox, withProject(both), "guarded-2")).send(command),
    ).resolves.toBeDefined();
  });

  it("may depend on the service tier", async () => {
    const policy = allow("bedrock:InvokeModel", "*", {
      StringNotEquals: { "bedrock:ServiceTier": "priority" },
    });
    const client = bedrockClient(sandbox, sessionWith(sandbox, policy, "tiers"));
    const send = (type: "flex" | "priority") =>
      client.send(new ConverseCommand({ modelId: CLAUDE, messages: says("hi"), serviceTier: { type } }));
    await expect(send("flex")).resolves.toBeDefined();
    await expect(send("priority")).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("are separate for CountTokens and ApplyGuardrail", async () => {
    const client = bedrockClient(sandbox, sessionWith(sandbox, allow("bedrock:InvokeModel"), "invoke-only"));
    const count = new CountTokensCommand({ modelId: SONNET, input: { converse: { messages: says("hi") } } });
    await expect(client.send(count)).rejects.toThrow("not authorized to perform: bedrock:CountTokens");
    const guardrail = { guardrailIdentifier: "gr1", guardrailVersion: "1", source: "INPUT" as const };
    const apply = new ApplyGuardrailCommand({ ...guardrail, content: [{ text: { text: "a" } }] });
    await expect(client.send(apply)).rejects.toThrow("not authorized to perform: bedrock:ApplyGuardrail");
  });
});
