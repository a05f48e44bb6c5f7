/** T42: a setting needs the same grant, however a caller says it, and a project is one of the delegation's account. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Setting } from "../../src/core/settings.ts";
import { ACCOUNT, HAIKU, newWorld, type World } from "../support/world.ts";

const MESSAGES = [{ role: "user", content: [{ text: "hello" }] }];
const CLAUDE = {
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 9,
  messages: [{ role: "user", content: "hello" }],
};

interface Way {
  name: string;
  setting: Setting;
  action: "converse" | "converse-stream" | "invoke" | "chat/completions";
  headers?: Record<string, string>;
  fields?: object;
  /** Of the answer where the setting is granted; 200 by default. */
  status?: number;
}

const member = (setting: Setting, value: unknown): Way => ({
  name: `Converse's member ${setting}`,
  setting,
  action: "converse",
  fields: { [setting]: value },
});
/** In a model's own body. Claude takes none of them, as the sandbox says. */
const field = (setting: Setting, name: string, value: unknown): Way => ({
  name: `InvokeModel's field ${name}`,
  setting,
  action: "invoke",
  fields: { [name]: value },
  status: 400,
});
const header = (setting: Setting, name: string, value: string): Way => ({
  name: `the header ${name}`,
  setting,
  action: "invoke",
  headers: { [`x-amzn-bedrock-${name}`]: value },
});

const WAYS: Way[] = [
  member("serviceTier", { type: "priority" }),
  member("performanceConfig", { latency: "optimized" }),
  member("requestMetadata", { team: "a" }),
  member("projectIdentifier", "proj_a"),
  member("guardrailConfig", { guardrailIdentifier: "abc", guardrailVersion: "1" }),
  member("promptVariables", { a: { text: "b" } }),
  field("serviceTier", "service_tier", "priority"),
  field("guardrailConfig", "amazon-bedrock-guardrailConfig", { tagSuffix: "x" }),
  field("trace", "amazon-bedrock-trace", "ENABLED"),
  // Bedrock wants a version, too.
  { ...header("guardrailConfig", "guardrailidentifier", "abc"), status: 400 },
  header("guardrailConfig", "guardrailversion", "1"),
  header("serviceTier", "service-tier", "priority"),
  header("performanceConfig", "performanceconfig-latency", "optimized"),
  header("requestMetadata", "request-metadata", '{"team":"a"}'),
  header("projectIdentifier", "projectidentifier", "proj_a"),
  header("trace", "trace", "ENABLED"),
  {
    name: "OpenAI's service_tier",
    setting: "serviceTier",
    action: "chat/completions",
    fields: { service_tier: "flex" },
  },
];
const PICKED = "proj_picked";

let world: World;
const tokens = new Map<string, string>();

beforeAll(async () => {
  const settings: Setting[] = [
    "serviceTier",
    "performanceConfig",
    "requestMetadata",
    "projectIdentifier",
    "trace",
    "guardrailConfig",
    "promptVariables",
  ];
  const all = { operations: ["*" as const], models: ["*"], regions: ["us-east-1"] };
  world = await newWorld({
    grants: [{ ...all, settings }],
    delegation: { recordContent: true, role: { bedrockApiKeys: false, project: PICKED } },
  });
  tokens.set("none", (await world.newKey({ grants: [{ ...all, settings: [] }] })).token);
  for (const setting of settings)
    tokens.set(setting, (await world.newKey({ grants: [{ ...all, settings: [setting] }] })).token);
});
afterAll(() => world.close());

function call(way: Pick<Way, "action" | "headers" | "fields">, key: string): Promise<Response> {
  const isChat = way.action === "chat/completions";
  const chat = { model: HAIKU, messages: CLAUDE.messages };
  const body = isChat ? chat : way.action === "invoke" ? CLAUDE : { messages: MESSAGES };
  const place = isChat ? `/v1/${way.action}` : `/model/${encodeURIComponent(HAIKU)}/${way.action}`;
  return fetch(`${world.gateway.url}${place}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${tokens.get(key)}`,
      "content-type": "application/json",
      ...way.headers,
    },
    body: JSON.stringify({ ...body, ...way.fields }),
  });
}

describe("a setting (T42)", () => {
  it.each(WAYS)("said by $name needs the grant $setting", async (way) => {
    const before = world.sandbox.calls().length;
    const denied = await call(way, "none");
    expect([denied.status, denied.headers.get("x-signet-error")]).toEqual([403, "setting_denied"]);
    expect(await denied.text()).toContain(way.setting);
    expect(world.sandbox.calls().length).toBe(before);
    const allowed = await call(way, way.setting);
    expect([allowed.status, allowed.headers.get("x-signet-error")]).toEqual([way.status ?? 200, null]);
  });

  it("within another needs both grants: a guardrail's trace", async () => {
    const guardrailConfig = { guardrailIdentifier: "abc", guardrailVersion: "1", trace: "enabled" };
    const denied = await call({ action: "converse", fields: { guardrailConfig } }, "guardrailConfig");
    expect([denied.status, denied.headers.get("x-signet-error")]).toEqual([403, "setting_denied"]);
    expect(await denied.text()).toContain("guardrailConfig.trace");
  });

  it("that Signet doesn't know is refused by name", async () => {
    for (const [way, name] of [
      [{ action: "converse", fields: { frob: true } }, "frob"],
      [{ action: "invoke", headers: { "x-amzn-bedrock-frob": "1" } }, "x-amzn-bedrock-frob"],
      [{ action: "chat/completions", headers: { "x-amzn-bedrock-frob": "1" } }, "x-amzn-bedrock-frob"],
    ] as const) {
      const denied = await call(way, "serviceTier");
      expect([denied.status, denied.headers.get("x-signet-error")]).toEqual([403, "setting_denied"]);
      expect(await denied.text()).toContain(name);
    }
  });
});

