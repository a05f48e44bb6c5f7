/** STS over the query protocol: a form in, XML out. Serves AssumeRole, GetScopedCredentials and GetCallerIdentity. */
import { AwsError } from "../errors.ts";
import type { Answer } from "../wire.ts";
import type { Signed, World } from "../world.ts";
import type { IssuedSession } from "../iam/identity.ts";
import { assumeRole, expirationText } from "./assume-role.ts";
import { getScopedCredentials } from "./get-scoped-credentials.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const VERSION = "2011-06-15";

/** An element's content: text, or elements in order. */
type Content = string | { [name: string]: Content };

export function serveSts(world: World, signed: Signed, form: URLSearchParams): Answer {
  const action = form.get("Action") ?? "";
  if (form.get("Version") !== VERSION) {
    throw new AwsError(
      "InvalidAction",
      400,
      `Could not find operation ${action} for version ${form.get("Version")}`,
    );
  }
  switch (action) {
    case "AssumeRole":
      return result(action, signed, assumeRoleResult(world, signed, form));
    case "GetScopedCredentials":
      return result(action, signed, scopedResult(world, signed, form));
    case "GetCallerIdentity":
      return result(action, signed, callerIdentity(signed));
    default:
      throw new AwsError("InvalidAction", 400, `Could not find operation ${action} for version ${VERSION}`);
  }
}

function assumeRoleResult(world: World, signed: Signed, form: URLSearchParams): Content {
  const { session, packedPolicySize, sourceIdentity } = assumeRole(world, signed, form);
  return {
    ...(sourceIdentity === null ? {} : { SourceIdentity: sourceIdentity }),
    AssumedRoleUser: { AssumedRoleId: session.assumedRoleId, Arn: session.arn },
    Credentials: credentialsOf(session),
    ...(packedPolicySize === 0 ? {} : { PackedPolicySize: String(packedPolicySize) }),
  };
}

function scopedResult(world: World, signed: Signed, form: URLSearchParams): Content {
  const { session, policies, sourceIdentity, packedSize } = getScopedCredentials(world, signed, form);
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
