/**
 * Flashback's platform API, as documented: `/ai/llm` and its items. The platform token and the secrets that are sent
 * never appear in an error.
 */
import { ExpectedError } from "../core/expected-error.ts";
import { z } from "zod";
import type { AiLlmType } from "../store/flashback.ts";
import type { Secret } from "../core/secret.ts";

/** A failure reported by Flashback; `status` is 0 if it could not be reached or was not called. */
export class FlashbackError extends ExpectedError {
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
  /** Has Flashback call the endpoint. */
  validate(aiLlmId: string): Promise<{ success: boolean; message: string }>;
  update(aiLlmId: string, change: Partial<AiLlm>): Promise<void>;
  remove(aiLlmId: string): Promise<void>;
}

const TIMEOUT_MS = 30_000;
const LARGEST_ANSWER = 1024 * 1024;
/** Characters of Flashback's messages that are shown. */
const SHOWN = 300;

/** Other ids could lead to another path (`..`) or move a terminal's cursor. */
const AI_LLM_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;
/** Secrets that Flashback holds for Signet, which the endpoint's own errors may repeat. */
const CREDENTIALS = /(?:sgk_|bedrock-api-key-)[^\s"']+/g;

const created = z.object({ success: z.literal(true), aiLlmId: z.string().regex(AI_LLM_ID) });
const validated = z.object({ success: z.boolean() });
/** The answers to PUT and DELETE aren't parsed further: their status counts, unless the body contradicts it. */
const done = z.object({ success: z.literal(true).optional() });

interface Access {
  url: string;
  token: Secret;
}

interface Request {
  method: "POST" | "PUT" | "DELETE";
  path: string;
  body?: Partial<AiLlm>;
}

interface Answer {
  /** The JSON; `{}` if the body was empty. */
  value: unknown;
  /** The JSON's `message`, safe to show. */
  said: string;
}

export function flashbackPlatform(access: Access): Platform {
  const ask = (request: Request) => exchange(access, request);
  return {
    url: access.url,
    async create(configuration) {
      const answer = await ask({ method: "POST", path: "/ai/llm", body: configuration });
      return checked(created, answer, "create").aiLlmId;
    },
    async validate(aiLlmId) {
      const answer = await ask({ method: "POST", path: `${item(aiLlmId)}/validate` });
      return { success: checked(validated, answer, "validate").success, message: answer.said };
    },
    async update(aiLlmId, change) {
      checked(done, await ask({ method: "PUT", path: item(aiLlmId), body: change }), "update");
    },
    async remove(aiLlmId) {
      checked(done, await ask({ method: "DELETE", path: item(aiLlmId) }), "delete");
    },
  };
}

function item(aiLlmId: string): string {
  if (!AI_LLM_ID.test(aiLlmId))
    throw new FlashbackError(0, `${JSON.stringify(aiLlmId)} is not a valid aiLlmId`);
  return `/ai/llm/${aiLlmId}`;
}

function revealed({ secret, ...rest }: Partial<AiLlm>): object {
  return { ...rest, ...(secret === undefined ? {} : { secret: secret.reveal() }) };
}

async function exchange(access: Access, { method, path, body }: Request): Promise<Answer> {
  const { url, token } = access;
  const answer = await reached(access, () =>
    fetch(url + path, {
      method,
      // The token must not follow a redirect to another host.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(revealed(body)) }),
    }),
  );
  const text = await reached(access, () => bounded(answer));
  const value = jsonOf(text);
  const said = quoted(messageOf(value), [token, body?.secret]);
  if (!answer.ok) throw new FlashbackError(answer.status, refusal(answer.status, said));
  if (value === undefined)
    throw new FlashbackError(answer.status, "Flashback answered with something other than JSON");
  return { value, said };
}

async function reached<T>({ url, token }: Access, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FlashbackError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new FlashbackError(0, `Flashback at ${url} could not be reached: ${quoted(reason, [token])}`);
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
    return text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, said: string): string {
  if (status >= 300 && status < 400)
    return `Flashback answered with a redirect (${status}), which is not followed`;
  if (status === 401 || status === 403) return `Flashback refused the platform token (${status})`;
  return `Flashback answered ${status}${said === "" ? "" : `: ${said}`}`;
}

function messageOf(value: unknown): string {
  const fields = z.object({ message: z.string() }).safeParse(value);
  return fields.success ? fields.data.message : "";
}

/** External text made safe for a terminal: without secrets, and without characters that move its cursor. */
function quoted(text: string, secrets: readonly (Secret | undefined)[]): string {
  return secrets
    .reduce((rest, secret) => (secret ? rest.replaceAll(secret.reveal(), "[redacted]") : rest), text)
    .replace(CREDENTIALS, "[redacted]")
    .replace(/[\p{Cc}\p{Cf}]/gu, " ")
    .slice(0, SHOWN);
}

function checked<S extends z.ZodType>(form: S, { value, said }: Answer, what: string): z.output<S> {
  const result = form.safeParse(value);
  if (result.success) return result.data;
  throw new FlashbackError(200, `Flashback did not ${what} it${said === "" ? "" : `: ${said}`}`);
}
