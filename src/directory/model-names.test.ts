import { describe, expect, it } from "vitest";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Grant, type ModelAlias } from "../core/delegation.ts";
import { SignetError } from "../core/errors.ts";
import type { Identity } from "./directory.ts";
import { resolveModel, usableNames } from "./model-names.ts";

const SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const APPLICATION = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456";

function grant(models: string[], change: Partial<Grant> = {}): Grant {
  return { operations: ["*"], models, regions: ["us-east-1"], settings: [], ...change };
}

function identity(models: string[], aliases: ModelAlias[] = [], key: Grant[] | null = null): Identity {
  return {
    delegation: {
      name: "team-a",
      state: "active",
      account: "111122223333",
      partition: "aws",
      trust: DEFAULT_TRUST,
      role: DEFAULT_ROLE,
      region: "us-east-1",
      grants: [grant(models)],
      aliases,
      session: { durationSeconds: 3600, tags: {} },
      recordContent: false,
      createdAt: 0,
    },
    client: { name: "app", delegations: [{ delegation: "team-a", grants: null }], createdAt: 0 },
    key: { id: "k", client: "app", delegation: "team-a", grants: key, digest: "", createdAt: 0 },
  };
}

function resolved(text: string, who: Identity, discovered: string[] = []): string {
  try {
    return resolveModel(text, who, discovered).id;
  } catch (thrown) {
    if (thrown instanceof SignetError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
}

describe("a model name", () => {
  it("is looked up as an alias first, which can name the model behind an ARN and where it is served", () => {
    const who = identity(
      ["*"],
      [
        { name: "claude-sonnet", model: SONNET },
        { name: "costed", model: APPLICATION, base: "anthropic.claude-sonnet-4-5-20250929-v1:0" },
        { name: "oss", model: "openai.gpt-oss-20b", upstream: "bedrock-mantle" },
      ],
    );
    expect(resolveModel("claude-sonnet", who, [])).toMatchObject({ id: SONNET, upstream: "converse" });
    expect(resolveModel("costed", who, [])).toMatchObject({
      id: APPLICATION,
      base: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    });
    expect(resolveModel(APPLICATION, who, [])).toMatchObject({
      base: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    });
    expect(resolveModel("oss", who, [])).toMatchObject({ upstream: "bedrock-mantle" });
  });

  it.each([
    [SONNET],
    ["claude-sonnet-4-5-20250929-v1:0"],
    ["claude-sonnet-4-5-20250929"],
    ["claude-sonnet-4-5"],
    ["claude-sonnet-4-5-latest"],
    ["anthropic.claude-sonnet-4-5-20250929-v1:0"],
  ])("%s means the only granted model that its vendor calls by this name", (text) => {
    expect(resolved(text, identity([SONNET, "amazon.nova-lite-v1:0"]))).toBe(SONNET);
  });

  it.each([
    ["gpt-oss-20b", "openai.gpt-oss-20b-1:0"],
    ["nova-lite", "amazon.nova-lite-v1:0"],
    ["embed-v4", "cohere.embed-v4:0"],
    ["titan-embed-text-v2", "amazon.titan-embed-text-v2:0"],
  ])("%s means %s", (text, id) => {
    expect(resolved(text, identity([id]))).toBe(id);
  });

  it("that could mean two models is refused, naming both", () => {
    const other = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
    const answer = resolved("claude-sonnet-4-5", identity([SONNET, other]));
    expect(answer).toMatch(/^unknown_model: /);
    expect(answer).toContain(SONNET);
    expect(answer).toContain(other);
  });

  it("under a pattern is found among the models that Bedrock lists", () => {
    const who = identity(["us.anthropic.*"]);
    expect(resolved("claude-sonnet-4-5", who)).toMatch(/^unknown_model/);
    expect(resolved("claude-sonnet-4-5", who, [SONNET, "amazon.nova-lite-v1:0"])).toBe(SONNET);
  });

  it("that is unknown is refused with near matches, allowed ones only", () => {
    const key = [grant([SONNET])];
    const who = identity(["*"], [{ name: "secret-project", model: "amazon.nova-pro-v1:0" }], key);
    const answer = resolved("claude-sonet-4-5", who, ["amazon.nova-lite-v1:0"]);
    expect(answer).toContain(SONNET);
    expect(answer).not.toContain("nova");
    expect(answer).not.toContain("secret-project");
  });

  it.each(["gpt-4.1", "gemini-2.5-pro", "o3", "claude-9", "", "__proto__", "constructor", "arn:", "../x"])(
    "%j is unknown, whatever is granted",
    (text) => {
      expect(resolved(text, identity(["*"]))).toMatch(/^unknown_model/);
    },
  );
});

describe("the list of models", () => {
  it("holds aliases, exact grants and what Bedrock lists under patterns, if every list of grants allows them", () => {
    const who = identity(
      [SONNET, "amazon.*", "guardrail/abc"],
      [
        { name: "sonnet", model: SONNET },
        { name: "llama", model: "meta.llama3-1-8b-instruct-v1:0" },
      ],
    );
    const names = usableNames(who, ["amazon.nova-lite-v1:0", "cohere.embed-v4:0"]).map(({ name }) => name);
    expect(names).toEqual(["sonnet", SONNET, "amazon.nova-lite-v1:0"]);
    const narrowed = { ...who, key: { ...who.key, grants: [grant(["amazon.nova-lite-v1:0"])] } };
    expect(usableNames(narrowed, []).map(({ name }) => name)).toEqual(["amazon.nova-lite-v1:0"]);
    const listing = {
      ...who,
      key: { ...who.key, grants: [grant(["*"], { operations: ["ListFoundationModels"] })] },
    };
    expect(usableNames(listing, [])).toEqual([]);
  });
});
