/**
 * Asynchronous jobs as their owner, a client, starts and sees them (T44). Bedrock knows no owner but the account, so a job
 * belongs to the client below whose own place in S3 it writes: each answer about a job names that place.
 * Source: the shapes of StartAsyncInvoke, GetAsyncInvoke and ListAsyncInvokes in Bedrock's service model.
 */
import { createHash } from "node:crypto";
import { SignetError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";

/** The client that calls. */
export interface JobOwner {
  client: string;
  account: string;
  partition: string;
  /** Its own `bucket/prefix`; undefined if its delegation names no place for answers. */
  output: string | undefined;
}

/** Members of StartAsyncInvoke and of what is in it. */
export const START_MEMBERS = {
  StartAsyncInvokeRequest: ["clientRequestToken", "modelId", "modelInput", "outputDataConfig", "tags"],
  AsyncInvokeOutputDataConfig: ["s3OutputDataConfig"],
  AsyncInvokeS3OutputDataConfig: ["s3Uri", "kmsKeyId", "bucketOwner"],
  Tag: ["key", "value"],
} as const;

const MAX_TOKEN = 256;
const TOKEN = /^[!-~]{1,256}$/;
const KMS_KEY = /^arn:(aws[a-z-]*):kms:[a-zA-Z0-9-]*:([0-9]{12}):(?:key\/[a-zA-Z0-9-]{36}|alias\/[\w/-]+)$/;
/** What might be read as something else than a part of a name on the way to S3: escapes, separators, control characters. */
const AMBIGUOUS = /[\p{Cc}\p{Cs}%\\?#]/u;
/** Anything else may be content, which errors and logs don't hold. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

type Fields = Readonly<Record<string, unknown>>;

const parsed = new WeakMap<Buffer, Fields>();

/** The model that StartAsyncInvoke names in its body. Throws `invalid_body`. */
export function asyncInvokeModel(body: Buffer): string {
  const { modelId } = read(body);
  if (typeof modelId === "string") return modelId;
  throw invalid("modelId", "must be a string");
}

/**
 * StartAsyncInvoke's body as it is sent: written again from the parsed form, so that no second member means something
 * else to AWS, with the given model and a request token that is the client's own. Throws a coded error that names the
 * member if the job would not be the client's.
 */
export function asyncInvokeBody(body: Buffer, owner: JobOwner, modelId: string): Buffer {
  const request = fieldsOf(read(body), "StartAsyncInvokeRequest", "");
  const { clientRequestToken: token, modelInput, outputDataConfig, tags } = request;
  if (isAbsent(modelInput)) throw invalid("modelInput", "is required");
  requireOutput(outputDataConfig, owner);
  requireTags(tags);
  return Buffer.from(
    JSON.stringify({
      ...request,
      modelId,
      ...(!isAbsent(token) && { clientRequestToken: owned(token, owner) }),
    }),
  );
}

/** GetAsyncInvoke's answer for the owner. Throws `unknown_invocation` if the job isn't its own. */
export function ownJob(answer: unknown, owner: JobOwner): Fields {
  if (!isFields(answer) || !isOwn(answer, owner))
    throw unknownInvocation(new Error("it is another client's"));
  return asSent(answer, owner);
}

/** ListAsyncInvokes' answer with the owner's jobs alone. Throws TypeError if it is no such answer. */
export function ownJobs(answer: unknown, owner: JobOwner): Fields {
  const jobs = isFields(answer) ? answer["asyncInvokeSummaries"] : undefined;
  if (!isFields(answer) || !(isAbsent(jobs) || Array.isArray(jobs)))
    throw new TypeError("It is no list of jobs.");
  const own = (jobs ?? []).filter(isFields).filter((job) => isOwn(job, owner));
  return { ...answer, asyncInvokeSummaries: own.map((job) => asSent(job, owner)) };
}

/** The same for a job that doesn't exist and one of another client. `cause` is for the operator's log. */
export function unknownInvocation(cause: Error): SignetError {
  const message = "This client has started no such asynchronous invocation.";
  return new SignetError("unknown_invocation", message, { cause });
}

function read(body: Buffer): Fields {
  const known = parsed.get(body);
  if (known) return known;
  const value = parseJson(body);
  if (!isFields(value)) throw new SignetError("invalid_body", "The request body must be a JSON object.");
  parsed.set(body, value);
  return value;
}

function requireOutput(value: unknown, owner: JobOwner): void {
  const config = fieldsOf(value, "AsyncInvokeOutputDataConfig", "outputDataConfig");
  const at = "outputDataConfig.s3OutputDataConfig";
  const { s3OutputDataConfig } = config;
  const { s3Uri, kmsKeyId, bucketOwner } = fieldsOf(s3OutputDataConfig, "AsyncInvokeS3OutputDataConfig", at);
  if (typeof s3Uri !== "string") throw invalid(`${at}.s3Uri`, "must be a string");
  requireOwnPlace(s3Uri, owner);
  if (!isAbsent(bucketOwner) && bucketOwner !== owner.account)
    throw elsewhere(`${at}.bucketOwner`, "must be the account of this key's delegation");
  if (isAbsent(kmsKeyId)) return;
  const [, partition, account] = KMS_KEY.exec(typeof kmsKeyId === "string" ? kmsKeyId : "") ?? [];
  if (account === undefined) throw invalid(`${at}.kmsKeyId`, "must be the ARN of a KMS key or alias");
  if (partition !== owner.partition || account !== owner.account)
    throw elsewhere(`${at}.kmsKeyId`, "must be a key in the account of this key's delegation");
}

function requireOwnPlace(s3Uri: string, { output }: JobOwner): void {
  const param = "outputDataConfig.s3OutputDataConfig.s3Uri";
  if (output === undefined)
    throw new SignetError(
      "output_denied",
      "The delegation names no place in S3 for the answers of asynchronous jobs. Its operator can set one: --async-output.",
      { param },
    );
  if (!isBelow(s3Uri, output))
    throw new SignetError(
      "output_denied",
      `${param} must be s3://${output}/, this client's own place, or below it.`,
      {
        param,
      },
    );
  // URL parsers drop a space at the end before they resolve dot segments.
  const segments = s3Uri.slice(`s3://${output}/`.length).split("/");
  const isPlain = segments.every(
    (segment, at) => (segment !== "" || at === segments.length - 1) && !/^\.{1,2}$/.test(segment.trim()),
  );
  if (!isPlain || AMBIGUOUS.test(s3Uri))
    throw invalid(param, "must not have empty or dot segments, control characters, %, \\, ? or #");
}

function requireTags(tags: unknown): void {
  if (isAbsent(tags)) return;
  if (!Array.isArray(tags)) throw invalid("tags", "must be a list");
  for (const [at, tag] of tags.entries()) {
    const { key, value } = fieldsOf(tag, "Tag", `tags.${at}`);
    if (typeof key !== "string") throw invalid(`tags.${at}.key`, "must be a string");
    if (typeof value !== "string") throw invalid(`tags.${at}.value`, "must be a string");
  }
}

/** Two clients' tokens never meet: no client's name has a slash or a number sign. */
function owned(token: unknown, { client }: JobOwner): string {
  if (typeof token !== "string" || !TOKEN.test(token))
    throw invalid("clientRequestToken", `must be 1–${MAX_TOKEN} visible ASCII characters`);
  const whole = `${client}/${token}`;
  return whole.length <= MAX_TOKEN ? whole : `${client}#${createHash("sha256").update(token).digest("hex")}`;
}

/** With the request token that the client sent; without one that can't be restored. */
function asSent(job: Fields, { client }: JobOwner): Fields {
  const { clientRequestToken: token, ...rest } = job;
  if (typeof token !== "string" || token.startsWith(`${client}#`)) return rest;
  const isOurs = token.startsWith(`${client}/`);
  return { ...rest, clientRequestToken: isOurs ? token.slice(client.length + 1) : token };
}

function isOwn({ outputDataConfig }: Fields, { output }: JobOwner): boolean {
  const config = isFields(outputDataConfig) ? outputDataConfig["s3OutputDataConfig"] : undefined;
  const s3Uri = isFields(config) ? config["s3Uri"] : undefined;
  return output !== undefined && typeof s3Uri === "string" && isBelow(s3Uri, output);
}

function isBelow(s3Uri: string, output: string): boolean {
  return s3Uri === `s3://${output}` || s3Uri.startsWith(`s3://${output}/`);
}

/** Throws if `value` isn't an object, or has a member that AWS's service model doesn't have. */
function fieldsOf(value: unknown, shape: keyof typeof START_MEMBERS, at: string): Fields {
  if (!isFields(value)) throw invalid(at, "must be an object");
  const known: readonly string[] = START_MEMBERS[shape];
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return value;
  const name = IDENTIFIER.test(unknown) ? `The member ${at === "" ? "" : `${at}.`}${unknown}` : "A member";
  throw new SignetError(
    "setting_denied",
    `${name} of StartAsyncInvoke is not known, so it can't be granted.`,
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Null is no value in AWS's JSON. */
function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function invalid(param: string, rule: string): SignetError {
  return new SignetError("invalid_body", `The request body is invalid: ${param} ${rule}.`, { param });
}

function elsewhere(param: string, rule: string): SignetError {
  return new SignetError("account_denied", `${param} ${rule}.`, { param });
}
