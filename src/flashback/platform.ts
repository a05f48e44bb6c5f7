/**
 * Flashback's platform API, as documented: `/ai/llm` and its items. The platform token and the secrets that are sent
 * never come back in an error.
 */
import { z } from "zod";
import type { AiLlmType } from "../core/flashback.ts";
import type { Secret } from "../core/secret.ts";

/** What Flashback answered instead of doing it; `status` is 0 where it could not be reached. */
export class FlashbackError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "FlashbackError";
    this.status = status;
  }
}

export interface AiLlm {
  name: string;
  aiType: AiLlmType;
  endpoint: string;
  key?: string;
  secret: Secret;
  workspaceId: string;
}

export interface Platform {
  readonly url: string;
  /** Resolves to the `aiLlmId`. All reject with FlashbackError. */
  create(configuration: AiLlm): Promise<string>;
  /** Lets Flashback call the endpoint. */
  validate(aiLlmId: string): Promise<{ success: boolean; message: string }>;
  update(aiLlmId: string, change: Partial<AiLlm>): Promise<void>;
  remove(aiLlmId: string): Promise<void>;
}

const TIMEOUT_MS = 30_000;
const LARGEST_ANSWER = 1024 * 1024;
/** Of the texts that Flashback sends, this much is shown. */
const SHOWN = 300;

const created = z.object({ success: z.literal(true), aiLlmId: z.string().min(1).max(200) });
const validated = z.object({ success: z.boolean(), message: z.string().default("") });
const done = z.object({ success: z.literal(true) });

export function flashbackPlatform({ url, token }: { url: string; token: Secret }): Platform {
  const ask = (method: string, path: string, body?: object) =>
    exchange({ url, token }, { method, path, body });
  return {
    url,
    create: async (configuration) =>
      checked(created, await ask("POST", "/ai/llm", revealed(configuration)), "create").aiLlmId,
    async validate(aiLlmId) {
      return checked(validated, await ask("POST", `${item(aiLlmId)}/validate`), "validate");
    },
    async update(aiLlmId, change) {
      checked(done, await ask("PUT", item(aiLlmId), revealed(change)), "update");
    },
    async remove(aiLlmId) {
      checked(done, await ask("DELETE", item(aiLlmId)), "delete");
    },
  };
}

function item(aiLlmId: string): string {
  return `/ai/llm/${encodeURIComponent(aiLlmId)}`;
}

function revealed({ secret, ...rest }: Partial<AiLlm>): object {
  return { ...rest, ...(secret === undefined ? {} : { secret: secret.reveal() }) };
}

async function exchange(
  { url, token }: { url: string; token: Secret },
  { method, path, body }: { method: string; path: string; body: object | undefined },
): Promise<unknown> {
  const answer = await reached(url, () =>
    fetch(url + path, {
      method,
      // The token must not follow a redirect to anybody else.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await reached(url, () => bounded(answer));
  const parsed = jsonOf(text);
  if (!answer.ok) throw new FlashbackError(answer.status, refusal(answer.status, parsed));
  if (parsed === undefined)
    throw new FlashbackError(answer.status, "Flashback answered with something other than JSON");
  return parsed;
}

async function reached<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FlashbackError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new FlashbackError(0, `Flashback at ${url} could not be reached: ${reason}`);
  }
}

async function bounded(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new FlashbackError(answer.status, "Flashback's answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return text.trim() === "" ? { success: true } : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, parsed: unknown): string {
  if (status >= 300 && status < 400)
    return `Flashback answered with a redirect (${status}), which is not followed`;
  if (status === 401 || status === 403) return `Flashback refused the platform token (${status})`;
  const said = messageOf(parsed);
  return `Flashback answered ${status}${said === "" ? "" : `: ${said}`}`;
}

function messageOf(parsed: unknown): string {
  const fields = z.object({ message: z.string() }).safeParse(parsed);
  // Control characters could move a terminal's cursor.
  return fields.success ? fields.data.message.replace(/\p{Cc}/gu, " ").slice(0, SHOWN) : "";
}

function checked<S extends z.ZodType>(form: S, answer: unknown, what: string): z.output<S> {
  const result = form.safeParse(answer);
  if (result.success) return result.data;
  const said = messageOf(answer);
  throw new FlashbackError(200, `Flashback did not ${what} it${said === "" ? "" : `: ${said}`}`);
}
