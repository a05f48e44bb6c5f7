/** The trust policy, evaluated by two programs that aren't Signet's, which must agree on every attempt. */
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { describe, expect, it } from "vitest";
import { decideByTrust } from "../../sandbox/iam/evaluate.ts";
import { parsePolicy } from "../../sandbox/iam/policy.ts";
import type { Delegation } from "../core/delegation.ts";
import { ACCOUNT, delegation as anyDelegation, ROLE, SIGNET } from "./fixtures.ts";
import { trustPolicy } from "./trust-policy.ts";

const delegation = (change: Partial<Delegation> = {}) => anyDelegation({ grants: [], ...change });

interface Attempt {
  /** A user or role. */
  principal?: string;
  /** The calling session of the role; without one the principal itself calls. */
  session?: string;
  externalId?: string;
  sessionName?: string;
  organization?: string;
  sourceIp?: string;
  sourceVpc?: string;
  action?: string;
  context?: Record<string, string | string[]>;
}

const MAY_ASSUME = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:*", Resource: "*" }],
};

/** Whether AssumeRole is allowed, by both evaluators, which must agree. */
async function mayAssume(given: Delegation, attempt: Attempt): Promise<boolean> {
  const { principal = SIGNET, sessionName = "signet-app", action = "sts:AssumeRole" } = attempt;
  const [, , , , account = ""] = principal.split(":");
  const context: Record<string, string | string[]> = {
    "sts:RoleSessionName": sessionName,
    "aws:PrincipalArn": principal,
    "aws:SourceIp": attempt.sourceIp ?? "192.0.2.1",
    "aws:PrincipalOrgID": attempt.organization ?? "o-1234567890",
    ...(attempt.sourceVpc === undefined ? {} : { "aws:SourceVpc": attempt.sourceVpc }),
    ...(attempt.externalId === undefined ? {} : { "sts:ExternalId": attempt.externalId }),
    ...attempt.context,
  };
  const trust = trustPolicy(given);
  const result = await runSimulation(
    {
      request: {
        principal: attempt.session ?? principal,
        action,
        resource: { resource: ROLE, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: [{ name: "own", policy: MAY_ASSUME }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: trust,
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  const theirs = result.overallResult === "Allowed";
  const lower = Object.entries(context).map(([key, value]) => [
    key.toLowerCase(),
    Array.isArray(value) ? value : [value],
  ]);
  const caller = {
    account,
    uniqueId: principal,
    arn: attempt.session ?? principal,
    policies: { identity: [parsePolicy(MAY_ASSUME, "identity")], session: null },
  };
  const ask = {
    action,
    resource: ROLE,
    context: Object.fromEntries(lower) as Record<string, string[]>,
  };
  // The sandbox stores an account's principal by its number, as IAM reads it.
  const stored = JSON.stringify(trust).replace(/arn:aws:iam::([0-9]{12}):root/g, "$1");
  const { allowed: ours } = decideByTrust(parsePolicy(stored, "trust"), caller, { ask, account: ACCOUNT });
  expect({ attempt, allowed: ours }).toEqual({ attempt, allowed: theirs });
  return theirs;
}

const plain = delegation();
const right: Attempt = { externalId: "sgx-right" };
const rotating = delegation({
  nextExternalId: "sgx-next",
  previousExternalId: "sgx-old",
});
const restricted = delegation({
  trust: { ...plain.trust, principalOrgId: "o-1234567890", sourceIps: ["192.0.2.0/24", "2001:db8::/32"] },
});
const fromVpc = delegation({ trust: { ...plain.trust, sourceVpcs: ["vpc-0a1b2c3d"] } });
const SIGNETS_SESSION = "arn:aws:sts::123456789012:assumed-role/signet/i-0123456789";
const anchored = delegation({ trust: { ...plain.trust, byPrincipalArn: true } });
const tagged = delegation({
  session: { durationSeconds: 3600, tags: { team: "a" }, sourceIdentity: "signet" },
});
const tagging = { ...right, action: "sts:TagSession" };
const naming = { ...right, action: "sts:SetSourceIdentity" };

describe("a trust policy", () => {
  it.each<[string, Delegation, Attempt]>([
    ["Signet with the External ID", plain, right],
    ["the next External ID in a rotation", rotating, { externalId: "sgx-next" }],
    ["the current one in a rotation", rotating, right],
    ["Signet from its organization and address", restricted, right],
    ["Signet from an IPv6 address", restricted, { ...right, sourceIp: "2001:db8::1" }],
    ["Signet from its VPC", fromVpc, { ...right, sourceVpc: "vpc-0a1b2c3d" }],
    ["Signet by aws:PrincipalArn", anchored, right],
    ["a session of Signet's role", plain, { ...right, session: SIGNETS_SESSION }],
    ["a session of Signet's role, by aws:PrincipalArn", anchored, { ...right, session: SIGNETS_SESSION }],
    [
      "the tags that Signet sends",
      tagged,
      { ...tagging, context: { "aws:RequestTag/team": "a", "aws:TagKeys": ["team"] } },
    ],
    [
      "the source identity that Signet sends",
      tagged,
      { ...naming, context: { "sts:SourceIdentity": "signet" } },
    ],
  ])("admits %s", async (_name, given, attempt) => {
    expect(await mayAssume(given, attempt)).toBe(true);
  });

  it.each<[string, Delegation, Attempt]>([
    ["a missing External ID", plain, {}],
    ["an empty one", plain, { externalId: "" }],
    ["a wrong one", plain, { externalId: "sgx-wrong" }],
    ["one with the same beginning", plain, { externalId: "sgx-right2" }],
    ["one in another case", plain, { externalId: "SGX-RIGHT" }],
    ["a wildcard", plain, { externalId: "*" }],
    ["the previous one in a rotation", rotating, { externalId: "sgx-old" }],
    [
      "another user of Signet's account",
      plain,
      { ...right, principal: "arn:aws:iam::123456789012:user/other" },
    ],
    [
      "another role of Signet's account",
      anchored,
      { ...right, principal: "arn:aws:iam::123456789012:role/other" },
    ],
    ["another account", plain, { ...right, principal: "arn:aws:iam::999999999999:role/signet" }],
    [
      "another account, by aws:PrincipalArn",
      anchored,
      { ...right, principal: "arn:aws:iam::999999999999:role/signet" },
    ],
    ["another VPC", fromVpc, { ...right, sourceVpc: "vpc-0a1b2c3e" }],
    ["no VPC at all", fromVpc, right],
    ["the right address, but no External ID", restricted, {}],
    [
      "a session of another role",
      anchored,
      {
        ...right,
        principal: "arn:aws:iam::123456789012:role/other",
        session: SIGNETS_SESSION.replace("/signet/", "/other/"),
      },
    ],
    ["another session name", plain, { ...right, sessionName: "admin" }],
    ["a session name that contains signet- later", plain, { ...right, sessionName: "xsignet-app" }],
    ["another organization", restricted, { ...right, organization: "o-9999999999" }],
    ["another address", restricted, { ...right, sourceIp: "198.51.100.1" }],
    [
      "tags where none are sent",
      plain,
      { ...tagging, context: { "aws:RequestTag/team": "a", "aws:TagKeys": ["team"] } },
    ],
    [
      "another tag's value",
      tagged,
      { ...tagging, context: { "aws:RequestTag/team": "b", "aws:TagKeys": ["team"] } },
    ],
    [
      "an additional tag",
      tagged,
      {
        ...tagging,
        context: { "aws:RequestTag/team": "a", "aws:RequestTag/x": "y", "aws:TagKeys": ["team", "x"] },
      },
    ],
    [
      "a missing tag",
      tagged,
      { ...tagging, context: { "aws:RequestTag/other": "a", "aws:TagKeys": ["other"] } },
    ],
    ["no tags at all, asking to tag", tagged, tagging],
    [
      "a source identity where none is sent",
      plain,
      { ...naming, context: { "sts:SourceIdentity": "signet" } },
    ],
    ["another source identity", tagged, { ...naming, context: { "sts:SourceIdentity": "admin" } }],
  ])("refuses %s (T8)", async (_name, given, attempt) => {
    expect(await mayAssume(given, attempt)).toBe(false);
  });
});
