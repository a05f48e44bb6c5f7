/** Sessions from STS: one for many callers, renewed in time, kept while STS fails, narrowed to what was granted. */
import http2 from "node:http2";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  type BedrockRuntimeClientConfig,
} from "@aws-sdk/client-bedrock-runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { CredentialSource, Expiring } from "../../src/credentials/sts.ts";
import { pathOf } from "../support/caller.ts";
import { movableClock } from "../support/clock.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { EXTERNAL_ID, HAIKU, newWorld, until, type World, type WorldOptions } from "../support/world.ts";

let world: World;
afterEach(() => world.close());

const SONNET = "us.anthropic.claude-3-5-sonnet-20241022-v2:0";

async function start(options: WorldOptions = {}): Promise<World> {
  world = await newWorld(options);
  return world;
}

function converse(token = world.token) {
  const headers = [`x-api-key: ${token}`];
  return raw(world.gateway.url, request({ path: pathOf("converse"), headers, body: converseBody("hello") }));
}

const statusAndCode = async () => {
  const { status, headers } = await converse();
  return [status, headers["x-signet-error"]];
};

const asked = (service: "sts" | "bedrock") =>
  world.sandbox.calls().filter((call) => call.service === service);

/** The account owner changes the role's trust policy. */
function trust(actions: string[], externalId: string): void {
  const userArn = "arn:aws:iam::123456789012:user/signet";
  world.sandbox.iam.updateTrust({
    roleArn: world.roleArn,
    trustPolicy: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: userArn },
          Action: actions,
          Condition: { StringEquals: { "sts:ExternalId": externalId } },
        },
        ...(actions.length > 1
          ? [{ Effect: "Allow", Principal: { AWS: userArn }, Action: actions.slice(1) }]
          : []),
      ],
    },
  });
}

describe("the lifetime of a session (F1)", () => {
  it("sessions of two seconds are renewed under continuous calls, none of which fails", async () => {
    await start();
    world.sandbox.faults.set({ sessionSeconds: 2 });
    const statuses = new Set<number>();
    while (asked("sts").length < 4) statuses.add((await converse()).status);
    expect([...statuses]).toEqual([200]);
    expect(asked("bedrock").length).toBeGreaterThan(asked("sts").length);
  });

  it("1,000 concurrent calls without a session cause one AssumeRole", async () => {
    await start();
    world.sandbox.faults.set({ stsDelayMs: 500 });
    const sessions = Array.from({ length: 8 }, () => http2.connect(world.gateway.url));
    const statuses = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => statusOver(sessions[i % sessions.length]!)),
    );
    for (const session of sessions) session.close();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(asked("sts")).toHaveLength(1);
    expect(asked("bedrock")).toHaveLength(1000);
  });

  it("calls succeed while STS is down and the session lasts, and after STS is back", async () => {
    const clock = movableClock();
    await start({ clock });
    expect((await converse()).status).toBe(200);
    world.sandbox.faults.set({ stsDown: true });
    clock.advance(50 * 60);
    for (let i = 0; i < 5; i++) expect((await converse()).status).toBe(200);
    await until(
      () => world.logged.some((line) => line.includes("no session could be obtained")) || undefined,
    );
    clock.advance(8 * 60);
    expect((await converse()).status).toBe(200);
    clock.advance(90);
    expect(await statusAndCode()).toEqual([503, "credentials_unavailable"]);
    world.sandbox.faults.clear();
    clock.advance(60);
    expect((await converse()).status).toBe(200);
  });

  it("a session that AWS no longer knows is replaced, and the call succeeds", async () => {
    const clock = movableClock();
    await start({ clock });
    expect((await converse()).status).toBe(200);
    const accessKeyId = asked("bedrock")[0]?.accessKeyId ?? "";
    world.sandbox.iam.deleteAccessKey({ accessKeyId });
    clock.advance(30);
    expect((await converse()).status).toBe(200);
    expect(asked("sts")).toHaveLength(2);
    expect((await world.ended(2)).at(-1)).toMatchObject({ outcome: "ok", attempts: 2 });
  });

  it("a session that the role's owner revoked is replaced, and a denial of everything doesn't cost an AssumeRole for each call", async () => {
    const clock = movableClock();
    await start({ clock });
    expect((await converse()).status).toBe(200);
    clock.advance(600);
    // STS refuses the SDK's first signature after the jump, which it then corrects.
    const sessions = () => asked("sts").filter(({ status }) => status === 200);
    const deny = (condition: object) => ({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "*", Resource: "*", ...condition }],
    });
    const older = { DateLessThan: { "aws:TokenIssueTime": new Date(clock.now() - 60_000).toISOString() } };
    const policyName = "AWSRevokeOlderSessions";
    world.sandbox.iam.putPolicy({ arn: world.roleArn, policyName, policy: deny({ Condition: older }) });
    expect((await converse()).status).toBe(200);
    expect(sessions()).toHaveLength(2);
    expect((await world.ended(2)).at(-1)).toMatchObject({ outcome: "ok", attempts: 2 });

    world.sandbox.iam.putPolicy({ arn: world.roleArn, policyName, policy: deny({}) });
    for (let i = 0; i < 5; i++) expect((await converse()).status).toBe(403);
    expect(sessions()).toHaveLength(2);
  });

  it("a session that expired earlier than announced is replaced, and the call succeeds", async () => {
    const clock = movableClock();
    await start({
      clock,
      credentials: (source) => ({
        ...source,
        assumeRole: async (role) => ({
          ...(await source.assumeRole(role)),
          expiresAt: clock.now() + 3_600_000,
        }),
      }),
    });
    world.sandbox.faults.set({ sessionSeconds: 10 });
    expect((await converse()).status).toBe(200);
    clock.advance(30);
    expect((await converse()).status).toBe(200);
    expect(asked("bedrock").map(({ errorType }) => errorType)).toEqual([null, "ExpiredTokenException", null]);
  });

  it("a role whose brand-new sessions are refused does not cost an AssumeRole for each call", async () => {
    await start();
    expect((await converse()).status).toBe(200);
    world.sandbox.iam.deleteAccessKey({ accessKeyId: asked("bedrock")[0]?.accessKeyId ?? "" });
    for (let i = 0; i < 3; i++) expect(await statusAndCode()).toEqual([503, "upstream_rejected_signature"]);
    expect(asked("sts")).toHaveLength(1);
  });
});

