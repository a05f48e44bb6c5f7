/** The HTTP/2 side of the listener: bounded streams and headers, and no idle sessions (T31, T32). */
import http2 from "node:http2";
import { exchangeOf, type HttpParts, type HttpSide } from "./http-side.ts";

const MAX_HEADER_BYTES = 16 * 1024;
/** From the connection to the first request. */
const FIRST_STREAM_MS = 5_000;
/** Between two requests. */
const IDLE_MS = 75_000;
const SWEEP_MS = 1_000;

interface Activity {
  open: number;
  /** Monotonic milliseconds at which a session without streams is closed. */
  until: number;
}

export function http2Side(parts: HttpParts): HttpSide {
  const { handler, clock } = parts;
  const sessions = new Map<http2.ServerHttp2Session, Activity>();
  let closing = false;
  const server = http2.createServer({
    settings: { maxConcurrentStreams: 256, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
    maxHeaderListPairs: 128,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
  });
  const onRequest = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) =>
    handler(exchangeOf(request, response, parts));
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  server.on("sessionError", () => undefined);
  server.on("session", (session) => {
    const activity: Activity = { open: 0, until: clock.monotonic() + FIRST_STREAM_MS };
    sessions.set(session, activity);
    session.once("close", () => sessions.delete(session));
    session.on("stream", (stream) => {
      activity.open++;
      stream.once("close", () => {
        activity.open--;
        activity.until = clock.monotonic() + IDLE_MS;
      });
    });
    if (closing) session.close();
  });
  const sweep = clock.setInterval(() => {
    const now = clock.monotonic();
    for (const [session, { open, until }] of sessions) if (open === 0 && until < now) session.destroy();
  }, SWEEP_MS);
  sweep.unref();
  return {
    accept: (socket) => void server.emit("connection", socket),
    releaseIdle() {
      closing = true;
      // GOAWAY: open streams may finish, new ones go elsewhere.
      for (const session of sessions.keys()) if (!session.closed) session.close();
    },
    close: () => clock.clear(sweep),
  };
}
