/** Two clients of one delegation start asynchronous jobs: each sees its own, and nothing of the other's (T44). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  BedrockRuntimeClient,
  GetAsyncInvokeCommand,
  ListAsyncInvokesCommand,
  paginateListAsyncInvokes,
  StartAsyncInvokeCommand,
  type StartAsyncInvokeCommandInput,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Credentials } from "../../src/core/credentials.ts";
import { DEFAULT_ROLE } from "../../src/core/delegation.ts";
import { signet } from "../support/command.ts";
import { ACCOUNT, newWorld, until, type World } from "../support/world.ts";

const REEL = "amazon.nova-reel-v1:0";

let world: World;
let app: BedrockRuntimeClient;
let other: BedrockRuntimeClient;
let otherToken: string;
/** By the session's name. */
const sessions = new Map<string, Credentials>();

beforeAll(async () => {
  world = await newWorld({
    delegation: {
      role: { ...DEFAULT_ROLE, asyncOutput: "answers/team-a/" },
      aliases: [{ name: "reel", model: REEL }],
    },
    credentials: (source) => ({
      ...source,
      async assumeRole(request) {
        const answer = await source.assumeRole(request);
        sessions.set(request.roleSessionName, answer.credentials);
        return answer;
      },
    }),
  });
  // Its name begins like the first one's.
  await world.store.clients.add({
    name: "app2",
    delegations: [{ delegation: "team-a", grants: null }],
    createdAt: 0,
  });
  app = sdk(world.token);
  otherToken = (await world.newKey({ client: "app2" })).token;
  other = sdk(otherToken);
});

afterAll(() => world.close());

function plain(session: Credentials | undefined) {
  return {
    accessKeyId: session?.accessKeyId ?? "",
    secretAccessKey: session?.secretAccessKey.reveal() ?? "",
    sessionToken: session?.sessionToken?.reveal() ?? "",
  };
}

function sdk(token: string): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: world.gateway.url,
    token: { token },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
}

type Output = NonNullable<StartAsyncInvokeCommandInput["outputDataConfig"]>["s3OutputDataConfig"];

function job(
  client: string,
  change: Partial<StartAsyncInvokeCommandInput> = {},
  output: Partial<Output> = {},
) {
  return new StartAsyncInvokeCommand({
    modelId: REEL,
    modelInput: { taskType: "TEXT_VIDEO", textToVideoParams: { text: "a river" } },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: `s3://answers/team-a/${client}/`, ...output } },
    ...change,
  });
}

async function started(client: BedrockRuntimeClient, command: StartAsyncInvokeCommand): Promise<string> {
  const { invocationArn = "" } = await client.send(command);
  return invocationArn;
}

