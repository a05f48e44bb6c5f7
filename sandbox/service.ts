/** From a raw request to an answer: control endpoint, STS, Bedrock or another service; faults; the record of the call. */
import { authorizeBearer } from "./bedrock/authorize.ts";
import { restInput } from "./bedrock/input.ts";
import { routeOf, unknownOperation } from "./bedrock/routes.ts";
import { newBedrock } from "./bedrock/service.ts";
import type { CallRecord } from "./calls.ts";
import { sleep } from "./clock.ts";
import { compatibleErrorAnswer } from "./compatible/errors.ts";
import { compatibleRoute, namedModel } from "./compatible/routes.ts";
import type { CompatibleService } from "./compatible/routes.ts";
import { serveCompatible } from "./compatible/service.ts";
import { newControl } from "./control.ts";
import { hostRegion, serviceOf } from "./endpoints.ts";
import { AwsError } from "./errors.ts";
import { kmsErrorAnswer, kmsOperation, serveKms } from "./kms/service.ts";
import type { OtherService } from "./others/operations.ts";
import { otherErrorAnswer, requireOperation, serveOther } from "./others/service.ts";
import type { SigningService } from "./sigv4/authorization.ts";
import { hasBearer, verifyBearer } from "./sigv4/bearer.ts";
import { verifySignature } from "./sigv4/verify.ts";
import { queryInput } from "./sts/input.ts";
import { serveSts, stsAction, stsErrorAnswer } from "./sts/service.ts";
import { CutConnection, jsonAnswer } from "./wire.ts";
import type { Answer, WireRequest } from "./wire.ts";
import { newRequestId } from "./world.ts";
import type { Signed, World } from "./world.ts";

const GARBAGE = "<html><body>A proxy's page where XML was expected";
/** Of Bedrock, whatever the operation; the model has the same limit for InvokeModel's body. */
const MAX_BODY_BYTES = 25_000_000;
const CONTROL_PREFIX = "/_sandbox/";

export function newHandler(world: World): (request: WireRequest) => Promise<Answer> {
  const control = newControl(world);
  const bedrock = newBedrock(world);

  return async (request) => {
    if (request.path.startsWith(CONTROL_PREFIX)) return control(request);
    const requestId = newRequestId();
    const service = serviceOf(request);
    const time = new Date(world.now()).toISOString();
    const record = world.calls.open(request, { requestId, time, service });
    const answer = await answerOrError({ request, service, record }, async () => {
      await applyFaults(world, service);
      if (service === "sts") return answerSts(world, request, record);
      if (service === "kms") return answerKms(world, request, record);
      if (service !== "bedrock" && service !== "bedrock-mantle")
        return answerOther(world, request, { service, record });
      const compatible = compatibleRoute(request);
      if (compatible !== undefined || service === "bedrock-mantle")
        return answerCompatible(world, request, { service, record });
      const route = routeOf(request);
      record.operation = route.operation;
      if (route.operation !== "ApplyGuardrail") record.modelId = route.labels[0] ?? null;
      const signed = await bedrockCaller(world, request, { service, record });
      if (request.body.length > MAX_BODY_BYTES)
        throw new AwsError("RequestEntityTooLargeException", 413, "The request body is too large.");
      // Events are checked as they come.
      const { members, unknown } = request.events
        ? { members: {}, unknown: [] }
        : restInput(route.operation, route.labels, request);
      record.unknownMembers = unknown;
      return bedrock(signed, route, members);
    });
    return finish(world, answer, record);
  };
}

async function answerCompatible(
  world: World,
  request: WireRequest,
  { service, record }: { service: CompatibleService; record: CallRecord },
): Promise<Answer> {
  const route = compatibleRoute(request);
  if (route === undefined || !route.services.includes(service)) throw unknownOperation();
  record.operation = route.operation;
  record.modelId = namedModel(request);
  const signed = await bedrockCaller(world, request, { service, record });
  return serveCompatible(world, signed, { service, operation: route.operation });
}

/** The caller of Bedrock, by signature or bearer token. */
async function bedrockCaller(
  world: World,
  request: WireRequest,
  { service, record }: { service: CompatibleService; record: CallRecord },
): Promise<Signed> {
  const signed = await signedBy(world, request, { service, record });
  if (hasBearer(request)) authorizeBearer(world, signed, service);
  return signed;
}

async function answerOther(
  world: World,
  request: WireRequest,
  { service, record }: { service: OtherService; record: CallRecord },
): Promise<Answer> {
  const operation = requireOperation(service, request);
  record.operation = operation.name;
  return serveOther(world, await signedBy(world, request, { service, record }), operation);
}

