/** ConverseStream's events as those of the Responses API. */
import type { ConverseEvents } from "../../../bedrock/converse.ts";
import { joinRedacted } from "../../../bedrock/reasoning.ts";
import type { Failure } from "../../failure.ts";
import { jsonOf } from "../../../core/json.ts";
import { sse, type StreamTranslator } from "../../translation.ts";
import { failureBody } from "../errors.ts";
import { closingEvents, deltaEvent, openingEvents, summaryOpening, type ItemEvent } from "./events.ts";
import { itemOf, type Draft, type ItemStatus, type OutputItem } from "./items.ts";
import {
  endingOf,
  responseJson,
  usageOf,
  type Ending,
  type ResponseAnswer,
  type ResponseState,
} from "./response.ts";

export function openResponse(answer: ResponseAnswer): StreamTranslator {
  return new ResponseStream(answer);
}

/** An open block. */
interface OpenItem {
  draft: Draft;
  /** The item before it had any content. */
  item: OutputItem;
  /** Its place in `output`. */
  index: number;
  /** Its block has stopped: it is closed once it is known whether the answer ended early. */
  stopped: boolean;
}

type Delta = ConverseEvents["contentBlockDelta"]["delta"];

class ResponseStream implements StreamTranslator {
  readonly ping = ": ping\n\n";
  readonly #answer: ResponseAnswer;
  readonly #open = new Map<number, OpenItem>();
  readonly #output: OutputItem[] = [];
  #sequence = 0;
  #count = 0;
  #ending: Ending | undefined;
  #last: Pick<ResponseState, "usage" | "service_tier"> | undefined;

  constructor(answer: ResponseAnswer) {
    this.#answer = answer;
  }

  event(type: string, payload: Uint8Array): string {
    switch (type) {
      case "contentBlockDelta":
        return this.#delta(jsonOf(payload) as ConverseEvents["contentBlockDelta"]);
      case "messageStart":
        return this.#lifecycle("created", IN_PROGRESS) + this.#lifecycle("in_progress", IN_PROGRESS);
      case "contentBlockStart":
        return this.#start(jsonOf(payload) as ConverseEvents["contentBlockStart"]);
      case "contentBlockStop":
        return this.#stop(jsonOf(payload) as ConverseEvents["contentBlockStop"]);
      case "messageStop":
        this.#ending = endingOf((jsonOf(payload) as ConverseEvents["messageStop"]).stopReason);
        return this.#close(this.#ending.status);
      case "metadata": {
        const { usage, serviceTier } = jsonOf(payload) as ConverseEvents["metadata"];
        this.#last = { usage: usageOf(usage), ...(serviceTier && { service_tier: serviceTier.type }) };
        return "";
      }
      default:
        // A newer event of Bedrock's, with no place in the Responses API.
        return "";
    }
  }