/** The project that the newest call was recorded in. */
const recorded = async () => (await world.calls()).at(-1)?.project;
/** The newest body that went to Bedrock. */
function sent(): string {
  const files = globSync("**/*.jsonl", { cwd: world.auditDir }).toSorted();
  const lines = files.flatMap((file) => readFileSync(path.join(world.auditDir, file), "utf8").split("\n"));
  const last = lines.findLast((line) => line.includes('"type":"intent"')) ?? "{}";
  return (JSON.parse(last) as { content: string }).content;
}

describe("OpenAI's service_tier for a model that is passed on (T42)", () => {
  const own: { world?: World } = {};
  beforeAll(async () => {
    const grants = [{ operations: ["*" as const], models: ["*"], regions: ["us-east-1"], settings: [] }];
    const aliases = [
      { name: "passed", model: "openai.gpt-oss-20b-1:0", upstream: "bedrock-runtime" as const },
    ];
    own.world = await newWorld({ grants, delegation: { aliases } });
  });
  afterAll(() => own.world?.close());

  it.each([
    ["default", 200],
    ["auto", 200],
    ["flex", 403],
    ["reserved", 403],
    ["scale", 403],
    ["Priority", 403],
  ])("%s: %i without a grant", async (tier, status) => {
    const answer = await fetch(`${own.world?.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${own.world?.token}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "passed", messages: CLAUDE.messages, service_tier: tier }),
    });
    expect(answer.status).toBe(status);
  });
});

describe("the project of a call", () => {
  it("is the one that the delegation picked, in a header or put before the caller's own members", async () => {
    expect((await call({ action: "converse" }, "none")).status).toBe(200);
    expect(sent()).toBe(
      `{"projectIdentifier":"${PICKED}",${JSON.stringify({ messages: MESSAGES }).slice(1)}`,
    );
    expect(await recorded()).toBe(PICKED);
    expect((await call({ action: "invoke" }, "none")).status).toBe(200);
    expect(world.sandbox.calls().at(-1)?.headers["x-amzn-bedrock-projectidentifier"]).toBe(PICKED);
    expect((await call({ action: "chat/completions" }, "none")).status).toBe(200);
    expect(JSON.parse(sent())).toMatchObject({ projectIdentifier: PICKED });
  });

  it("is not chosen by a header of Converse, which Bedrock doesn't read", async () => {
    const headers = { "x-amzn-bedrock-projectidentifier": "proj_b" };
    expect((await call({ action: "converse", headers }, "projectIdentifier")).status).toBe(200);
    expect(await recorded()).toBe(PICKED);
    expect(JSON.parse(sent())).toMatchObject({ projectIdentifier: PICKED });
  });

  it("is refused if a header and the body say a setting, whatever the header's value", async () => {
    const headers = { "x-amzn-bedrock-service-tier": "default" };
    const fields = { service_tier: "priority" };
    const twice = await call({ action: "invoke", headers, fields }, "serviceTier");
    expect([twice.status, twice.headers.get("x-signet-error")]).toEqual([400, "invalid_body"]);
  });

  it("is the caller's choice, if granted, by id or by an ARN of the account and region", async () => {
    const arn = (account: string, region: string) => `arn:aws:bedrock:${region}:${account}:project/proj_b`;
    const fields = (projectIdentifier: unknown) => ({
      action: "converse" as const,
      fields: { projectIdentifier },
    });
    expect((await call(fields(arn(ACCOUNT, "us-east-1")), "projectIdentifier")).status).toBe(200);
    expect(await recorded()).toBe("proj_b");
    const wrong = await call(fields(7), "projectIdentifier");
    expect(wrong.headers.get("x-signet-error")).toBe("invalid_body");
    for (const [chosen, code] of [
      [arn("999999999999", "us-east-1"), "account_denied"],
      [arn(ACCOUNT, "eu-west-1"), "region_denied"],
    ] as const) {
      const named = await call(fields(chosen), "projectIdentifier");
      expect(named.headers.get("x-signet-error")).toBe(code);
      const headers = { "x-amzn-bedrock-projectidentifier": chosen };
      const said = await call({ action: "invoke", headers }, "projectIdentifier");
      expect(said.headers.get("x-signet-error")).toBe(code);
    }
  });
});
