/** `GET /v1/models`, page by page as Anthropic's SDK asks for it. */
import { SignetError } from "../../core/errors.ts";
import type { ListedModel } from "../translation.ts";

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1000;

/** `query` is raw: `limit`, `before_id` and `after_id` count. */
export function renderModels(models: readonly ListedModel[], query: string): string {
  const asked = new URLSearchParams(query);
  const limit = limitOf(asked.get("limit"));
  const before = indexOf(models, asked, "before_id");
  const after = indexOf(models, asked, "after_id");
  const end = before ?? models.length;
  const start = before !== undefined && after === undefined ? Math.max(0, end - limit) : (after ?? -1) + 1;
  const page = models.slice(start, Math.min(end, start + limit));
  return JSON.stringify({
    data: page.map(modelOf),
    has_more: before === undefined ? start + page.length < models.length : start > 0,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  });
}

export function renderModel(model: ListedModel): string {
  return JSON.stringify(modelOf(model));
}

/** Every field that the SDK's type requires: null for those that are unknown here. */
function modelOf({ id, displayName, createdAt }: ListedModel): object {
  return {
    type: "model",
    id,
    display_name: displayName ?? id,
    created_at: new Date(createdAt).toISOString(),
    lifecycle: "active",
    deprecated_at: null,
    retires_at: null,
    line: null,
    capabilities: null,
    max_input_tokens: null,
    max_tokens: null,
  };
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) throw invalid("limit", `expected a number from 1 to ${MAX_LIMIT}.`);
  return limit;
}

/** Paging can't continue from a model that is gone: starting over would list others twice. */
function indexOf(models: readonly ListedModel[], asked: URLSearchParams, name: string): number | undefined {
  const id = asked.get(name);
  if (id === null) return undefined;
  const index = models.findIndex((model) => model.id === id);
  if (index < 0) throw invalid(name, "no listed model has this id.");
  return index;
}

function invalid(name: string, problem: string): SignetError {
  return new SignetError("invalid_query", `${name}: ${problem}`, { param: name });
}
