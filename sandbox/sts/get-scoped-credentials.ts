/**
 * GetScopedCredentials: a session narrowed by one more policy. Source: STS's service model and its prose in botocore. Not
 * described, so a guess on the strict side: that the session needs a permission for it, and the words of refusals.
 */
import { AwsError } from "../errors.ts";
import { policiesOf } from "../iam/context.ts";
import { decideByIdentity, reasonOf } from "../iam/evaluate.ts";
import type { IssuedSession, SessionFacts } from "../iam/identity.ts";
import { parsePolicy } from "../iam/policy.ts";
import { headerOf } from "../wire.ts";
import { contextOf } from "../world.ts";
import type { Signed, World } from "../world.ts";
import { invalid, packedSize } from "./parameters.ts";
import type { ScopedInput } from "./parameters.ts";

const MOST_POLICIES = 3;
const ACTION = "sts:GetScopedCredentials";
const GLOBAL_HOST = /^sts\.amazonaws\.com(?::\d+)?$/;

export interface ScopedSession {
  session: IssuedSession;
  policies: number;
  sourceIdentity: string | null;
  packedSize: number;
}

export function getScopedCredentials(
  world: World,
  signed: Signed,
  { Policy: policy, DurationSeconds: durationSeconds }: ScopedInput,
): ScopedSession {
  const { principal } = signed;
  if (GLOBAL_HOST.test(headerOf(signed.request, "host") ?? ""))
    throw new AwsError("InvalidAction", 400, "GetScopedCredentials is not available on the global endpoint.");
  const calling = principal.session;
  const role = world.directory.role(principal.identity.arn);
  if (calling === null || role === undefined)
    throw new AwsError(
      "InvalidSubjectCredentials",
      400,
      "GetScopedCredentials requires temporary security credentials.",
    );
  if (policy === undefined && durationSeconds === undefined)
    throw invalid("At least one of Policy and DurationSeconds must be provided.");
  const size = packedSize([policy ?? ""]);
  const added = policy === undefined ? [] : [parsePolicy(policy, "session")];
  authorize(world, signed);
  const scoped = [...calling.scoped, ...added];
  if (scoped.length > MOST_POLICIES && added.length > 0)
    throw new AwsError("AccessDenied", 403, `A session has at most ${MOST_POLICIES} scope down policies.`);
  const facts: SessionFacts = { ...calling, scoped, expiresAt: endOf(calling, durationSeconds, world.now()) };
  return {
    session: world.directory.issueSession(role, facts),
    policies: scoped.length,
    sourceIdentity: calling.sourceIdentity,
    packedSize: size,
  };
}

function endOf({ expiresAt }: SessionFacts, seconds: number | undefined, now: number): number {
  if (seconds === undefined) return expiresAt;
  const end = now + seconds * 1000;
  if (end <= expiresAt) return end;
  throw new AwsError(
    "InsufficientSessionLifetime",
    400,
    "The calling session ends before the requested duration.",
  );
}

function authorize(world: World, signed: Signed): void {
  const ask = { action: ACTION, resource: "*", context: contextOf(world, signed) };
  const decision = decideByIdentity(policiesOf(signed.principal), ask);
  if (decision.allowed) return;
  throw new AwsError(
    "AccessDenied",
    403,
    `User: ${signed.principal.arn} is not authorized to perform: ${ACTION} on resource: * ${reasonOf(decision, ACTION)}`,
  );
}
