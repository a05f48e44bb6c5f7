/**
 * Converse's request body: its shape, then the rules between messages, refused in Bedrock's wording; and the turn
 * to answer. Source: the Converse page of the Bedrock user guide.
 */
import { validationError } from "../errors.ts";
import type { FoundationModel } from "./catalogue.ts";
import { mediaOf, textOf } from "./converse-content.ts";
import { asksForReasoning } from "./converse-models.ts";
import { checkConversation } from "./converse-rules.ts";
import { converseSchema, type ConverseRequest } from "./converse-schema.ts";
import { parseShape } from "./shape.ts";
import { plainTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

export function parseConverse(body: unknown, model: FoundationModel): ConverseRequest {
  const request = parseShape(converseSchema, body);
  checkConversation(request, model);
  return request;
}

export function converseTurn(request: ConverseRequest, model: FoundationModel): Turn {
  const last = request.messages.at(-1);
  const blocks = last?.role === "user" ? last.content : [];
  const system = (request.system ?? []).flatMap((block) => ("text" in block ? [block.text] : []));
  const everything = [...system, ...request.messages.flatMap(({ content }) => content.map(textOf))];
  const tools = (request.toolConfig?.tools ?? []).flatMap((each) =>
    "toolSpec" in each ? [each.toolSpec.name] : [],
  );
  return plainTurn(blocks.map((block) => ("text" in block ? block.text : "")).join("\n"), {
    system: system.join("\n"),
    media: blocks.flatMap(mediaOf),
    toolResults: blocks.flatMap((block) => ("toolResult" in block ? [textOf(block)] : [])),
    inputCharacters: everything.join("").length,
    tools,
    forcedTool: forcedTool(request, tools),
    maxTokens: request.inferenceConfig?.maxTokens ?? null,
    stopSequences: request.inferenceConfig?.stopSequences ?? [],
    schema: schemaOf(request),
    thinks: asksForReasoning(request, model),
    signs: model.family === "claude",
  });
}

function forcedTool({ toolConfig }: ConverseRequest, tools: string[]): string | null {
  const choice = toolConfig?.toolChoice;
  if (choice === undefined || "auto" in choice) return null;
  return "tool" in choice ? choice.tool.name : (tools[0] ?? null);
}

function schemaOf({ outputConfig }: ConverseRequest): unknown {
  const text = outputConfig?.textFormat?.structure.jsonSchema.schema;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw validationError("The JSON schema in outputConfig.textFormat is not valid JSON.");
  }
}
