/** ConverseStream's events as chat completion chunks. */
import type { ConverseEvents, ConverseUsage } from "../../../bedrock/converse.ts";
import { joinRedacted } from "../../../bedrock/reasoning.ts";
import type { Failure } from "../../failure.ts";
import { jsonOf } from "../../../core/json.ts";
import { sse, type StreamTranslator } from "../../translation.ts";
import { failureEvent } from "../errors.ts";
import { finishReason, usageOf, type ChatAnswer, type ReasoningDetail } from "./response.ts";

const DONE = sse("[DONE]");

export function openChat(answer: ChatAnswer, includeUsage: boolean): StreamTranslator {
  return new ChatStream(answer, includeUsage);
}

/** An open tool call. */
interface Call {
  index: number;
  /** Whether any of its input has come. */
  hasInput: boolean;
}

class ChatStream implements StreamTranslator {
  readonly ping = ": ping\n\n";
  readonly #answer: ChatAnswer;
  readonly #includeUsage: boolean;
  /** A chunk's text before and after its delta, which alone changes. */
  readonly #head: string;
  readonly #tail: string;
  readonly #calls = new Map<number, Call>();
  readonly #reasoning = new Map<number, ReasoningDetail>();
  #callCount = 0;
  #usage: ConverseUsage | undefined;

  constructor(answer: ChatAnswer, includeUsage: boolean) {
    this.#answer = answer;
    this.#includeUsage = includeUsage;
    const { id, created, model } = answer;
    const opening = JSON.stringify({ id, object: "chat.completion.chunk", created, model });
    this.#head = `data: ${opening.slice(0, -1)},"choices":[{"index":0,"delta":`;
    this.#tail = `}]${includeUsage ? ',"usage":null' : ""}}\n\n`;
  }

  event(type: string, payload: Uint8Array): string {
    switch (type) {
      case "contentBlockDelta":
        return this.#delta(jsonOf(payload) as ConverseEvents["contentBlockDelta"]);
      case "messageStart":
        return this.#chunk('{"role":"assistant","content":"","refusal":null}');
      case "contentBlockStart":
        return this.#start(jsonOf(payload) as ConverseEvents["contentBlockStart"]);
      case "contentBlockStop":
        return this.#stop(jsonOf(payload) as ConverseEvents["contentBlockStop"]);
      case "messageStop":
        return this.#finish(jsonOf(payload) as ConverseEvents["messageStop"]);
      case "metadata":
        this.#usage = (jsonOf(payload) as ConverseEvents["metadata"]).usage;
        return this.#includeUsage ? this.#usageChunk(this.#usage) : "";
      default:
        // A newer event of Bedrock's, with no place in chat completions.
        return "";
    }
  }

  /** Usage always comes last: without it the stream is incomplete. */
  end(): string | undefined {
    return this.#usage && DONE;
  }

  fail(failure: Failure): string {
    return failureEvent(failure);
  }

  #chunk(delta: string, finish: string | null = null): string {
    return `${this.#head}${delta},"logprobs":null,"finish_reason":${JSON.stringify(finish)}${this.#tail}`;
  }

  #start({ contentBlockIndex, start }: ConverseEvents["contentBlockStart"]): string {
    if (!start.toolUse || this.#answer.suppressCalls) return "";
    const index = this.#callCount++;
    this.#calls.set(contentBlockIndex, { index, hasInput: false });
    const { toolUseId: id, name } = start.toolUse;
    const called = { name: this.#answer.tools.own(name), arguments: "" };
    return this.#chunk(JSON.stringify({ tool_calls: [{ index, id, type: "function", function: called }] }));
  }

  #delta({ contentBlockIndex, delta }: ConverseEvents["contentBlockDelta"]): string {
    if (delta.text !== undefined) return this.#chunk(`{"content":${JSON.stringify(delta.text)}}`);
    if (delta.toolUse) return this.#arguments(contentBlockIndex, delta.toolUse.input);
    return delta.reasoningContent ? this.#reason(contentBlockIndex, delta.reasoningContent) : "";
  }

  #arguments(contentBlockIndex: number, input: string): string {
    const call = this.#calls.get(contentBlockIndex);
    if (!call || input === "") return "";
    call.hasInput = true;
    return this.#chunk(
      `{"tool_calls":[{"index":${call.index},"function":{"arguments":${JSON.stringify(input)}}}]}`,
    );
  }

  #reason(
    contentBlockIndex: number,
    {
      text,
      signature,
      redactedContent,
    }: NonNullable<ConverseEvents["contentBlockDelta"]["delta"]["reasoningContent"]>,
  ): string {
    const known = this.#reasoning.get(contentBlockIndex);
    if (redactedContent !== undefined) {
      const before = known?.type === "reasoning.encrypted" ? known.data : undefined;
      const data = joinRedacted(before, redactedContent);
      this.#reasoning.set(contentBlockIndex, { type: "reasoning.encrypted", data });
      return "";
    }
    const detail = known?.type === "reasoning.text" ? known : { type: "reasoning.text" as const, text: "" };
    detail.text += text ?? "";
    if (signature !== undefined) detail.signature = (detail.signature ?? "") + signature;
    this.#reasoning.set(contentBlockIndex, detail);
    return text === undefined ? "" : this.#chunk(`{"reasoning_content":${JSON.stringify(text)}}`);
  }

  /** A tool without input: its arguments are still JSON. */
  #stop({ contentBlockIndex }: ConverseEvents["contentBlockStop"]): string {
    const call = this.#calls.get(contentBlockIndex);
    return call && !call.hasInput ? this.#arguments(contentBlockIndex, "{}") : "";
  }

  /** The last delta has all of the reasoning, since accumulators keep the last value of a field they don't know. */
  #finish({ stopReason }: ConverseEvents["messageStop"]): string {
    const finish = finishReason(stopReason, this.#answer);
    const details = [...this.#reasoning.values()];
    return this.#chunk(details.length > 0 ? JSON.stringify({ reasoning_details: details }) : "{}", finish);
  }

  #usageChunk(usage: ConverseUsage): string {
    const { id, created, model } = this.#answer;
    const chunk = { id, object: "chat.completion.chunk", created, model, choices: [], usage: usageOf(usage) };
    return sse(JSON.stringify(chunk));
  }
}
