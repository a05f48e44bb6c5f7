/** Services other than STS and Bedrock: each has one operation, authorized by IAM, in an empty account. */
import { AwsError } from "../errors.ts";
import { policiesOf } from "../iam/context.ts";
import { decideByIdentity, reasonOf } from "../iam/evaluate.ts";
import type { Answer, WireRequest } from "../wire.ts";
import { contextOf } from "../world.ts";
import type { Signed, World } from "../world.ts";
import { otherOperation } from "./operations.ts";
import type { OtherOperation, OtherService } from "./operations.ts";

export function serveOther(world: World, signed: Signed, operation: OtherOperation): Answer {
  const { action, format, body } = operation;
  const decision = decideByIdentity(policiesOf(signed.principal), {
    action,
    resource: "*",
    context: contextOf(world, signed),
  });
  if (!decision.allowed) {
    const user = `User: ${signed.principal.arn} is not authorized to perform: ${action}`;
    throw new AwsError("AccessDenied", 403, `${user} ${reasonOf(decision, action)}`);
  }
  return { status: 200, headers: { "content-type": contentType(format) }, body };
}

/** Throws for operations that aren't implemented. */
export function requireOperation(service: OtherService, request: WireRequest): OtherOperation {
  const operation = otherOperation(service, request);
  if (operation === undefined)
    throw new AwsError("InvalidAction", 400, `The sandbox's ${service} doesn't implement this.`);
  return operation;
}

/** Each protocol's own form: EC2 and the JSON services have their own names for a denial. */
export function otherErrorAnswer(error: AwsError, service: OtherService, requestId: string): Answer {
  if (service === "s3")
    return xml(
      error.status,
      `<Error><Code>${error.type}</Code><Message>${escaped(error.message)}</Message></Error>`,
    );
  if (service === "ec2") {
    const isDenial = error.type === "AccessDenied";
    const code = isDenial ? "UnauthorizedOperation" : error.type;
    const message = `${isDenial ? "You are not authorized to perform this operation. " : ""}${error.message}`;
    return xml(
      error.status,
      `<Response><Errors><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
    );
  }
  if (service === "iam")
    return xml(
      error.status,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${error.type}</Code><Message>${escaped(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    );
  const type = error.type === "AccessDenied" ? "AccessDeniedException" : error.type;
  // The JSON protocols answer a denial with 400, Lambda's REST API with 403.
  const status = error.type === "AccessDenied" && service !== "lambda" ? 400 : error.status;
  return {
    status,
    headers: { "content-type": contentType("json"), "x-amzn-errortype": type },
    body: JSON.stringify({ __type: type, Message: error.message }),
  };
}

function xml(status: number, body: string): Answer {
  return { status, headers: { "content-type": contentType("xml") }, body };
}

function contentType(format: "json" | "xml"): string {
  return format === "json" ? "application/x-amz-json-1.1" : "text/xml";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
