/** What each vendor's InvokeModel format provides. */
import type { FoundationModel } from "../bedrock/catalogue.ts";
import type { Reply } from "../bedrock/reply.ts";
import type { Turn } from "../bedrock/turn.ts";

export interface Vendor {
  /** Validates a body in the vendor's format; throws ValidationException. */
  turnOf(body: unknown, model: FoundationModel): Turn;
  /** The whole answer. */
  answer(reply: Reply, modelId: string): object;
  /** The same as stream chunks. */
  chunks(reply: Reply, modelId: string): object[];
}

/** For formats with text only. */
export function plainText(reply: Reply): string {
  return reply.blocks.map((block) => (block.kind === "text" ? block.text : "")).join("");
}
