import { describe, expect, it } from "vitest";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Client, type Delegation } from "../core/delegation.ts";
import { Secret } from "../core/secret.ts";
import { SignetError } from "../core/errors.ts";
import { PROFILES } from "../bedrock/catalogue.ts";
import { sessionLayers } from "../iam/session-policy.ts";
import { createBroker, type Session } from "./broker.ts";
import type { AssumeRoleRequest, CredentialSource, Expiring, ScopedRequest } from "./sts.ts";

const grants = [
  { operations: ["Converse" as const], models: ["us.anthropic.*"], regions: ["us-east-1"], settings: [] },
];
const delegation: Delegation = {
  name: "team-a",
  state: "active",
  account: "123456789012",
  partition: "aws",
  roleArn: "arn:aws:iam::123456789012:role/bedrock",
  externalId: "sgx-1",
  region: "us-east-1",
  grants,
  session: { durationSeconds: 3600, tags: {} },
  aliases: [],
  recordContent: false,
  trust: DEFAULT_TRUST,
  role: DEFAULT_ROLE,
  createdAt: 0,
};
const client: Client = { name: "app", delegations: [{ delegation: "team-a", grants: null }], createdAt: 0 };

/** AWS as a broker sees it: answers on command and counts requests. */
function aws(lifetimeSeconds = 3600) {
  const time = { now: 1_000_000 };
  const asked: AssumeRoleRequest[] = [];
  const scoped: ScopedRequest[] = [];
  const state: { fail: Error | undefined; failScoped: Error | undefined; hold: Promise<void> } = {
    fail: undefined,
    failScoped: undefined,
    hold: Promise.resolve(),
  };
  const answer = async (): Promise<Expiring> => {
    await state.hold;
    if (state.fail) throw state.fail;
    const credentials = { accessKeyId: `ASIA${asked.length}`, secretAccessKey: new Secret("s") };
    return { credentials, expiresAt: time.now + lifetimeSeconds * 1000 };
  };
  const source: CredentialSource = {
    base: answer,
    assumeRole(request) {
      asked.push(request);
      return answer();
    },
    async scoped(request) {
      scoped.push(request);
      if (state.failScoped) throw state.failScoped;
      const { credentials, expiresAt } = await answer();
      const accessKeyId = `ASIASCOPED${scoped.length}`;
      return { credentials: { ...credentials, accessKeyId }, expiresAt: expiresAt - scoped.length };
    },
  };
  const failures: unknown[] = [];
  const events = {
    refreshed: () => undefined,
    failed: (_d: string, _c: string, cause: unknown) => failures.push(cause),
  };
  const broker = createBroker(source, { now: () => time.now }, events, () => 0.5);
  return { broker, time, asked, scoped, state, failures };
}

function named(name: string): Error {
  return Object.assign(new Error("aws says no"), { name });
}

