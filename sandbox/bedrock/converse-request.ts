/**
 * Converse's request, once the service model has been checked: the rules between messages, refused in Bedrock's wording;
 * and the turn to answer. Source: the Converse page of the Bedrock user guide.
 */
import type { FoundationModel } from "./catalogue.ts";
import { mediaOf, textOf } from "./converse-content.ts";
import { asksForReasoning, outputSchemaOf } from "./converse-models.ts";
import { checkConversation } from "./converse-rules.ts";
import type { ConverseRequest } from "./inputs.ts";
import { plainTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

/** Throws ValidationException if the parts of the request don't fit one another, or the model. */
export function converseTurn(request: ConverseRequest, model: FoundationModel): Turn {
  checkConversation(request, model);
  const last = request.messages.at(-1);
  const blocks = last?.role === "user" ? last.content : [];
  const system = (request.system ?? []).flatMap((block) => block.text ?? []);
  const everything = [...system, ...request.messages.flatMap(({ content }) => content.map(textOf))];
  const tools = (request.toolConfig?.tools ?? []).flatMap((each) =>
    each.toolSpec === undefined ? [] : [each.toolSpec.name],
  );
  return plainTurn(blocks.map(({ text = "" }) => text).join("\n"), {
    system: system.join("\n"),
    media: blocks.flatMap(mediaOf),
    toolResults: blocks.flatMap((block) => (block.toolResult === undefined ? [] : [textOf(block)])),
    inputCharacters: everything.join("").length,
    tools,
    forcedTool: forcedTool(request, tools),
    maxTokens: request.inferenceConfig?.maxTokens ?? null,
    stopSequences: request.inferenceConfig?.stopSequences ?? [],
    schema: outputSchemaOf(request),
    thinks: asksForReasoning(request, model),
    signs: model.family === "claude",
  });
}

function forcedTool({ toolConfig }: ConverseRequest, tools: string[]): string | null {
  const choice = toolConfig?.toolChoice;
  if (choice === undefined || choice.auto !== undefined) return null;
  return choice.tool?.name ?? tools[0] ?? null;
}