/** The answer's code, message and what Bedrock was asked, as a caller without an SDK sees it. */
async function raw(token: string, target: string, body?: string) {
  const answer = await fetch(`${world.gateway.url}${target}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "x-api-key": token, "content-type": "application/json" },
    ...(body !== undefined && { body }),
  });
  const headers = Object.fromEntries(answer.headers);
  return { status: answer.status, headers, text: await answer.text() };
}

const BODY = {
  modelId: REEL,
  modelInput: {},
  outputDataConfig: { s3OutputDataConfig: { s3Uri: "s3://answers/team-a/app" } },
};

describe("jobs of two clients of one delegation (T44)", () => {
  it("are read by the client that started them, and for the other don't exist", async () => {
    const invocationArn = await started(app, job("app"));
    const found = await app.send(new GetAsyncInvokeCommand({ invocationArn }));
    expect(found).toMatchObject({ invocationArn, status: "Completed" });
    expect(found.outputDataConfig?.s3OutputDataConfig?.s3Uri).toMatch(/^s3:\/\/answers\/team-a\/app\/./);

    const named = `/async-invoke/${encodeURIComponent(invocationArn)}`;
    const seen = await raw(otherToken, named);
    const missing = await raw(otherToken, named.replace(/.{12}$/, "000000000000"));
    expect(seen.headers["x-signet-error"]).toBe("unknown_invocation");
    expect(seen.status).toBe(400);
    expect(seen.text).toBe(missing.text);
    const names = (answer: typeof seen) => {
      const { date: _, "x-signet-request-id": id, "x-amzn-requestid": own, ...rest } = answer.headers;
      expect(own).toBe(id);
      return rest;
    };
    expect(names(seen)).toEqual(names(missing));
    await expect(other.send(new GetAsyncInvokeCommand({ invocationArn }))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  it("another's job is recorded as refused, with what AWS answered", async () => {
    const invocationArn = await started(app, job("app"));
    const { headers } = await raw(otherToken, `/async-invoke/${encodeURIComponent(invocationArn)}`);
    const call = await until(async () =>
      (await world.calls()).find(
        ({ call: id, outcome }) => id === headers["x-signet-request-id"] && outcome !== "running",
      ),
    );
    expect(call).toMatchObject({
      client: "app2",
      outcome: "client_error",
      error: "unknown_invocation",
      status: 400,
      upstreamStatus: 200,
    });
  });

  it("are listed for their own client only, however the pages fall", async () => {
    const before = await listed(app, 1000);
    const own: string[] = [];
    const others: string[] = [];
    for (let i = 0; i < 7; i++) {
      own.push(await started(app, job("app")));
      for (let k = 0; k <= i % 3; k++) others.push(await started(other, job("app2")));
    }
    for (const size of [1, 2, 3, 5, 1000]) {
      const seen = await listed(app, size);
      expect(seen.toSorted()).toEqual([...before, ...own].toSorted());
      expect(await listed(other, size)).toEqual(expect.arrayContaining(others));
      expect((await listed(other, size)).filter((arn) => own.includes(arn))).toEqual([]);
    }
    // A caller that reads one page sees its jobs, though others started more of them.
    const { asyncInvokeSummaries = [], nextToken } = await app.send(new ListAsyncInvokesCommand({}));
    expect(asyncInvokeSummaries.map((each) => each.invocationArn)).toEqual(expect.arrayContaining(own));
    expect(nextToken).toBeUndefined();
  });

  it("cost one call to Bedrock a page", async () => {
    const before = world.sandbox.calls().length;
    await app.send(new ListAsyncInvokesCommand({ maxResults: 1 }));
    await app.send(new ListAsyncInvokesCommand({ statusEquals: "Completed", sortOrder: "Descending" }));
    expect(world.sandbox.calls()).toHaveLength(before + 2);
  });

  it("with the same request token are two jobs; the same client's is one, and it gets back what it sent", async () => {
    const token = "order-17";
    const first = await started(app, job("app", { clientRequestToken: token }));
    expect(await started(app, job("app", { clientRequestToken: token }))).toBe(first);
    const second = await started(other, job("app2", { clientRequestToken: token }));
    expect(second).not.toBe(first);
    const found = await app.send(new GetAsyncInvokeCommand({ invocationArn: first }));
    expect(found.clientRequestToken).toBe(token);
    const { asyncInvokeSummaries = [] } = await other.send(new ListAsyncInvokesCommand({}));
    expect(asyncInvokeSummaries.find((each) => each.invocationArn === second)?.clientRequestToken).toBe(
      token,
    );
  });

  it("take the longest request token, and one that looks like another client's", async () => {
    const longest = "~".repeat(256);
    const first = await started(app, job("app", { clientRequestToken: longest }));
    expect(await started(app, job("app", { clientRequestToken: longest }))).toBe(first);
    expect(await started(other, job("app2", { clientRequestToken: longest }))).not.toBe(first);
    const theirs = await started(other, job("app2", { clientRequestToken: "x" }));
    expect(await started(app, job("app", { clientRequestToken: "app2/x" }))).not.toBe(theirs);
  });

  it("are started through an alias", async () => {
    const invocationArn = await started(app, job("app", { modelId: "reel" }));
    const { modelArn } = await app.send(new GetAsyncInvokeCommand({ invocationArn }));
    expect(modelArn).toContain(REEL);
  });

  it("take tags, and a key and an owner in the account", async () => {
    const command = job(
      "app",
      { tags: [{ key: "team", value: "film" }] },
      {
        s3Uri: "s3://answers/team-a/app/2026/trailers/",
        bucketOwner: ACCOUNT,
        kmsKeyId: `arn:aws:kms:us-east-1:${ACCOUNT}:alias/answers`,
      },
    );
    expect(await started(app, command)).toContain(":async-invoke/");
  });
});

describe("where a job writes (T44)", () => {
  it.each([
    ["another client's place", "s3://answers/team-a/app2/"],
    ["a name that begins like its own", "s3://answers/team-a/app-x"],
    ["the delegation's place", "s3://answers/team-a/"],
    ["the bucket", "s3://answers"],
    ["another bucket", "s3://elsewhere/team-a/app/"],
    ["another case", "s3://answers/team-a/App/"],
  ])("can't be %s, and the answer names the client's own", async (_, s3Uri) => {
    await expect(app.send(job("app", {}, { s3Uri }))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("s3://answers/team-a/app/") as string,
    });
  });

  it.each([
    "s3://answers/team-a/app/../app2/",
    "s3://answers/team-a/app/./x",
    "s3://answers/team-a/app/.. ",
    "s3://answers/team-a/app//x",
    "s3://answers/team-a/app/%2e%2e/app2",
    "s3://answers/team-a/app/..%2fapp2",
    "s3://answers/team-a/app/..\\app2",
    "s3://answers/team-a/app/x?versionId=1",
    "s3://answers/team-a/app/x#y",
    "s3://answers/team-a/app/\u0000x",
    "s3://answers/team-a/app/\ud800x",
  ])("has no ambiguous form: %j", async (s3Uri) => {
    const body = JSON.stringify({ ...BODY, outputDataConfig: { s3OutputDataConfig: { s3Uri } } });
    const before = world.sandbox.calls().length;
    const { status, headers, text } = await raw(world.token, "/async-invoke", body);
    expect([status, headers["x-signet-error"]]).toEqual([400, "invalid_body"]);
    expect(text).toContain("outputDataConfig.s3OutputDataConfig.s3Uri");
    expect(world.sandbox.calls()).toHaveLength(before);
  });

  it.each([
    ["bucketOwner", { bucketOwner: "999999999999" }],
    ["kmsKeyId", { kmsKeyId: "arn:aws:kms:us-east-1:999999999999:alias/theirs" }],
    ["kmsKeyId", { kmsKeyId: `arn:aws-us-gov:kms:us-gov-west-1:${ACCOUNT}:alias/theirs` }],
  ])("is in the account: %s", async (member, output) => {
    await expect(app.send(job("app", {}, output))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(member) as string,
    });
  });

  it("is all that a client's session may write, whatever is asked with it", async () => {
    const direct = new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: world.sandbox.url,
      credentials: plain(sessions.get("signet-app")),
      maxAttempts: 1,
    });
    expect(await started(direct, job("app"))).toContain(":async-invoke/");
    for (const client of ["app2", "app-x", ""])
      await expect(direct.send(job(client))).rejects.toMatchObject({
        message: expect.stringContaining("s3:PutObject") as string,
      });
  });

  it("is asked for when jobs are granted by name", async () => {
    const cwd = mkdtempSync(path.join(tmpdir(), "signet-jobs-"));
    try {
      const create = `--account ${ACCOUNT} --region us-east-1 --model ${REEL} --operation StartAsyncInvoke`;
      const without = await signet(`delegation create first ${create}`, { cwd, env: {} });
      expect(without.err).toContain("signet delegation edit first --async-output");
      const place = await signet(`delegation create second ${create} --async-output a-b/c`, { cwd, env: {} });
      expect(place.status).toBe(0);
      expect(place.err).not.toContain("--async-output");
      await signet("client add film --delegation second", { cwd, env: {} });
      const own = await signet("policy session second --client film", { cwd, env: {} });
      expect(own.out).toContain('"arn:aws:s3:::a-b/c/film/*"');
      const all = await signet("policy session second", { cwd, env: {} });
      expect(all.out).toContain('"arn:aws:s3:::a-b/c/*"');
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });

  it("must be set by an operator before a job can be started", async () => {
    const unset = await newWorld();
    try {
      const answer = await fetch(`${unset.gateway.url}/async-invoke`, {
        method: "POST",
        headers: { "x-api-key": unset.token },
        body: JSON.stringify(BODY),
      });
      expect([answer.status, answer.headers.get("x-signet-error")]).toEqual([403, "output_denied"]);
      expect(await answer.text()).toContain("--async-output");
      const list = await fetch(`${unset.gateway.url}/async-invoke`, {
        headers: { "x-api-key": unset.token },
      });
      expect(await list.json()).toEqual({ asyncInvokeSummaries: [] });
    } finally {
      await unset.close();
    }
  });
});

describe("members of StartAsyncInvoke (T42, T44)", () => {
  const output = BODY.outputDataConfig.s3OutputDataConfig;
  it.each([
    ["priority", { ...BODY, priority: 1 }],
    ["outputDataConfig.other", { ...BODY, outputDataConfig: { ...BODY.outputDataConfig, other: {} } }],
    [
      "outputDataConfig.s3OutputDataConfig.acl",
      { ...BODY, outputDataConfig: { s3OutputDataConfig: { ...output, acl: "public-read" } } },
    ],
    ["tags.0.scope", { ...BODY, tags: [{ key: "a", value: "b", scope: "c" }] }],
  ])("that AWS's model doesn't have are refused by name: %s", async (name, body) => {
    const { status, headers, text } = await raw(world.token, "/async-invoke", JSON.stringify(body));
    expect([status, headers["x-signet-error"]]).toEqual([403, "setting_denied"]);
    expect(text).toContain(`The member ${name} of StartAsyncInvoke`);
  });

  it.each([
    ["modelInput", { ...BODY, modelInput: undefined }],
    ["outputDataConfig", { ...BODY, outputDataConfig: undefined }],
    ["outputDataConfig.s3OutputDataConfig", { ...BODY, outputDataConfig: {} }],
    ["outputDataConfig.s3OutputDataConfig.s3Uri", { ...BODY, outputDataConfig: { s3OutputDataConfig: {} } }],
    ["clientRequestToken", { ...BODY, clientRequestToken: "a b" }],
    ["clientRequestToken", { ...BODY, clientRequestToken: "a".repeat(257) }],
    ["tags", { ...BODY, tags: {} }],
    ["tags.0.value", { ...BODY, tags: [{ key: "a" }] }],
    [
      "outputDataConfig.s3OutputDataConfig.kmsKeyId",
      { ...BODY, outputDataConfig: { s3OutputDataConfig: { ...output, kmsKeyId: "alias/x" } } },
    ],
  ])("that are missing or malformed are named: %s", async (name, body) => {
    const { status, headers, text } = await raw(world.token, "/async-invoke", JSON.stringify(body));
    expect([status, headers["x-signet-error"]]).toEqual([400, "invalid_body"]);
    expect(text).toContain(`${name} `);
  });
});

/** All that a caller sees that follows the tokens, which end. */
async function listed(client: BedrockRuntimeClient, maxResults: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const { asyncInvokeSummaries = [] } of paginateListAsyncInvokes({ client }, { maxResults })) {
    expect(asyncInvokeSummaries.length).toBeLessThanOrEqual(maxResults);
    seen.push(...asyncInvokeSummaries.map(({ invocationArn = "" }) => invocationArn));
  }
  expect(new Set(seen).size).toBe(seen.length);
  return seen;
}
