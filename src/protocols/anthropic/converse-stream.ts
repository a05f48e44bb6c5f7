/** ConverseStream's events as Anthropic's. Blocks that Converse doesn't start explicitly are started here. */
import type { ConverseEvents, ConverseUsage } from "../../bedrock/converse.ts";
import { SignetError } from "../../core/errors.ts";
import type { Failure } from "../failure.ts";
import { jsonOf } from "../../core/json.ts";
import { sse, type StreamTranslator } from "../translation.ts";
import { PING } from "./claude.ts";
import {
  countsOf,
  endingOf,
  envelope,
  noPlaceFor,
  redactedBlock,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  usageOf,
  type Ending,
  type MessageAnswer,
} from "./converse-response.ts";
import { failureEvent } from "./errors.ts";

export function openMessage(answer: MessageAnswer): StreamTranslator {
  return new MessageStream(answer);
}

type Delta = ConverseEvents["contentBlockDelta"]["delta"];
type ReasoningDelta = NonNullable<Delta["reasoningContent"]>;

const NO_USAGE: ConverseUsage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** An open block. */
interface OpenBlock {
  /** Anthropic's index of it; undefined until a part of it is shown. */
  index: number | undefined;
  /** SDKs take the last signature_delta for the whole signature: the pieces are joined. */
  signature: string;
  /** Anthropic has no pieces of redacted thinking: these are joined. */
  redacted: Buffer[];
}

class MessageStream implements StreamTranslator {
  readonly ping = PING;
  readonly #answer: MessageAnswer;
  /** By Converse's index: blocks may come interleaved. */
  readonly #open = new Map<number, OpenBlock>();
  #next = 0;
  #begun = false;
  #ending: Ending | undefined;
  #done = false;

  constructor(answer: MessageAnswer) {
    this.#answer = answer;
  }

  event(type: string, payload: Uint8Array): string {
    switch (type) {
      case "contentBlockDelta":
        return this.#delta(jsonOf(payload) as ConverseEvents["contentBlockDelta"]);
      case "messageStart":
        return this.#begin();
      case "contentBlockStart":
        return this.#start(jsonOf(payload) as ConverseEvents["contentBlockStart"]);
      case "contentBlockStop":
        return this.#stop(jsonOf(payload) as ConverseEvents["contentBlockStop"]);
      case "messageStop": {
        const { stopReason } = jsonOf(payload) as ConverseEvents["messageStop"];
        this.#ending = endingOf(stopReason, this.#answer);
        return "";
      }
      case "metadata":
        return this.#finish((jsonOf(payload) as ConverseEvents["metadata"]).usage);
      default:
        // A newer event of Bedrock's, with no place in a message.
        return "";
    }
  }

  /** Undefined if the message, one of its blocks or the usage is incomplete. */
  end(): string | undefined {
    return this.#done ? event({ type: "message_stop" }) : undefined;
  }

  fail(failure: Failure): string {
    return failureEvent(failure, this.#answer.id);
  }

  /** The prompt's tokens are not known yet: `message_delta` has them. */
  #begin(): string {
    this.#begun = true;
    const ending = { stop_reason: null, stop_sequence: null, stop_details: null };
    const message = { ...envelope(this.#answer), content: [], ...ending, usage: usageOf(NO_USAGE) };
    return event({ type: "message_start", message });
  }

  #start({ contentBlockIndex, start }: ConverseEvents["contentBlockStart"]): string {
    const { toolUse, ...others } = start;
    if (!toolUse) {
      if (Object.keys(others).length > 0) throw noPlaceFor(others);
      return "";
    }
    const block = this.#block(contentBlockIndex);
    if (this.#answer.suppressCalls) return "";
    return this.#show(block, toolUseBlock(toolUse.toolUseId, this.#answer.tools.own(toolUse.name), {}));
  }

  #delta({ contentBlockIndex, delta }: ConverseEvents["contentBlockDelta"]): string {
    const { text, toolUse, reasoningContent } = delta;
    if (text) {
      const block = this.#block(contentBlockIndex);
      const shown = this.#show(block, textBlock(""));
      return shown + piece(block, { type: "text_delta", text });
    }
    if (toolUse) return this.#input(contentBlockIndex, toolUse.input);
    return reasoningContent ? this.#reason(contentBlockIndex, reasoningContent) : "";
  }

  #input(contentBlockIndex: number, input: string): string {
    const block = this.#open.get(contentBlockIndex);
    if (!block) throw new SignetError("upstream_invalid", "A tool's input came before its call.");
    if (input === "" || block.index === undefined) return "";
    return piece(block, { type: "input_json_delta", partial_json: input });
  }

  #reason(contentBlockIndex: number, { text, signature, redactedContent }: ReasoningDelta): string {
    if (!text && !signature && !redactedContent) return "";
    const block = this.#block(contentBlockIndex);
    if (redactedContent) {
      block.redacted.push(Buffer.from(redactedContent, "base64"));
      return "";
    }
    if (signature) block.signature += signature;
    const shown = this.#show(block, thinkingBlock("", ""));
    return text ? shown + piece(block, { type: "thinking_delta", thinking: text }) : shown;
  }

  #stop({ contentBlockIndex }: ConverseEvents["contentBlockStop"]): string {
    const block = this.#open.get(contentBlockIndex);
    if (!block) return "";
    this.#open.delete(contentBlockIndex);
    const { redacted, signature } = block;
    const hidden = Buffer.concat(redacted).toString("base64");
    const shown = hidden === "" ? "" : this.#show(block, redactedBlock(hidden));
    if (block.index === undefined) return "";
    const signed = signature === "" ? "" : piece(block, { type: "signature_delta", signature });
    return shown + signed + event({ type: "content_block_stop", index: block.index });
  }

  #block(contentBlockIndex: number): OpenBlock {
    const open = this.#open.get(contentBlockIndex);
    if (open) return open;
    const block: OpenBlock = { index: undefined, signature: "", redacted: [] };
    this.#open.set(contentBlockIndex, block);
    return block;
  }

  /** Starts the block for the caller, if it hasn't started. */
  #show(block: OpenBlock, content_block: object): string {
    if (block.index !== undefined) return "";
    block.index = this.#next++;
    return event({ type: "content_block_start", index: block.index, content_block });
  }

  #finish(usage: ConverseUsage): string {
    if (!this.#begun || !this.#ending || this.#open.size > 0) return "";
    this.#done = true;
    return event({ type: "message_delta", delta: this.#ending, usage: countsOf(usage) });
  }
}

function piece({ index }: OpenBlock, delta: object): string {
  return event({ type: "content_block_delta", index, delta });
}

function event(content: { type: string; [field: string]: unknown }): string {
  return sse(JSON.stringify(content), content.type);
}
