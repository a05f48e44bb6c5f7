/** ConverseStream's events as Gemini's responses: Server-Sent Events, or one JSON array in pieces. */
import type { ConverseEvents, ConverseUsage, JsonObject, ReasoningBlock } from "../../bedrock/converse.ts";
import type { Failure } from "../failure.ts";
import { jsonOf } from "../../core/json.ts";
import { sse, type StreamTranslator } from "../translation.ts";
import { failureBody } from "./errors.ts";
import { finishReason, responseOf, signed, type GeminiAnswer } from "./response.ts";

export type Framing = "sse" | "array";

export function openContent(answer: GeminiAnswer, framing: Framing): StreamTranslator {
  return new ContentStream(answer, framing);
}

type Reasoning = ReasoningBlock["reasoningContent"];
type Delta = ConverseEvents["contentBlockDelta"]["delta"];

class ContentStream implements StreamTranslator {
  readonly ping: string;
  readonly #answer: GeminiAnswer;
  readonly #framing: Framing;
  #started = false;
  /** The open call: its input is complete only once its block has stopped. */
  #call: { id: string; name: string; input: string } | undefined;
  /** Reasoning that no part has carried yet. */
  #reasoning: Reasoning[] = [];
  /** The open reasoning block. */
  #thought: { text: string; signature?: string } | undefined;
  #redacted: Buffer[] = [];
  #finish: string | undefined;
  #usage: ConverseUsage | undefined;

  constructor(answer: GeminiAnswer, framing: Framing) {
    this.#answer = answer;
    this.#framing = framing;
    // White space between the items of an array has no meaning.
    this.ping = framing === "sse" ? ": ping\n\n" : "\n";
  }

  event(type: string, payload: Uint8Array): string {
    switch (type) {
      case "contentBlockStart":
        return this.#start(jsonOf(payload) as ConverseEvents["contentBlockStart"]);
      case "contentBlockDelta":
        return this.#delta((jsonOf(payload) as ConverseEvents["contentBlockDelta"]).delta);
      case "contentBlockStop":
        return this.#stop();
      case "messageStop": {
        const { stopReason } = jsonOf(payload) as ConverseEvents["messageStop"];
        this.#finish = finishReason(stopReason);
        return this.#stop();
      }
      case "metadata":
        this.#usage = (jsonOf(payload) as ConverseEvents["metadata"]).usage;
        return "";
      default:
        // messageStart and newer events of Bedrock's have no place in a response.
        return "";
    }
  }

  /** The last response has the finish reason and the usage. */
  end(): string | undefined {
    const [finish, usage] = [this.#finish, this.#usage];
    if (finish === undefined || !usage) return undefined;
    const parts = this.#reasoning.length > 0 ? [this.#carrying({ text: "" })] : [];
    const last = this.#item(responseOf(this.#answer, parts, { finishReason: finish, usage }));
    return this.#framing === "sse" ? last : `${last}]`;
  }

  fail(failure: Failure): string {
    const error = this.#item(failureBody(failure));
    return this.#framing === "sse" ? error : `${error}]`;
  }

  #start({ start }: ConverseEvents["contentBlockStart"]): string {
    const stopped = this.#stop();
    if (!start.toolUse || this.#answer.suppressCalls) return stopped;
    const { toolUseId: id, name } = start.toolUse;
    this.#call = { id, name: this.#answer.tools.own(name), input: "" };
    return stopped;
  }

  #delta({ text, toolUse, reasoningContent }: Delta): string {
    if (reasoningContent) return this.#reason(reasoningContent);
    if (toolUse) {
      if (this.#call) this.#call.input += toolUse.input;
      return "";
    }
    return text === undefined ? "" : this.#stop() + this.#part({ text });
  }

  #reason({ text, signature, redactedContent }: NonNullable<Delta["reasoningContent"]>): string {
    if (redactedContent !== undefined) {
      this.#redacted.push(Buffer.from(redactedContent, "base64"));
      return "";
    }
    this.#thought ??= { text: "" };
    this.#thought.text += text ?? "";
    if (signature !== undefined) this.#thought.signature = (this.#thought.signature ?? "") + signature;
    if (text === undefined || text === "" || !this.#answer.includeThoughts) return "";
    return this.#item(responseOf(this.#answer, [{ text, thought: true }]));
  }

  /** Ends the open block, if there is one. */
  #stop(): string {
    if (this.#thought) this.#reasoning.push({ reasoningText: this.#thought });
    if (this.#redacted.length > 0)
      this.#reasoning.push({ redactedContent: Buffer.concat(this.#redacted).toString("base64") });
    this.#thought = undefined;
    this.#redacted = [];
    const call = this.#call;
    this.#call = undefined;
    if (!call) return "";
    const args = JSON.parse(call.input === "" ? "{}" : call.input) as JsonObject;
    return this.#part({ functionCall: { id: call.id, name: call.name, args } });
  }

  #part(part: object): string {
    return this.#item(responseOf(this.#answer, [this.#carrying(part)]));
  }

  #carrying(part: object): object {
    const carried = this.#reasoning;
    this.#reasoning = [];
    return signed(part, carried);
  }

  #item(value: object): string {
    const json = JSON.stringify(value);
    if (this.#framing === "sse") return sse(json);
    const before = this.#started ? ",\n" : "[";
    this.#started = true;
    return before + json;
  }
}
