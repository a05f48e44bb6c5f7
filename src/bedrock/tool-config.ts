/** Converse's `toolConfig`: the tools, and which of them must be called. */
import type { CachePointBlock, ConverseRequest, Message, ToolSpec } from "./converse.ts";
import { usesTools } from "./conversation.ts";

type ToolConfig = NonNullable<ConverseRequest["toolConfig"]>;

/** Converse has no `none`. */
export type ToolChoice = NonNullable<ToolConfig["toolChoice"]> | "none";

export interface Tools {
  toolConfig?: ToolConfig;
  /**
   * Whether calls are left out of the answer: for a choice of `none`, if the conversation already has calls.
   * Converse then requires tools, and a model that has them may call one anyway.
   */
  suppressCalls: boolean;
}

export function toolConfigOf(
  tools: ToolConfig["tools"],
  choice: ToolChoice | undefined,
  messages: readonly Message[],
): Tools {
  if (tools.length > 0 && choice !== "none") {
    return { toolConfig: { tools, ...(choice && { toolChoice: choice }) }, suppressCalls: false };
  }
  if (!usesTools(messages)) return { suppressCalls: false };
  return { toolConfig: { tools: tools.length > 0 ? tools : usedTools(messages) }, suppressCalls: true };
}

/** Placeholders for the tools in the conversation, if the caller no longer sends them. */
function usedTools(messages: readonly Message[]): ToolSpec[] {
  const used = messages.flatMap(({ content }) =>
    content.flatMap((block) => ("toolUse" in block ? [block.toolUse.name] : [])),
  );
  // Results without any call: Bedrock says which, but only if there is a tool.
  const names = used.length > 0 ? new Set(used) : ["unknown"];
  return [...names].map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: "object" } } },
  }));
}

/** The tools with these names. Undefined if one is not among `tools`. */
export function toolsNamed<T extends ToolSpec | CachePointBlock>(
  tools: readonly T[],
  names: ReadonlySet<string>,
): T[] | undefined {
  const found = tools.filter((tool) => "toolSpec" in tool && names.has(tool.toolSpec.name));
  return found.length < names.size ? undefined : found;
}
