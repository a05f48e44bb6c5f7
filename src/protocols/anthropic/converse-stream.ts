/** ConverseStream's events as Anthropic's. Blocks are begun and ended where Converse leaves that out. */
import type { ConverseEvents, ConverseUsage } from "../../bedrock/converse.ts";
import type { Failure } from "../failure.ts";
import { jsonOf, sse, type StreamTranslator } from "../translation.ts";
import { PING } from "./claude.ts";
import { envelope, stopReasonOf, usageOf, type MessageAnswer } from "./converse-response.ts";
import { failureEvent } from "./errors.ts";

export function openMessage(answer: MessageAnswer): StreamTranslator {
  return new MessageStream(answer);
}

const NO_USAGE: ConverseUsage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

class MessageStream implements StreamTranslator {
  readonly ping = PING;
  readonly #answer: MessageAnswer;
  /** The block under way: Converse's index of it. */
  #open: number | undefined;
  /** Anthropic's index of the next block. */
  #next = 0;
  /** Redacted thinking comes in pieces there, whole here. */
  #redacted: Buffer[] = [];
  #stopReason: string | undefined;
  #done = false;

  constructor(answer: MessageAnswer) {
    this.#answer = answer;
  }

  event(type: string, payload: Uint8Array): string {
    switch (type) {
      case "messageStart":
        return this.#begin();
      case "contentBlockStart":
        return this.#start(jsonOf(payload) as ConverseEvents["contentBlockStart"]);
      case "contentBlockDelta":
        return this.#delta(jsonOf(payload) as ConverseEvents["contentBlockDelta"]);
      case "contentBlockStop":
        return this.#close();
      case "messageStop": {
        const { stopReason } = jsonOf(payload) as ConverseEvents["messageStop"];
        this.#stopReason = stopReasonOf(stopReason, this.#answer);
        return this.#close();
      }
      case "metadata":
        return this.#finish((jsonOf(payload) as ConverseEvents["metadata"]).usage);
      default:
        // An event that Bedrock has added since: nothing that a message has a place for.
        return "";
    }
  }

  /** Usage always comes last: without it something is missing. */
  end(): string | undefined {
    return this.#done ? event({ type: "message_stop" }) : undefined;
  }

  fail(failure: Failure): string {
    return failureEvent(failure, this.#answer.id);
  }

  /** What the prompt took is not known yet: `message_delta` says it. */
  #begin(): string {
    const message = { ...envelope(this.#answer), content: [], stop_reason: null, stop_sequence: null };
    return event({ type: "message_start", message: { ...message, usage: usageOf(NO_USAGE) } });
  }

  #start({ contentBlockIndex, start }: ConverseEvents["contentBlockStart"]): string {
    if (!start.toolUse || this.#answer.suppressCalls) return "";
    const { toolUseId: id, name } = start.toolUse;
    const block = { type: "tool_use", id, name: this.#answer.tools.own(name), input: {} };
    return this.#openBlock(contentBlockIndex, block);
  }

  #openBlock(contentBlockIndex: number, content_block: object): string {
    const closed = this.#close();
    this.#open = contentBlockIndex;
    return closed + event({ type: "content_block_start", index: this.#next, content_block });
  }

  #delta({ contentBlockIndex, delta }: ConverseEvents["contentBlockDelta"]): string {
    const { text, toolUse, reasoningContent } = delta;
    if (text !== undefined) {
      const opened = this.#opened(contentBlockIndex, { type: "text", text: "" });
      return opened + this.#piece(`{"type":"text_delta","text":${JSON.stringify(text)}}`);
    }
    if (toolUse) {
      if (this.#open !== contentBlockIndex) return "";
      return this.#piece(`{"type":"input_json_delta","partial_json":${JSON.stringify(toolUse.input)}}`);
    }
    return reasoningContent ? this.#reason(contentBlockIndex, reasoningContent) : "";
  }

  #reason(
    contentBlockIndex: number,
    {
      text,
      signature,
      redactedContent,
    }: NonNullable<ConverseEvents["contentBlockDelta"]["delta"]["reasoningContent"]>,
  ): string {
    if (redactedContent !== undefined) {
      this.#redacted.push(Buffer.from(redactedContent, "base64"));
      return "";
    }
    const block = { type: "thinking", thinking: "", signature: "" };
    const opened = this.#opened(contentBlockIndex, block);
    const thought =
      text === undefined ? "" : this.#piece(JSON.stringify({ type: "thinking_delta", thinking: text }));
    if (signature === undefined) return opened + thought;
    return opened + thought + this.#piece(JSON.stringify({ type: "signature_delta", signature }));
  }

  /** Begins the block where Converse didn't say so. */
  #opened(contentBlockIndex: number, block: object): string {
    return this.#open === contentBlockIndex ? "" : this.#openBlock(contentBlockIndex, block);
  }

  #piece(delta: string): string {
    return sse(
      `{"type":"content_block_delta","index":${this.#next},"delta":${delta}}`,
      "content_block_delta",
    );
  }

  /** Ends the block under way, if there is one. */
  #close(): string {
    if (this.#redacted.length > 0) {
      const data = Buffer.concat(this.#redacted).toString("base64");
      this.#redacted = [];
      const opened = this.#openBlock(-1, { type: "redacted_thinking", data });
      return opened + this.#close();
    }
    if (this.#open === undefined) return "";
    this.#open = undefined;
    return event({ type: "content_block_stop", index: this.#next++ });
  }

  #finish(usage: ConverseUsage): string {
    if (this.#stopReason === undefined) return "";
    this.#done = true;
    const delta = { stop_reason: this.#stopReason, stop_sequence: null };
    return event({ type: "message_delta", delta, usage: usageOf(usage) });
  }
}

function event(content: { type: string; [field: string]: unknown }): string {
  return sse(JSON.stringify(content), content.type);
}
