/** One HTTP request and its response, as the rest of Signet sees them. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Writable } from "node:stream";
import type { ProtocolModule } from "../protocols/protocol.ts";

/** What HTTP/1.1's and HTTP/2's response objects have in common. */
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
  /** What the caller speaks, judged by the path: whose form the answer has, even where there is no such route. */
  readonly protocol: ProtocolModule;
  /** Address of the peer. */
  readonly remote: string;
  /** Milliseconds, by the clock's monotonic time. */
  readonly startedAt: number;
  /** Said in the answer's head, whatever the answer is: what is left of limits. */
  limitHeaders?: Record<string, string>;
}
