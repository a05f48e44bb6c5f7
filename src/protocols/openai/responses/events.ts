/** The events of one item of `output`, in the Responses API's order. Pure; the stream numbers them. */
import { outputText, summaryText, type OutputItem } from "./items.ts";

/** An event without its `sequence_number`. */
export interface ItemEvent {
  type: string;
  [field: string]: unknown;
}

/** An empty `item`. `output_index` is its place in `output`. */
export function openingEvents(item: OutputItem, output_index: number): ItemEvent[] {
  const added = (empty: object): ItemEvent => ({
    type: "response.output_item.added",
    output_index,
    item: { ...item, status: "in_progress", ...empty },
  });
  switch (item.type) {
    case "message":
      return [
        added({ content: [] }),
        {
          type: "response.content_part.added",
          item_id: item.id,
          output_index,
          content_index: 0,
          part: outputText(""),
        },
      ];
    case "function_call":
      return [added({ arguments: "" })];
    case "reasoning":
      // Complete with output_item.done only.
      return [added({ summary: [], encrypted_content: undefined })];
    default: {
      const _: never = item;
      return _;
    }
  }
}

/** Comes before the first delta of a summary. */
export function summaryOpening({ id }: OutputItem, output_index: number): ItemEvent {
  return {
    type: "response.reasoning_summary_part.added",
    item_id: id,
    output_index,
    summary_index: 0,
    part: summaryText(""),
  };
}

export function deltaEvent({ type, id }: OutputItem, output_index: number, delta: string): ItemEvent {
  switch (type) {
    case "message":
      return {
        type: "response.output_text.delta",
        item_id: id,
        output_index,
        content_index: 0,
        delta,
        logprobs: [],
      };
    case "function_call":
      return { type: "response.function_call_arguments.delta", item_id: id, output_index, delta };
    case "reasoning":
      return {
        type: "response.reasoning_summary_text.delta",
        item_id: id,
        output_index,
        summary_index: 0,
        delta,
      };
    default: {
      const _: never = type;
      return _;
    }
  }
}

/** The complete `item`. */
export function closingEvents(item: OutputItem, output_index: number): ItemEvent[] {
  const at = { item_id: item.id, output_index };
  const done: ItemEvent = { type: "response.output_item.done", output_index, item };
  switch (item.type) {
    case "message":
      return [
        ...item.content.flatMap((part, content_index) => [
          { type: "response.output_text.done", ...at, content_index, text: part.text, logprobs: [] },
          { type: "response.content_part.done", ...at, content_index, part },
        ]),
        done,
      ];
    case "function_call":
      return [{ type: "response.function_call_arguments.done", ...at, arguments: item.arguments }, done];
    case "reasoning":
      return [
        ...item.summary.flatMap((part, summary_index) => [
          { type: "response.reasoning_summary_text.done", ...at, summary_index, text: part.text },
          { type: "response.reasoning_summary_part.done", ...at, summary_index, part },
        ]),
        done,
      ];
    default: {
      const _: never = item;
      return _;
    }
  }
}
