/** The calls and their answers, as CloudTrail would record them. In memory, the newest 10,000. */
import type { SigningService } from "./sigv4/authorization.ts";
import type { WireRequest } from "./wire.ts";

export interface CallRecord {
  requestId: string;
  /** ISO 8601, by the sandbox's clock. */
  time: string;
  /** SigV4's name of the service: `sts`, `bedrock`, `s3` … */
  service: SigningService;
  /** AWS's operation name; `Unknown` if none was recognized. */
  operation: string;
  method: string;
  /** Path and query, byte for byte as received. */
  target: string;
  httpVersion: "1.1" | "2";
  sourceIp: string;
  userAgent: string | null;
  /** As received, names lower case; signatures and tokens are left out. */
  headers: Record<string, string>;
  region: string | null;
  accessKeyId: string | null;
  /** The user's ARN, or the role session's. */
  principalArn: string | null;
  roleSessionName: string | null;
  sourceIdentity: string | null;
  /** The decoded model segment of the path. */
  modelId: string | null;
  /** STS only: the request's parameters as sent. */
  requestParameters: Record<string, string> | null;
  /** Paths of members that AWS's service model doesn't have, in STS and Bedrock's own operations: they were ignored. */
  unknownMembers: string[];
  /** Null until answered, and for connections destroyed without an answer. */
  status: number | null;
  errorType: string | null;
  errorMessage: string | null;
  /** The answer was sent completely. */
  finished: boolean;
  /** The caller disconnected before the end. */
  aborted: boolean;
}

const KEPT = 10_000;
const UNRECORDED_HEADERS = new Set(["authorization", "x-amz-security-token"]);

export class CallLog {
  #records: CallRecord[] = [];

  /** Records an arrival; the caller completes the record during the call. */
  open(request: WireRequest, facts: Pick<CallRecord, "requestId" | "time" | "service">): CallRecord {
    const headers: Record<string, string> = {};
    for (const [name, value] of request.headers) {
      if (UNRECORDED_HEADERS.has(name)) continue;
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
    }
    const record: CallRecord = {
      ...facts,
      operation: "Unknown",
      method: request.method,
      target: request.query === "" ? request.path : `${request.path}?${request.query}`,
      httpVersion: request.httpVersion,
      sourceIp: request.sourceIp,
      userAgent: headers["user-agent"] ?? null,
      headers,
      region: null,
      accessKeyId: null,
      principalArn: null,
      roleSessionName: null,
      sourceIdentity: null,
      modelId: null,
      requestParameters: null,
      unknownMembers: [],
      status: null,
      errorType: null,
      errorMessage: null,
      finished: false,
      aborted: false,
    };
    this.#records.push(record);
    // Trimmed in bulk, so that a long run doesn't shift the array on every call.
    if (this.#records.length > 2 * KEPT) this.#records = this.#records.slice(-KEPT);
    return record;
  }

  list(): CallRecord[] {
    return this.#records.slice(-KEPT).map((record) => ({ ...record }));
  }

  clear(): void {
    this.#records = [];
  }
}
