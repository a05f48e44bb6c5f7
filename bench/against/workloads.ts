/** The requests sent through both checkouts: small calls, an agent's turns, images and streams. */
import { chatBody } from "../load.ts";
import { CHAT, MODEL, STREAM, UNARY } from "../sides.ts";
import { AGENT_TURN, IMAGES } from "./bodies.ts";

export interface Workload {
  id: string;
  what: string;
  path: string;
  /** Default: the small body of load.ts. */
  body?: () => string;
  connections: number;
  /** Calls before the first measurement of a start. */
  warmUp: number;
  /** Measured per start. */
  calls: number;
  /** Events of a call if CPU is given per event. */
  events?: number;
  /** TLS to Bedrock. */
  tls?: true;
}

/** Events of one stream. */
export const EVENTS = 60;
const MESSAGES = "/v1/messages";

const SMALL = { connections: 32, warmUp: 6000, calls: 8000 };
const AGENT = { connections: 8, warmUp: 1000, calls: 1200 };
const LARGE = { connections: 2, warmUp: 16, calls: 32 };
const STREAMS = { connections: 100, warmUp: 500, calls: 300, events: EVENTS };

export const WORKLOADS: readonly Workload[] = [
  { id: "small", what: "1 KB, native", path: UNARY, ...SMALL },
  { id: "small-tls", what: "1 KB, native, TLS to Bedrock", path: UNARY, ...SMALL, tls: true },
  { id: "agent", what: "agent turn, native", path: UNARY, body: AGENT_TURN.native, ...AGENT },
  {
    id: "agent-tls",
    what: "agent turn, native, TLS",
    path: UNARY,
    body: AGENT_TURN.native,
    ...AGENT,
    tls: true,
  },
  {
    id: "agent-anthropic",
    what: "agent turn, Anthropic",
    path: MESSAGES,
    body: AGENT_TURN.anthropic,
    ...AGENT,
  },
  { id: "agent-openai", what: "agent turn, OpenAI", path: CHAT, body: AGENT_TURN.openai, ...AGENT },
  { id: "large", what: "5 MB, two images, native", path: UNARY, body: IMAGES.native, ...LARGE },
  { id: "large-tls", what: "5 MB, native, TLS", path: UNARY, body: IMAGES.native, ...LARGE, tls: true },
  { id: "large-chat", what: "5 MB, two images, chat", path: CHAT, body: IMAGES.chat, ...LARGE },
  { id: "stream", what: "stream, native, an event", path: STREAM, ...STREAMS },
  { id: "stream-tls", what: "stream, native, TLS, an event", path: STREAM, ...STREAMS, tls: true },
  {
    id: "stream-chat",
    what: "stream, chat, an event",
    path: CHAT,
    body: () => chatBody(MODEL, true),
    ...STREAMS,
  },
];