  /** Undefined if a block, the message or the usage is incomplete. */
  end(): string | undefined {
    if (!this.#ending || !this.#last || this.#open.size > 0) return undefined;
    const { status } = this.#ending;
    return this.#lifecycle(status, { ...this.#ending, ...this.#last, error: null, output: this.#output });
  }

  /** OpenAI sends both: the SDK throws the first, other clients look at the second. */
  fail(failure: Failure): string {
    const { error } = failureBody(failure);
    const { message, code, param } = error;
    const state: ResponseState = {
      status: "failed",
      incomplete_details: null,
      error: { code: failureCode(failure), message },
      // An item may have closed before one that began earlier.
      output: Object.values(this.#output),
    };
    // OpenAI nests the error, its published types don't.
    return this.#emit([{ type: "error", code, message, param, error }]) + this.#lifecycle("failed", state);
  }

  #start({ contentBlockIndex, start }: ConverseEvents["contentBlockStart"]): string {
    if (!start.toolUse || this.#answer.suppressCalls) return "";
    const { toolUseId: callId, name } = start.toolUse;
    return this.#begin(contentBlockIndex, { type: "function_call", callId, name, json: "" });
  }

  #delta({ contentBlockIndex, delta }: ConverseEvents["contentBlockDelta"]): string {
    const fresh = this.#open.has(contentBlockIndex) ? undefined : draftFor(delta);
    const opening = fresh ? this.#begin(contentBlockIndex, fresh) : "";
    const open = this.#open.get(contentBlockIndex);
    return open ? opening + this.#emit(this.#added(open, delta)) : "";
  }

  /** The events for another piece of an item. */
  #added({ draft, item, index }: OpenItem, { text = "", toolUse, reasoningContent }: Delta): ItemEvent[] {
    switch (draft.type) {
      case "message":
        draft.text += text;
        return text === "" ? [] : [deltaEvent(item, index, text)];
      case "function_call": {
        const input = toolUse?.input ?? "";
        draft.json += input;
        return input === "" ? [] : [deltaEvent(item, index, input)];
      }
      case "reasoning": {
        const { text: thought = "", signature, redactedContent } = reasoningContent ?? {};
        const first = draft.text === "";
        draft.text += thought;
        if (signature !== undefined) draft.signature = (draft.signature ?? "") + signature;
        if (redactedContent !== undefined) draft.redacted = joinRedacted(draft.redacted, redactedContent);
        if (thought === "" || !this.#answer.summarized) return [];
        const delta = deltaEvent(item, index, thought);
        return first ? [summaryOpening(item, index), delta] : [delta];
      }
      default: {
        const _: never = draft;
        return _;
      }
    }
  }

  #begin(contentBlockIndex: number, draft: Draft): string {
    const closed = this.#close("completed");
    const index = this.#count++;
    const item = itemOf(draft, index, "in_progress", this.#answer);
    this.#open.set(contentBlockIndex, { draft, item, index, stopped: false });
    return closed + this.#emit(openingEvents(item, index));
  }

  #stop({ contentBlockIndex }: ConverseEvents["contentBlockStop"]): string {
    const open = this.#open.get(contentBlockIndex);
    if (!open) return "";
    open.stopped = true;
    const { draft, item, index } = open;
    // A call without input: its deltas must add up to JSON too.
    if (draft.type !== "function_call" || draft.json !== "") return "";
    draft.json = "{}";
    return this.#emit([deltaEvent(item, index, "{}")]);
  }

  /** Closes the stopped items. `status` is that of the answer's last item. */
  #close(status: ItemStatus): string {
    let text = "";
    for (const [contentBlockIndex, { draft, index, stopped }] of this.#open) {
      if (!stopped) continue;
      const own = index === this.#count - 1 ? status : "completed";
      const item = itemOf(draft, index, own, this.#answer);
      this.#open.delete(contentBlockIndex);
      this.#output[index] = item;
      text += this.#emit(closingEvents(item, index));
    }
    return text;
  }

  #lifecycle(name: string, state: ResponseState): string {
    const type = `response.${name}`;
    const response = responseJson(this.#answer, state);
    return sse(`{"type":"${type}","sequence_number":${this.#sequence++},"response":${response}}`, type);
  }

  #emit(events: readonly ItemEvent[]): string {
    let text = "";
    for (const { type, ...fields } of events) {
      text += sse(JSON.stringify({ type, sequence_number: this.#sequence++, ...fields }), type);
    }
    return text;
  }
}

const IN_PROGRESS: ResponseState = {
  status: "in_progress",
  incomplete_details: null,
  error: null,
  output: [],
};

/** The draft of a block without contentBlockStart, which text and reasoning may omit. */
function draftFor({ text = "", reasoningContent }: Delta): Draft | undefined {
  if (text !== "") return { type: "message", text: "" };
  return reasoningContent ? { type: "reasoning", text: "" } : undefined;
}

/** The codes of a failed response are a closed list. */
function failureCode({ status }: Failure): string {
  if (status === 429) return "rate_limit_exceeded";
  return status < 500 ? "invalid_prompt" : "server_error";
}
