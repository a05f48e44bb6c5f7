/** Canaries: secrets and texts that must not appear in logs, answers or files, through every kind of failure. */
import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { awsCredentialSource, type CredentialSource, type Expiring } from "../../src/credentials/sts.ts";
import { pathOf } from "../support/caller.ts";
import { movableClock } from "../support/clock.ts";
import { converseBody, raw, request, type RawAnswer } from "../support/http.ts";
import { newWorld, until, type World } from "../support/world.ts";

const PROMPT = "canary-3f9a1c-prompt";
/** The sandbox's models answer with this and the prompt. */
const COMPLETION = "You said";
const STRANGERS_TOKEN = "sgk_AAAAAAAAAAAA_canary77canary77canary77canary77canary77canary7";

let world: World;
afterEach(() => world.close());

/** Where sessions enter the gateway: their secrets are recorded, and can be corrupted. */
interface Tap {
  obtained: Expiring[];
  spoilSecret: boolean;
  /** The lifetime that sessions claim, whatever STS said. */
  lifetimeMs?: number;
  wrap: (source: CredentialSource) => CredentialSource;
}

function newTap(): Tap {
  const tapped = (given: Expiring): Expiring => {
    tap.obtained.push(given);
    const { lifetimeMs } = tap;
    const answer = lifetimeMs === undefined ? given : { ...given, expiresAt: Date.now() + lifetimeMs };
    if (!tap.spoilSecret) return answer;
    const secretAccessKey = new Secret("spoilt".repeat(7));
    return { ...answer, credentials: { ...answer.credentials, secretAccessKey } };
  };
  const tap: Tap = {
    obtained: [],
    spoilSecret: false,
    wrap: (source) => ({
      base: () => source.base(),
      assumeRole: async (role) => tapped(await source.assumeRole(role)),
      scoped: async (asked) => tapped(await source.scoped(asked)),
    }),
  };
  return tap;
}

function awsSecrets({ obtained }: Tap): string[] {
  const ofSessions = obtained.flatMap(({ credentials }) => [
    credentials.secretAccessKey.reveal(),
    credentials.sessionToken?.reveal() ?? "",
  ]);
  return [world.baseSecretKey, ...ofSessions].filter((secret) => secret !== "");
}

function post(
  prompt: string,
  { action = "converse", token = world.token, body = converseBody(prompt) } = {},
) {
  const headers = [`authorization: Bearer ${token}`];
  return raw(world.gateway.url, request({ path: pathOf(action), headers, body }));
}

/** Every byte below a folder, file by file. */
function filesBelow(folder: string): [name: string, bytes: Buffer][] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [file, fs.readFileSync(file)]);
}

/** Where secrets were found; empty on success. Names the place, never the secret. */
function leaks(secrets: string[], places: Iterable<[name: string, text: string | Buffer]>): string[] {
  const found: string[] = [];
  for (const [name, text] of places) {
    for (const [i, secret] of secrets.entries())
      if (text.includes(secret)) found.push(`secret ${i} in ${name}`);
  }
  return found;
}

const textOf = ({ headers, body }: RawAnswer) => `${JSON.stringify(headers)} ${body}`;
const FULL_ACCESS = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "bedrock:*", Resource: "*" }],
};

