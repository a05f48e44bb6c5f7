/** Calls of many kinds of callers, each with its expected result. */
import { HAIKU } from "../support/world.ts";

export interface Kind {
  name: string;
  path: string;
  body: unknown;
  /** The statuses that it may get. */
  expected: number[];
  /** How the answer's body ends: complete, cut off by Bedrock, or abandoned by the caller after its first bytes. */
  ends?: "whole" | "broken" | "left";
  /** With an unknown secret. */
  isStranger?: boolean;
}

const CONVERSE = `/model/${encodeURIComponent(HAIKU)}/converse`;
const GEMINI = `/v1beta/models/${encodeURIComponent(HAIKU)}`;
const LONG = "[[slow:5]] one two three four five six seven eight nine ten eleven twelve";

const converse = (text: string) => ({ messages: [{ role: "user", content: [{ text }] }] });
const chat = (content: string, stream = false) => ({
  model: HAIKU,
  stream,
  messages: [{ role: "user", content }],
});
const messages = (content: string, stream = false) => ({ ...chat(content, stream), max_tokens: 200 });
const contents = (text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] });

export const KINDS: Kind[] = [
  { name: "Converse", path: CONVERSE, body: converse("hello"), expected: [200] },
  { name: "ConverseStream", path: `${CONVERSE}-stream`, body: converse(LONG), expected: [200] },
  { name: "chat", path: "/v1/chat/completions", body: chat("hello"), expected: [200] },
  { name: "chat, streamed", path: "/v1/chat/completions", body: chat(LONG, true), expected: [200] },
  { name: "responses", path: "/v1/responses", body: { model: HAIKU, input: "hello" }, expected: [200] },
  { name: "messages", path: "/v1/messages", body: messages("hello"), expected: [200] },
  { name: "messages, streamed", path: "/v1/messages", body: messages(LONG, true), expected: [200] },
  { name: "Gemini", path: `${GEMINI}:generateContent`, body: contents("hello"), expected: [200] },
  {
    name: "Gemini, streamed",
    path: `${GEMINI}:streamGenerateContent?alt=sse`,
    body: contents(LONG),
    expected: [200],
  },
  { name: "a large body", path: CONVERSE, body: converse("x".repeat(300_000)), expected: [200] },
  { name: "throttled", path: CONVERSE, body: converse("[[throttle]]"), expected: [429] },
  { name: "Bedrock fails", path: "/v1/messages", body: messages("[[error:500]]"), expected: [500, 529] },
  { name: "nonsense", path: "/v1/chat/completions", body: { messages: 1 }, expected: [400] },
  {
    name: "a stranger",
    path: CONVERSE,
    body: converse("hello"),
    expected: [403],
    isStranger: true,
  },
  {
    name: "cut midway",
    path: `${CONVERSE}-stream`,
    body: converse("[[cut]] one two three four"),
    expected: [200],
    ends: "broken",
  },
  {
    name: "left midway",
    path: "/v1/chat/completions",
    body: chat(LONG, true),
    expected: [200],
    ends: "left",
  },
];

/** Makes the call; resolves to what was unexpected, if anything. */
export async function unexpectedOf(kind: Kind, url: string, token: string): Promise<string | undefined> {
  const { name, path, body, expected, ends = "whole", isStranger } = kind;
  const leaving = new AbortController();
  try {
    const answer = await fetch(url + path, {
      method: "POST",
      headers: {
        "x-api-key": isStranger ? token.slice(0, -8) + "AAAAAAAA" : token,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    if (!expected.includes(answer.status)) return `${name}: ${answer.status} ${await answer.text()}`;
    const ended = await endOf(answer, ends === "left" ? leaving : undefined);
    return ended === ends ? undefined : `${name}: the answer was ${ended}, not ${ends}`;
  } catch (error) {
    return `${name}: ${String(error)}`;
  }
}

async function endOf(answer: Response, leaving: AbortController | undefined): Promise<Kind["ends"]> {
  try {
    for await (const _ of answer.body ?? []) {
      if (!leaving) continue;
      leaving.abort();
      return "left";
    }
    return "whole";
  } catch {
    return leaving?.signal.aborted ? "left" : "broken";
  }
}