describe("without a session (F2)", () => {
  it.each([{ stsDown: true }, { stsThrottled: true }, { stsGarbage: true }, { stsStatus500: true }])(
    "%o is a 503 with a time to retry, and nothing is sent to Bedrock",
    async (fault) => {
      await start();
      world.sandbox.faults.set(fault);
      const answer = await converse();
      expect([answer.status, answer.headers["x-signet-error"]]).toEqual([503, "credentials_unavailable"]);
      expect(Number(answer.headers["retry-after"])).toBeGreaterThanOrEqual(1);
      expect(asked("bedrock")).toEqual([]);
      expect((await world.ended(1))[0]).toMatchObject({
        outcome: "refused",
        error: "credentials_unavailable",
      });
      world.sandbox.faults.clear();
      await until(async () => ((await converse()).status === 200 ? true : undefined));
    },
  );

  it("a failing STS is retried less and less often, however many callers there are", async () => {
    const clock = movableClock();
    await start({ clock });
    world.sandbox.faults.set({ stsStatus500: true });
    await Promise.all(Array.from({ length: 50 }, statusAndCode));
    // One AssumeRole, and the SDK's own second attempt at it.
    expect(asked("sts").length).toBeLessThanOrEqual(2);
  });

  it.each([
    ["no longer trusts Signet under this External ID", {}, "another-external-id"],
    ["is asked with a wrong External ID", { externalId: "sgx-of-another-tenant" }, EXTERNAL_ID],
  ])("a role that %s is role_denied, without any of AWS's text (T8)", async (_, delegation, externalId) => {
    await start({ delegation });
    trust(["sts:AssumeRole"], externalId);
    const answer = await converse();
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([503, "role_denied"]);
    expect(answer.body).not.toMatch(/arn:|123456789012|AssumeRole/);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(asked("bedrock")).toEqual([]);
    // Remembered: a denied role must not use up the quota of all.
    expect(await statusAndCode()).toEqual([503, "role_denied"]);
    expect(asked("sts")).toHaveLength(1);
  });

  it("one role's problems do not delay another's calls", async () => {
    await start();
    const team = await world.store.delegations.get("team-a");
    const roleArn = world.roleArn.replace(/role\/.*/, "role/gone");
    await world.store.delegations.add({ ...team!, name: "team-b", externalId: "sgx-b", roleArn });
    await world.store.clients.join("app", { delegation: "team-b", grants: null });
    const broken = await world.newKey({ delegation: "team-b" });
    expect((await converse(broken.token)).headers["x-signet-error"]).toBe("role_denied");
    expect((await converse()).status).toBe(200);
  });
});