async function codeOf(work: () => Session | Promise<Session>): Promise<SignetError> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof SignetError) return thrown;
  }
  throw new Error("expected a SignetError");
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("the broker (F1, F2)", () => {
  it("makes one AssumeRole call for 1,000 concurrent cold callers of one session (P8)", async () => {
    const { broker, asked } = aws();
    const sessions = await Promise.all(
      Array.from({ length: 1000 }, async () => broker.session(delegation, client)),
    );
    expect(asked).toHaveLength(1);
    expect(new Set(sessions).size).toBe(1);
  });

  it("sends the External ID, the client's session name and a policy narrowed to its grants", async () => {
    const { broker, asked } = aws();
    await broker.session(delegation, client);
    expect(asked[0]).toMatchObject({
      externalId: "sgx-1",
      roleSessionName: "signet-app",
      durationSeconds: 3600,
    });
    expect(JSON.parse(asked[0]!.policy!).Statement[0]).toMatchObject({
      Action: ["bedrock:InvokeModel"],
      Resource: [
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.*",
        "arn:aws:bedrock:*:123456789012:project/default",
      ],
    });
  });

  it("sends a policy by which the client's jobs write only to its own place (T44)", async () => {
    const { broker, asked } = aws();
    const operations = ["StartAsyncInvoke" as const];
    const filming = {
      ...delegation,
      grants: [{ ...grants[0]!, operations }],
      role: { ...DEFAULT_ROLE, asyncOutput: "answers/film/" },
    };
    await broker.session(filming, client);
    await broker.session(filming, { ...client, name: "app2" });
    const places = asked.map(({ policy = "" }) => policy.match(/arn:aws:s3:::[^"]*/g));
    expect(places).toEqual([["arn:aws:s3:::answers/film/app/*"], ["arn:aws:s3:::answers/film/app2/*"]]);
  });

  it("asks again with a shorter form of the policy if STS packs the exact one into too much", async () => {
    const { broker, asked, state } = aws();
    state.fail = named("PackedPolicyTooLargeException");
    const profiles = Array.from({ length: 8 }, (_, at) => `us.anthropic.claude-number-${at}-20250929-v1:0`);
    const operations = ["Converse" as const, "CountTokens" as const];
    const many = { ...delegation, grants: [{ ...grants[0]!, operations, models: profiles }] };
    expect((await codeOf(() => broker.session(many, client))).code).toBe("role_denied");
    const sizes = asked.map(({ policy = "" }) => policy.length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(new Set(asked.map((each) => JSON.stringify({ ...each, policy: "" }))).size).toBe(1);
  });

  it("keeps the sessions of two clients separate", async () => {
    const { broker, asked } = aws();
    const one = await broker.session(delegation, client);
    const two = await broker.session(delegation, { ...client, name: "other" });
    expect(asked.map(({ roleSessionName }) => roleSessionName)).toEqual(["signet-app", "signet-other"]);
    expect(one).not.toBe(two);
  });

  it("refreshes in the background before the end, while callers keep using the session they have", async () => {
    const { broker, time, asked } = aws();
    const first = await broker.session(delegation, client);
    time.now += 44 * 60_000;
    expect(broker.session(delegation, client)).toBe(first);
    expect(asked).toHaveLength(1);
    time.now += 2 * 60_000;
    expect(broker.session(delegation, client)).toBe(first);
    expect(broker.session(delegation, client)).toBe(first);
    expect(asked).toHaveLength(2);
    await settle();
    const second = broker.session(delegation, client);
    expect(second).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it("serves a valid session while STS is down, then answers 503 with Retry-After, then recovers", async () => {
    const { broker, time, state, asked } = aws();
    const first = await broker.session(delegation, client);
    state.fail = named("ECONNREFUSED");
    for (time.now += 46 * 60_000; time.now < first.expiresAt - 61_000; time.now += 30_000) {
      expect(broker.session(delegation, client)).toBe(first);
      await settle();
    }
    expect(asked.length).toBeGreaterThan(3);
    time.now = first.expiresAt - 30_000;
    const error = await codeOf(() => broker.session(delegation, client));
    expect(error.code).toBe("credentials_unavailable");
    expect(error.retryAfter).toBeGreaterThanOrEqual(1);
    state.fail = undefined;
    time.now += 61_000;
    expect((await broker.session(delegation, client)).expiresAt).toBeGreaterThan(time.now);
  });

  it("backs off while STS fails: many calls, few AssumeRole calls", async () => {
    const { broker, time, state, asked } = aws();
    state.fail = named("ThrottlingException");
    for (let i = 0; i < 600; i++) {
      await codeOf(() => broker.session(delegation, client));
      time.now += 100;
    }
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(12);
  });

  it.each(["AccessDenied", "AccessDeniedException", "MalformedPolicyDocument"])(
    "remembers %s briefly, so that one bad role can't use up STS",
    async (name) => {
      const { broker, time, state, asked } = aws();
      state.fail = named(name);
      for (let i = 0; i < 14; i++) {
        expect((await codeOf(() => broker.session(delegation, client))).code).toBe("role_denied");
        time.now += 1000;
      }
      expect(asked).toHaveLength(1);
      time.now += 2000;
      await codeOf(() => broker.session(delegation, client));
      expect(asked).toHaveLength(2);
    },
  );

  it("does not let one role's failures delay another's", async () => {
    const { broker, state } = aws();
    let release = () => undefined as void;
    state.hold = new Promise((resolve) => {
      release = resolve;
    });
    const stuck = broker.session(delegation, client);
    state.hold = Promise.resolve();
    const other = await broker.session({ ...delegation, name: "team-b" }, { ...client, delegations: [] });
    expect(other.sessionName).toBe("signet-app");
    release();
    await stuck;
  });

  it("obtains a new session when AWS refuses an old one, but not for each refusal of a new one", async () => {
    const { broker, time, asked } = aws();
    const first = await broker.session(delegation, client);
    broker.discard(delegation, client, first);
    expect(await broker.session(delegation, client)).toBe(first);
    time.now += 11_000;
    broker.discard(delegation, client, first);
    expect(await broker.session(delegation, client)).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it("never returns a session for other grants or another role", async () => {
    const { broker, asked } = aws();
    await broker.session(delegation, client);
    await broker.session({ ...delegation, roleArn: "arn:aws:iam::123456789012:role/other" }, client);
    await broker.session(delegation, { ...client, delegations: [{ delegation: "team-a", grants: [] }] });
    expect(asked).toHaveLength(3);
  });

  it("uses the base credentials themselves for a delegation without a role", async () => {
    const { broker, asked } = aws();
    const { roleArn: _, ...roleless } = delegation;
    expect((await broker.session(roleless, client)).sessionName).toBeNull();
    expect(asked).toHaveLength(0);
  });

  it("shows no secret when a session is printed (T26)", async () => {
    const { broker } = aws();
    const session = await broker.session(delegation, client);
    expect(JSON.stringify(session)).toContain('"secretAccessKey":"[redacted]"');
  });
});

describe("a session narrowed in several steps (F1, F2)", () => {
  const profiles = PROFILES.filter(({ geography }) => geography === "us").map(({ id }) => id);
  const layered: Delegation = {
    ...delegation,
    grants: [{ ...grants[0]!, operations: ["Converse", "InvokeModel"], models: profiles.slice(0, 40) }],
    role: { ...DEFAULT_ROLE, scopedCredentials: true },
  };

  it("passes each policy on the session of the one before, and is the last one", async () => {
    const { broker, asked, scoped, time } = aws();
    const session = await broker.session(layered, client);
    expect(asked).toHaveLength(1);
    expect(scoped.length).toBeGreaterThan(0);
    expect(scoped.length).toBeLessThanOrEqual(3);
    expect(scoped.map(({ session: before }) => before.accessKeyId)).toEqual(
      ["ASIA1", "ASIASCOPED1", "ASIASCOPED2"].slice(0, scoped.length),
    );
    expect(session.credentials.accessKeyId).toBe(`ASIASCOPED${scoped.length}`);
    expect(session.sessionName).toBe("signet-app");
    expect(session.expiresAt).toBe(time.now + 3_600_000 - scoped.length);
    expect(scoped.every(({ region }) => region === "us-east-1")).toBe(true);
    const policies = [asked[0]?.policy, ...scoped.map(({ policy }) => policy)];
    expect(new Set(policies).size).toBe(policies.length);
    const [layers] = sessionLayers(layered.grants, layered, layered.role);
    expect(policies).toEqual(layers);
  });

  it("is made once for 1,000 concurrent callers, and again in the background before it ends", async () => {
    const { broker, asked, scoped, time } = aws();
    const sessions = await Promise.all(
      Array.from({ length: 1000 }, async () => broker.session(layered, client)),
    );
    const steps = scoped.length;
    expect(asked).toHaveLength(1);
    expect(new Set(sessions).size).toBe(1);
    time.now += 50 * 60_000;
    expect(broker.session(layered, client)).toBe(sessions[0]);
    await settle();
    await settle();
    expect([asked.length, scoped.length]).toEqual([2, 2 * steps]);
    expect(await broker.session(layered, client)).not.toBe(sessions[0]);
  });

  it("is not handed out until it is complete: a failed step leaves the old session, or an error", async () => {
    const { broker, state, time, failures } = aws();
    state.failScoped = named("AccessDenied");
    expect((await codeOf(() => broker.session(layered, client))).code).toBe("role_denied");
    state.failScoped = named("ThrottlingException");
    time.now += 20_000;
    expect((await codeOf(() => broker.session(layered, client))).code).toBe("credentials_unavailable");
    state.failScoped = undefined;
    time.now += 120_000;
    const session = await broker.session(layered, client);
    state.failScoped = named("AccessDenied");
    time.now += 50 * 60_000;
    expect(broker.session(layered, client)).toBe(session);
    await settle();
    await settle();
    expect(failures).toHaveLength(3);
    expect(broker.session(layered, client)).toBe(session);
  });

  it("begins again with shorter policies if STS packs those of a later step into too much", async () => {
    const { broker, asked, scoped, state } = aws();
    state.failScoped = named("PackedPolicyTooLargeException");
    expect((await codeOf(() => broker.session(layered, client))).code).toBe("role_denied");
    const candidates = sessionLayers(layered.grants, layered, layered.role);
    expect(candidates.length).toBeGreaterThan(1);
    expect(asked.map(({ policy }) => policy)).toEqual(candidates.map(([first]) => first));
    expect(scoped).toHaveLength(candidates.length);
  });

  it("is refused as before where it isn't allowed", async () => {
    const { broker, asked, failures } = aws();
    const error = await codeOf(() => broker.session({ ...layered, role: DEFAULT_ROLE }, client));
    expect(error.code).toBe("role_denied");
    expect(asked).toEqual([]);
    expect(failures[0]).toMatchObject({ message: expect.stringContaining("--scoped-credentials") as string });
  });
});
