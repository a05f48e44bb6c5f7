import { describe, expect, it } from "vitest";
import { DEFAULT_ROLE, type Grant } from "../core/delegation.ts";
import { PROFILES } from "../bedrock/catalogue.ts";
import { DEFAULT_OPERATIONS } from "../registry/grants.ts";
import { delegation, grant, HAIKU, model, SONNET } from "./fixtures.ts";
import { rolePolicy } from "./role-policy.ts";

const statements = (grants: Grant[]) => rolePolicy(delegation({ grants })).Statement;

const project = (region: string, id = "default") => `arn:aws:bedrock:${region}:111122223333:project/${id}`;

describe("the role policy", () => {
  it("grants a global profile in the three statements of the Bedrock user guide", () => {
    const profile = `arn:aws:bedrock:us-east-1:111122223333:inference-profile/global.${SONNET}`;
    const through = { ArnLike: { "bedrock:InferenceProfileArn": [profile] } };
    const allow = { Effect: "Allow", Action: ["bedrock:InvokeModel"] };
    expect(statements([grant([`global.${SONNET}`])])).toEqual([
      { Sid: "Invoke", ...allow, Resource: [profile, project("us-east-1")] },
      {
        Sid: "ThroughProfile",
        ...allow,
        Resource: [`arn:aws:bedrock:us-east-1::foundation-model/${SONNET}`],
        Condition: through,
      },
      {
        Sid: "ThroughGlobalProfile",
        ...allow,
        Resource: [`arn:aws:bedrock:::foundation-model/${SONNET}`],
        Condition: { ...through, StringEquals: { "aws:RequestedRegion": "unspecified" } },
      },
    ]);
  });

  it("merges what several regions have in common", () => {
    const inBoth = statements([grant([`us.${HAIKU}`], { regions: ["us-east-1", "us-west-2"] })]);
    const profileIn = (region: string) =>
      `arn:aws:bedrock:${region}:111122223333:inference-profile/us.${HAIKU}`;
    expect(inBoth.map(({ Resource, Condition }) => [Resource, Condition])).toEqual([
      [
        [profileIn("us-east-1"), project("us-east-1"), profileIn("us-west-2"), project("us-west-2")],
        undefined,
      ],
      [
        [`arn:aws:bedrock:us-*::foundation-model/${HAIKU}`],
        {
          ArnLike: { "bedrock:InferenceProfileArn": [profileIn("us-east-1"), profileIn("us-west-2")] },
        },
      ],
    ]);
  });

  it("names the project of the calls: the account's default one, or the one that the delegation picked", () => {
    const picked = { ...DEFAULT_ROLE, project: "proj_a1" };
    const [invoke] = rolePolicy(delegation({ role: picked, grants: [grant([HAIKU])] })).Statement;
    expect(invoke?.Resource).toContain(project("us-east-1", "proj_a1"));
    expect(invoke?.Resource).not.toContain(project("us-east-1"));
    const [chosen] = statements([grant([HAIKU], { settings: ["projectIdentifier"] })]);
    expect(chosen?.Resource).toContain(project("us-east-1", "*"));
    const counting = statements([grant([HAIKU], { operations: ["CountTokens"] })]);
    expect(JSON.stringify(counting)).not.toContain("project/");
  });

  it("grants bedrock-mantle by model, each action apart, only if the delegation opens it", () => {
    const regions = ["us-east-1", "us-west-2"];
    const role = { ...DEFAULT_ROLE, bedrockMantle: true };
    const given = grant(["openai.gpt-oss-*", model("us-east-1", HAIKU), "guardrail/gr1"], {
      regions,
      operations: ["InvokeModel", "CountTokens", "ListFoundationModels"],
    });
    const opened = rolePolicy(delegation({ role, grants: [given] })).Statement;
    const projects = regions.map((region) => `arn:aws:bedrock-mantle:${region}:111122223333:project/*`);
    const Condition = { StringLike: { "bedrock-mantle:Model": ["openai.gpt-oss-*", HAIKU] } };
    const allow = (Sid: string, action: string) => ({
      Sid,
      Effect: "Allow",
      Action: [action],
      Resource: projects,
    });
    expect(opened.filter(({ Sid }) => Sid?.startsWith("Mantle"))).toEqual([
      { ...allow("Mantle", "bedrock-mantle:CreateInference"), Condition },
      { ...allow("MantleCountTokens", "bedrock-mantle:CountTokens"), Condition },
      allow("MantleModels", "bedrock-mantle:ListModels"),
    ]);
    expect(JSON.stringify(statements([given]))).not.toContain("mantle");
    const conversing = delegation({ role, grants: [grant([HAIKU])] });
    expect(JSON.stringify(rolePolicy(conversing))).not.toContain("mantle");
  });

  it("holds twelve profiles in three regions, and allows no other profile's models directly", () => {
    const regions = ["us-east-1", "us-west-2", "eu-west-1"];
    const models = ["us", "eu", "global"].flatMap((geography) =>
      PROFILES.filter(({ id }) => id.startsWith(`${geography}.anthropic.`))
        .map(({ id }) => id)
        .slice(-4),
    );
    const found = statements([grant(models, { regions, operations: [...DEFAULT_OPERATIONS] })]);
    const through = found.filter(({ Resource = [] }) =>
      [Resource].flat().some((each) => each.includes("foundation-model/")),
    );
    for (const { Action, Condition } of through)
      expect(Action.includes("bedrock:CountTokens") || Condition?.["ArnLike"] !== undefined).toBe(true);
  });

  it("has each Sid once", () => {
    const grants = [
      grant(["*"], { operations: ["*"] }),
      grant([`us.${HAIKU}`, HAIKU], { operations: ["ConverseStream", "CountTokens"] }),
    ];
    const sids = statements(grants).map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    expect(sids.every((sid) => /^[A-Za-z0-9]+$/.test(sid ?? ""))).toBe(true);
  });

  it("has room for every model in eight regions", () => {
    const regions = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-west-3", "eu-central-1"];
    const grants = [grant(["*"], { regions: [...regions, "ap-southeast-2", "ap-northeast-1"] })];
    expect(() => statements(grants)).not.toThrow();
  });

  it("denies inference without the required guardrail, for both invoke actions on everything but projects", () => {
    const role = { ...DEFAULT_ROLE, requiredGuardrail: "gr1:2" };
    const guardrail = "arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1";
    const { Statement } = rolePolicy(delegation({ grants: [grant([HAIKU])], role }));
    expect(Statement.slice(-2)).toEqual([
      {
        Sid: "ApplyRequiredGuardrail",
        Effect: "Allow",
        Action: ["bedrock:ApplyGuardrail"],
        Resource: [guardrail],
      },
      {
        Sid: "DenyWithoutGuardrail",
        Effect: "Deny",
        Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        NotResource: ["arn:aws:bedrock:*:111122223333:project/*"],
        Condition: { StringNotLike: { "bedrock:GuardrailIdentifier": [`${guardrail}:2`] } },
      },
    ]);
  });
});
