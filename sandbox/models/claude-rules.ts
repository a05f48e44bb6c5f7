/** The rules between the messages of a Claude request, in Anthropic's wording. */
import { validationError } from "../errors.ts";
import { REDACTED_REASONING, signReasoning } from "../bedrock/turn.ts";
import { callIdComplaint } from "./schema-rules.ts";
import type { ClaudeBlock, ClaudeMessage } from "./claude-content.ts";

export function checkMessages(messages: ClaudeMessage[]): void {
  for (const [i, { content }] of messages.entries()) {
    for (const [j, block] of content.entries()) checkBlock(block, `messages.${i}.content.${j}`);
    checkToolPairs(messages, i);
  }
}

function checkBlock(block: ClaudeBlock, place: string): void {
  if (block.type === "text" && block.text.trim() === "") {
    throw validationError(`${place}: text content blocks must contain non-whitespace text`);
  }
  const complaint =
    block.type === "tool_use"
      ? callIdComplaint(block.id, `${place}.tool_use.id`)
      : block.type === "tool_result"
        ? callIdComplaint(block.tool_use_id, `${place}.tool_result.tool_use_id`)
        : null;
  if (complaint !== null) throw validationError(complaint);
  // Bedrock fetches nothing: images come as base64.
  if (block.type === "image" && block.source.type !== "base64") {
    throw validationError(
      `${place}.image.source: Input tag '${block.source.type}' found does not match 'base64'`,
    );
  }
  if (block.type === "thinking" && block.signature !== signReasoning(block.thinking)) {
    throw validationError(`${place}: Invalid \`signature\` in \`thinking\` block`);
  }
  if (block.type === "redacted_thinking" && block.data !== REDACTED_REASONING) {
    throw validationError(`${place}: Invalid \`data\` in \`redacted_thinking\` block`);
  }
}

function checkToolPairs(messages: ClaudeMessage[], index: number): void {
  const calls = callsOf(messages[index - 1]);
  const results = (messages[index]?.content ?? []).flatMap((block) =>
    block.type === "tool_result" ? [block.tool_use_id] : [],
  );
  const unexpected = results.find((id) => !calls.includes(id));
  if (unexpected !== undefined) {
    throw validationError(
      `messages.${index}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unexpected}. ` +
        "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
    );
  }
  const missing = calls.filter((id) => !results.includes(id));
  if (missing.length > 0) {
    throw validationError(
      `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ` +
        `${missing.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  }
}

function callsOf(message: ClaudeMessage | undefined): string[] {
  return (message?.content ?? []).flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
}