describe("through every failure, at debug level", () => {
  it("no key, AWS secret, prompt or completion appears in a log line, an error or a file (T26, T29)", async () => {
    const clock = movableClock();
    const tap = newTap();
    world = await newWorld({
      clock,
      credentials: tap.wrap,
      settings: { timeouts: { unarySeconds: 0.5 }, limits: { bodyBytes: 4096 } },
    });
    const errors: [string, string][] = [];
    const fails = async (
      name: string,
      options: Parameters<typeof post>[1] = {},
      prompt = `${name} ${PROMPT}`,
    ) => {
      const answer = await post(prompt, options);
      expect([name, answer.status === 200 && answer.complete]).toEqual([name, false]);
      if (answer.status !== 200) errors.push([name, textOf(answer)]);
    };

    for (const fault of ["stsDown", "stsThrottled", "stsStatus500", "stsGarbage"]) {
      world.sandbox.faults.set({ [fault]: true });
      await fails(fault);
      world.sandbox.faults.clear();
      clock.advance(120);
    }
    expect((await post(PROMPT)).status).toBe(200);
    expect((await post(PROMPT, { action: "converse-stream" })).status).toBe(200);
    for (const marker of ["throttle", "error:500", "error:503", "error:424", "not-subscribed"])
      await fails(`[[${marker}]]`);
    for (const marker of ["cut", "bad-crc"])
      await fails(`[[${marker}]] one two three`, { action: "converse-stream" });
    await post(`[[fail-mid-stream:throttlingException]] one two ${PROMPT}`, { action: "converse-stream" });
    await fails("not JSON", { body: `{"messages": ${PROMPT}` });
    await fails("unknown field", { body: JSON.stringify({ messages: [], [PROMPT]: PROMPT }) });
    await fails("too large", { body: PROMPT.repeat(1000) });
    await fails("stranger", { token: STRANGERS_TOKEN });
    await fails("another's key", {
      token: `${world.token.slice(0, -1)}${world.token.endsWith("a") ? "b" : "a"}`,
    });
    for (const fault of ["bedrockDown", "bedrock500"]) {
      world.sandbox.faults.set({ [fault]: true });
      await fails(fault);
      world.sandbox.faults.clear();
    }
    world.sandbox.faults.set({ firstByteDelayMs: 60_000 });
    await fails("timeout");
    world.sandbox.faults.clear();
    world.sandbox.faults.set({ clockSkewMs: 3_600_000 });
    await fails("clock");
    world.sandbox.faults.clear();
    world.sandbox.iam.deletePolicy({ arn: world.roleArn, policyName: "bedrock" });
    await fails("denied");
    world.sandbox.iam.putPolicy({ arn: world.roleArn, policyName: "bedrock", policy: FULL_ACCESS });
    tap.spoilSecret = true;
    clock.advance(3_600);
    await fails("wrong signature");
    tap.spoilSecret = false;
    clock.advance(3_600);
    expect((await post(PROMPT)).status).toBe(200);
    const { accessKeyId = "" } = tap.obtained.at(-1)?.credentials ?? {};
    world.sandbox.iam.deleteAccessKey({ accessKeyId });
    await fails("unknown session");
    const spare = await world.newKey();
    await world.store.keys.revoke(spare.id, clock.now());
    await until(async () => ((await post("?", { token: spare.token })).status === 403 ? true : undefined));
    await fails("revoked", { token: spare.token });
    for (const file of fs.readdirSync(world.auditDir)) {
      if (!file.endsWith(".jsonl")) continue;
      fs.copyFileSync(path.join(world.auditDir, file), path.join(world.folder, `kept-${file}`));
      fs.rmSync(path.join(world.auditDir, file));
    }
    await until(() => (world.audit.available() ? undefined : true));
    await fails("audit");

    const secrets = [...awsSecrets(tap), world.token, spare.token, STRANGERS_TOKEN];
    expect(secrets.length).toBeGreaterThan(8);
    const logged = world.logged.map((line): [string, string] => [`log line ${line.slice(0, 60)}`, line]);
    expect(logged.length).toBeGreaterThan(20);
    const files = filesBelow(world.folder);
    expect(files.map(([name]) => path.basename(name))).toEqual(expect.arrayContaining(["signet.db"]));
    expect(files.some(([name]) => path.basename(name).startsWith("kept-"))).toBe(true);
    expect(leaks([...secrets, PROMPT, COMPLETION], [...logged, ...files])).toEqual([]);
    expect(leaks([...secrets, COMPLETION], errors)).toEqual([]);
  });

  it("STS's canonical string, which holds the base session's token, stays out of the log", async () => {
    let base: { secret: string; token: string } | undefined;
    const spoilt = (): CredentialSource => {
      const { sandbox, roleArn } = world;
      const session = sandbox.iam.createSession({ roleArn, roleSessionName: "host" });
      base = { secret: session.secretAccessKey, token: session.sessionToken };
      return awsCredentialSource({
        fips: false,
        dualstack: false,
        endpoint: sandbox.url,
        base: {
          accessKeyId: session.accessKeyId,
          secretAccessKey: new Secret("spoilt".repeat(7)),
          sessionToken: new Secret(session.sessionToken),
        },
      });
    };
    world = await newWorld({
      credentials: () => ({
        base: () => spoilt().base(),
        assumeRole: (role) => spoilt().assumeRole(role),
        scoped: (asked) => spoilt().scoped(asked),
      }),
    });
    const answer = await post(PROMPT);
    expect(answer.status).toBe(503);
    expect(world.sandbox.calls()[0]?.errorType).toBe("SignatureDoesNotMatch");
    const logged = world.logged.map((line): [string, string] => ["the log", line]);
    expect(logged.length).toBeGreaterThan(0);
    expect(
      leaks([base!.secret, base!.token, "Canonical String"], [...logged, ["the answer", textOf(answer)]]),
    ).toEqual([]);
  });
});

