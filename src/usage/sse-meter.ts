/**
 * Inspects a Server-Sent Events stream as its bytes pass through: how many tokens it used, and whether it is complete.
 * Source: the streaming formats of OpenAI's Chat Completions and Responses and of Anthropic's Messages.
 */
import { StringDecoder } from "node:string_decoder";
import { countsFromEvent, type TokenCounts } from "../bedrock/usage.ts";
import type { Meter } from "./meter.ts";

/** The last event of a complete stream. */
const LAST =
  /^data:\s*(?:\[DONE\]|\{.*"type"\s*:\s*"(?:message_stop|response\.(?:completed|incomplete|failed))")/;
const FAILED = /^(?:event:\s*error|data:\s*\{\s*"(?:error|type"\s*:\s*"error)")/;
/** Longest line, in characters, that is inspected; longer ones hold content, not usage. */
const MAX_LINE = 256 * 1024;

export function sseMeter(recordContent: boolean): Meter {
  const decoder = new StringDecoder("utf8");
  let held = "";
  let events = 0;
  let ended = false;
  let failed = false;
  let counts: TokenCounts | undefined;
  const content: string[] = [];

  const line = (text: string) => {
    if (text.startsWith("data:")) events++;
    if (FAILED.test(text)) failed = true;
    else if (LAST.test(text)) ended = true;
    if (!text.startsWith("data:") || !text.includes('"usage"')) return;
    const found = countsFromEvent(text.slice("data:".length));
    if (found) counts = { ...(counts ?? NO_COUNTS), ...found };
  };

  return {
    push(chunk) {
      const text = decoder.write(chunk);
      if (recordContent) content.push(text);
      const lines = (held + text).split(/\r\n|\n|\r/);
      held = (lines.pop() ?? "").slice(0, MAX_LINE);
      for (const each of lines) line(each);
    },
    truncated() {
      line(held + decoder.end());
      held = "";
      return !ended && !failed;
    },
    counts: () => counts,
    events: () => events,
    get exception() {
      return failed ? { name: "error", payload: Buffer.alloc(0) } : undefined;
    },
    content: () => (recordContent ? content.join("") : undefined),
  };
}

const NO_COUNTS: TokenCounts = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};
