/** HTTP requests and responses as the rest of Signet sees them. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Writable } from "node:stream";
import type { ProtocolModule } from "../protocols/protocol.ts";

/** The common part of HTTP/1.1's and HTTP/2's response objects. */
export interface HttpResponse extends Writable {
  readonly headersSent: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  writeContinue(): void;
}

/** One HTTP request and its response, whatever the version of HTTP. */
export interface Exchange {
  /** Signet's own id of the call, in `x-signet-request-id`, the log and both audit records. */
  readonly id: string;
  readonly request: IncomingMessage | Http2ServerRequest;
  readonly response: HttpResponse;
  /** The caller's protocol, by the path. It determines the form of the answer, even if the route doesn't exist. */
  readonly protocol: ProtocolModule;
  /** Address of the peer. */
  readonly remote: string;
  /** Milliseconds, by the clock's monotonic time. */
  readonly startedAt: number;
  /** Headers for any answer: what remains of limits. */
  limitHeaders?: Record<string, string>;
}
