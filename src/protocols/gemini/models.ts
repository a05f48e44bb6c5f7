/** `GET /v1beta/models`, page by page as Google's SDK asks for it. */
import { SignetError } from "../../core/errors.ts";
import type { ListedModel } from "../translation.ts";

const DEFAULT_SIZE = 50;
const MAX_SIZE = 1000;

/** `query` is raw: `pageSize` and `pageToken` count. */
export function renderModels(models: readonly ListedModel[], query: string): string {
  const asked = new URLSearchParams(query);
  const start = numberOf(asked.get("pageToken"), "pageToken", 0, models.length) ?? 0;
  // More than Google's maximum is cut to it, as Google does.
  const size = Math.min(numberOf(asked.get("pageSize"), "pageSize", 1, 1_000_000) ?? DEFAULT_SIZE, MAX_SIZE);
  const end = start + size;
  return JSON.stringify({
    models: models.slice(start, end).map(modelOf),
    ...(end < models.length && { nextPageToken: String(end) }),
  });
}

export function renderModel(model: ListedModel): string {
  return JSON.stringify(modelOf(model));
}

function modelOf({ id, displayName }: ListedModel): object {
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: "1",
    displayName: displayName ?? id,
    supportedGenerationMethods: id.includes("embed")
      ? ["embedContent", "batchEmbedContents"]
      : ["generateContent", "streamGenerateContent", "countTokens"],
  };
}

function numberOf(text: string | null, name: string, least: number, most: number): number | undefined {
  if (text === null || text === "") return undefined;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : -1;
  if (value < least || value > most)
    throw new SignetError("invalid_query", `${name}: expected a number from ${least} to ${most}.`, {
      param: name,
    });
  return value;
}