describe("a 403 from AWS", () => {
  /** Who signed, for which account, with what: details that the caller must not get. */
  const INNER =
    /arn:aws[a-z-]*:(?:iam|sts)|assumed-role|111122223333|123456789012|signet-app|A[KS]IA[A-Z0-9]{8}|AWS4|HMAC|[Cc]anonical|security.token|[Ss]tring.to.[Ss]ign|marketplace/;

  it.each([
    ["AccessDenied, with the role's name", "upstream_access_denied", denied],
    ["of an account without the model", "upstream_access_denied", () => post("[[not-subscribed]]")],
    ["InvalidSignature, with the canonical request", "upstream_rejected_signature", wrongSignature],
    ["ExpiredToken", "upstream_rejected_signature", expired],
    ["UnrecognizedClient", "upstream_rejected_signature", unknownSession],
    ["Signature expired, with AWS's time", "upstream_rejected_signature", wrongTime],
  ])("%s is mapped by its code and reveals nothing (T30)", async (_, code, provoke) => {
    const tap = newTap();
    world = await newWorld({ credentials: tap.wrap });
    const answer = await provoke(tap);
    expect(answer.headers["x-signet-error"]).toBe(code);
    expect(answer.status).toBe(code === "upstream_access_denied" ? 403 : 503);
    expect(textOf(answer)).not.toMatch(INNER);
    const upstream = world.sandbox.calls().at(-1);
    expect(answer.headers["x-amzn-requestid"]).toBe(upstream?.requestId);
    expect(upstream?.status).toBe(403);
    const call = await until(async () =>
      (await world.calls()).find(({ upstreamRequestId }) => upstreamRequestId === upstream?.requestId),
    );
    expect(call).toMatchObject({ error: code, upstreamStatus: 403 });
    expect(call.outcome).not.toBe("ok");
  });

  async function denied() {
    world.sandbox.iam.deletePolicy({ arn: world.roleArn, policyName: "bedrock" });
    return post("hello");
  }

  async function wrongSignature(tap: Tap) {
    tap.spoilSecret = true;
    return post("hello");
  }

  /** STS says an hour, but the session expires immediately. */
  async function expired(tap: Tap) {
    tap.lifetimeMs = 3_600_000;
    world.sandbox.faults.set({ sessionSeconds: 1 });
    expect((await post("hello")).status).toBe(200);
    return until(async () => {
      const answer = await post("hello");
      return world.sandbox.calls().at(-1)?.errorType === "ExpiredTokenException" ? answer : undefined;
    });
  }

  async function unknownSession(tap: Tap) {
    await post("hello");
    world.sandbox.iam.deleteAccessKey({ accessKeyId: tap.obtained[0]?.credentials.accessKeyId ?? "" });
    return post("hello");
  }

  async function wrongTime() {
    await post("hello");
    world.sandbox.faults.set({ clockSkewMs: 3_600_000 });
    return post("hello");
  }

  it("names in Bedrock's other errors are removed, the rest is unchanged", async () => {
    world = await newWorld();
    const answer = await post("hello", { body: JSON.stringify({ messages: [] }) });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).message).toMatch(/./);
    expect(textOf(answer)).not.toMatch(INNER);
  });
});

describe("content", () => {
  it.each([
    [true, "is in the audit log, and nowhere else, where the delegation records it"],
    [false, "is nowhere where the delegation does not record it"],
  ])("(recordContent: %s) %s", async (recordContent) => {
    world = await newWorld({ delegation: { recordContent } });
    expect((await post(PROMPT)).status).toBe(200);
    expect((await post(PROMPT, { action: "converse-stream" })).status).toBe(200);
    const calls = await world.ended(2);
    for (const { content } of calls) {
      expect(JSON.stringify(content ?? null).includes(PROMPT)).toBe(recordContent);
      expect(JSON.stringify(content?.response ?? null).includes("You")).toBe(recordContent);
    }
    const outside = filesBelow(world.folder).filter(([name]) => !name.startsWith(world.auditDir));
    const logged = world.logged.map((line): [string, string] => ["the log", line]);
    expect(leaks([PROMPT, COMPLETION], [...outside, ...logged])).toEqual([]);
    const inside = filesBelow(world.auditDir).some(([, bytes]) => bytes.includes(PROMPT));
    expect(inside).toBe(recordContent);
  });
});