describe("a session", () => {
  it("has the client's name, and the delegation's tags and source identity", async () => {
    const session = { durationSeconds: 1800, tags: { team: "a", stage: "test" }, sourceIdentity: "signet-a" };
    await start({ delegation: { session } });
    trust(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], EXTERNAL_ID);
    expect((await converse()).status).toBe(200);
    expect(asked("sts")[0]?.requestParameters).toMatchObject({
      RoleArn: world.roleArn,
      RoleSessionName: "signet-app",
      ExternalId: EXTERNAL_ID,
      DurationSeconds: "1800",
      SourceIdentity: "signet-a",
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "a",
      "Tags.member.2.Key": "stage",
      "Tags.member.2.Value": "test",
    });
    expect(asked("bedrock")[0]).toMatchObject({ roleSessionName: "signet-app", sourceIdentity: "signet-a" });
    expect((await world.ended(1))[0]).toMatchObject({ sessionName: "signet-app" });
  });

  it("is never shared between clients", async () => {
    await start();
    await world.store.clients.add({
      name: "batch",
      delegations: [{ delegation: "team-a", grants: null }],
      createdAt: 0,
    });
    const { token } = await world.newKey({ client: "batch" });
    for (const each of [world.token, token, world.token, token])
      expect((await converse(each)).status).toBe(200);
    expect(asked("bedrock").map(({ roleSessionName }) => roleSessionName)).toEqual([
      "signet-app",
      "signet-batch",
      "signet-app",
      "signet-batch",
    ]);
    expect(asked("sts")).toHaveLength(2);
  });

  it("may do no more than the client's grants, although the role may do everything", async () => {
    const obtained: Expiring[] = [];
    await start({ credentials: (source) => noting(source, obtained) });
    const grants = [
      { operations: ["Converse" as const], models: [HAIKU], regions: ["us-east-1"], settings: [] },
    ];
    await world.store.clients.add({
      name: "narrow",
      delegations: [{ delegation: "team-a", grants }],
      createdAt: 0,
    });
    const { token } = await world.newKey({ client: "narrow" });
    expect((await converse(token)).status).toBe(200);
    // With the session itself, bypassing Signet's own checks: AWS denies what wasn't granted.
    const direct = directClient(world.sandbox.url, obtained[0]!);
    const messages = [{ role: "user" as const, content: [{ text: "hello" }] }];
    const granted = await direct.send(new ConverseCommand({ modelId: HAIKU, messages }));
    expect(granted.stopReason).toBe("end_turn");
    await expect(direct.send(new ConverseCommand({ modelId: SONNET, messages }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    direct.destroy();
  });

  it("never gives one client another client's grants", async () => {
    await start();
    const grants = [
      { operations: ["Converse" as const], models: [HAIKU], regions: ["us-east-1"], settings: [] },
    ];
    expect((await converse()).status).toBe(200);
    await world.store.clients.add({
      name: "narrow",
      delegations: [{ delegation: "team-a", grants }],
      createdAt: 0,
    });
    const { token } = await world.newKey({ client: "narrow" });
    expect((await converse(token)).status).toBe(200);
    const [wide, narrow] = asked("sts").map((call) => call.requestParameters?.["Policy"] ?? "");
    expect(narrow).toContain(HAIKU);
    expect(wide).not.toBe(narrow);
  });
});

describe("clock skew (F10)", () => {
  it.each([10, -10])("of %i minutes is corrected once, and calls succeed", async (minutes) => {
    await start();
    world.sandbox.faults.set({ clockSkewMs: minutes * 60_000 });
    for (let i = 0; i < 3; i++) expect((await converse()).status).toBe(200);
    const attempts = (await world.ended(3)).map((call) => call.attempts);
    expect(attempts).toEqual([2, 1, 1]);
  });

  it.each([20, -20])("of %i minutes is too large to be corrected", async (minutes) => {
    await start();
    expect((await converse()).status).toBe(200);
    world.sandbox.faults.set({ clockSkewMs: minutes * 60_000 });
    expect(await statusAndCode()).toEqual([503, "upstream_rejected_signature"]);
    world.sandbox.faults.clear();
    expect((await converse()).status).toBe(200);
  });
});

function noting(source: CredentialSource, obtained: Expiring[]): CredentialSource {
  return {
    ...source,
    async assumeRole(role) {
      const answer = await source.assumeRole(role);
      obtained.push(answer);
      return answer;
    },
  };
}

function directClient(endpoint: string, { credentials }: Expiring): BedrockRuntimeClient {
  const config: BedrockRuntimeClientConfig = {
    region: "us-east-1",
    endpoint,
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey.reveal(),
      sessionToken: credentials.sessionToken?.reveal() ?? "",
    },
    maxAttempts: 1,
  };
  return new BedrockRuntimeClient(config);
}

function statusOver(session: http2.ClientHttp2Session): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": pathOf("converse"),
      "x-api-key": world.token,
    });
    let status = 0;
    stream.on("response", (headers) => void (status = Number(headers[":status"])));
    stream.on("error", reject);
    stream.on("end", () => resolve(status));
    stream.resume();
    stream.end(converseBody("hello"));
  });
}
