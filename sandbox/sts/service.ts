/** STS over the query protocol: a form in, XML out. Serves AssumeRole, GetScopedCredentials and GetCallerIdentity. */
import { AwsError } from "../errors.ts";
import type { Input } from "../shapes/problems.ts";
import type { Answer } from "../wire.ts";
import type { Signed, World } from "../world.ts";
import type { IssuedSession } from "../iam/identity.ts";
import { assumeRole, expirationText } from "./assume-role.ts";
import { getScopedCredentials } from "./get-scoped-credentials.ts";
import type { AssumeRoleInput, ScopedInput } from "./parameters.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const VERSION = "2011-06-15";

/** An element's content: text, or elements in order. */
type Content = string | { [name: string]: Content };

const ACTIONS = ["AssumeRole", "GetScopedCredentials", "GetCallerIdentity"] as const;
type Action = (typeof ACTIONS)[number];

/** Throws InvalidAction for what isn't served. */
export function stsAction(form: URLSearchParams): Action {
  const named = form.get("Action") ?? "";
  const action = ACTIONS.find((each) => each === named);
  const version = form.get("Version");
  if (action !== undefined && version === VERSION) return action;
  throw new AwsError("InvalidAction", 400, `Could not find operation ${named} for version ${version}`);
}

export function serveSts(
  world: World,
  signed: Signed,
  { action, members }: { action: Action; members: Input["members"] },
): Answer {
  switch (action) {
    case "AssumeRole":
      return result(action, signed, assumeRoleResult(world, signed, members as unknown as AssumeRoleInput));
    case "GetScopedCredentials":
      return result(action, signed, scopedResult(world, signed, members));
    case "GetCallerIdentity":
      return result(action, signed, callerIdentity(signed));
    default: {
      const _: never = action;
      return _;
    }
  }
}

function assumeRoleResult(world: World, signed: Signed, input: AssumeRoleInput): Content {
  const { session, packedPolicySize, sourceIdentity } = assumeRole(world, signed, input);
  return {
    ...(sourceIdentity === null ? {} : { SourceIdentity: sourceIdentity }),
    AssumedRoleUser: { AssumedRoleId: session.assumedRoleId, Arn: session.arn },
    Credentials: credentialsOf(session),
    ...(packedPolicySize === 0 ? {} : { PackedPolicySize: String(packedPolicySize) }),
  };
}

function scopedResult(world: World, signed: Signed, input: ScopedInput): Content {
  const { session, policies, sourceIdentity, packedSize } = getScopedCredentials(world, signed, input);
  return {
    ...(sourceIdentity === null ? {} : { SourceIdentity: sourceIdentity }),
    Credentials: credentialsOf(session),
    SessionInfo: { ScopedSessionId: session.assumedRoleId, Arn: session.arn },
    ScopedPoliciesCount: String(policies),
    SessionTokenUtilization: String(packedSize),
  };
}

function credentialsOf(session: IssuedSession): Content {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: expirationText(session),
  };
}

function callerIdentity({ principal }: Signed): Content {
  const { identity, session } = principal;
  return {
    Arn: principal.arn,
    UserId: session === null ? identity.uniqueId : `${identity.uniqueId}:${session.roleSessionName}`,
    Account: identity.account,
  };
}

function result(action: string, { requestId }: Signed, content: Content): Answer {
  const body = element(`${action}Response`, {
    [`${action}Result`]: content,
    ResponseMetadata: { RequestId: requestId },
  });
  return xml(200, body.replace(">", ` xmlns="${NAMESPACE}">`));
}

export function stsErrorAnswer(error: AwsError, requestId: string): Answer {
  const type = error.status >= 500 ? "Receiver" : "Sender";
  const body = element("ErrorResponse", {
    Error: { Type: type, Code: error.type, Message: error.message },
    RequestId: requestId,
  });
  return xml(error.status, body.replace(">", ` xmlns="${NAMESPACE}">`));
}

function xml(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/xml" }, body: `${body}\n` };
}

function element(name: string, content: Content): string {
  const inner =
    typeof content === "string"
      ? escapeXml(content)
      : Object.entries(content)
          .map(([child, value]) => element(child, value))
          .join("");
  return `<${name}>${inner}</${name}>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