async function answerSts(world: World, request: WireRequest, record: CallRecord): Promise<Answer> {
  if (world.faults.stsGarbage)
    return { status: 200, headers: { "content-type": "text/html" }, body: GARBAGE };
  const form = new URLSearchParams(request.body.toString("utf8"));
  record.operation = form.get("Action") ?? "Unknown";
  record.requestParameters = Object.fromEntries(form);
  const signed = await signedBy(world, request, { service: "sts", record });
  const action = stsAction(form);
  const { members, unknown } = queryInput(action, form);
  record.unknownMembers = unknown;
  return serveSts(world, signed, { action, members });
}

async function answerKms(world: World, request: WireRequest, record: CallRecord): Promise<Answer> {
  const operation = kmsOperation(request);
  record.operation = operation;
  return serveKms(world, await signedBy(world, request, { service: "kms", record }), operation);
}

async function signedBy(
  world: World,
  request: WireRequest,
  { service, record }: { service: SigningService; record: CallRecord },
): Promise<Signed> {
  const expected = {
    service,
    regions: world.regions,
    hostRegion: hostRegion(request, service),
    now: world.now(),
    // STS also answers accounts that have the region disabled, with its own error.
    findKey: (id: string, region: string) =>
      service === "sts" ? world.directory.findKey(id) : world.directory.findKeyIn(region, id),
  };
  const byBearer = (service === "bedrock" || service === "bedrock-mantle") && hasBearer(request);
  const { accessKeyId, region, signature } = byBearer
    ? { ...(await verifyBearer(request, expected)), signature: undefined }
    : await verifySignature(request, expected);
  const principal = world.directory.principal(accessKeyId);
  if (principal === undefined) throw new Error("a verified key has a principal");
  record.accessKeyId = accessKeyId;
  record.region = region;
  record.principalArn = principal.arn;
  record.roleSessionName = principal.session?.roleSessionName ?? null;
  record.sourceIdentity = principal.session?.sourceIdentity ?? null;
  return { request, requestId: record.requestId, accessKeyId, region, signature, principal };
}

async function applyFaults({ faults }: World, service: SigningService): Promise<void> {
  if (service !== "sts" && service !== "bedrock" && service !== "bedrock-mantle") return;
  if (service === "sts") {
    if (faults.stsDelayMs > 0) await sleep(faults.stsDelayMs);
    if (faults.stsDown) throw new CutConnection();
    if (faults.stsThrottled) throw new AwsError("Throttling", 400, "Rate exceeded");
    if (faults.stsStatus500) throw new AwsError("InternalFailure", 500, "The request processing has failed.");
    return;
  }
  if (faults.firstByteDelayMs > 0) await sleep(faults.firstByteDelayMs);
  if (faults.bedrockDown) throw new CutConnection();
  if (faults.bedrock500) {
    throw new AwsError("InternalServerException", 500, "The system encountered an unexpected error.");
  }
}

async function answerOrError(
  { request, service, record }: { request: WireRequest; service: SigningService; record: CallRecord },
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof CutConnection) throw thrown;
    // Everything but AWS's own refusals is a bug in the sandbox, which must be visible.
    const error = thrown instanceof AwsError ? thrown : new AwsError("SandboxFault", 500, String(thrown));
    record.errorType = error.type;
    // Without the part after a blank line: its canonical request contains the session token.
    record.errorMessage = error.message.split("\n\n", 1)[0] ?? null;
    if (service === "sts") return stsErrorAnswer(error, record.requestId);
    if (service === "kms") return kmsErrorAnswer(error);
    if (service !== "bedrock" && service !== "bedrock-mantle")
      return otherErrorAnswer(error, service, record.requestId);
    const compatible = compatibleRoute(request);
    if (compatible !== undefined) return compatibleErrorAnswer(error, compatible.operation);
    const type = `${error.type}:http://internal.amazon.com/coral/com.amazon.bedrock/`;
    return jsonAnswer(error.status, { message: error.message }, { "x-amzn-errortype": type });
  }
}

function finish(world: World, answer: Answer, record: CallRecord): Answer {
  record.status = answer.status;
  return {
    ...answer,
    headers: {
      date: new Date(world.now()).toUTCString(),
      "x-amzn-requestid": record.requestId,
      ...answer.headers,
    },
    ended: (end) => {
      record.finished = end === "complete";
      record.aborted = end === "aborted";
    },
  };
}
