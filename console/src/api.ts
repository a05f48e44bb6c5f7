/** The console's client of the admin API: typed by the server's own table of operations, with the fields that errors are about. */
import type { AnyQuestion, Answer, Progress, Question } from "../../src/admin/route.ts";
import type { Routes, Streams } from "../../src/admin/table.ts";
import type { WhoView } from "../../src/admin/views/access.ts";
import type { ErrorView } from "../../src/admin/views/errors.ts";

const BASE = "/api/v1";

type Failure = { code: string } & Omit<ErrorView["error"], "code">;

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: NonNullable<Failure["problems"]>;

  constructor(status: number, { code, message, problems = [] }: Failure) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.problems = problems;
  }

  /** The problem of a field: `grants[0].models` belongs to `grants`, too. */
  of(field: string): string | undefined {
    const found = this.problems.find((each) => each.field === field || each.field.startsWith(`${field}[`));
    return found?.message;
  }
}

/** Routes that answer step by step. */
type Stepwise = { [R in keyof Routes]: Routes[R] extends { progress: unknown } ? R : never }[keyof Routes];
type Whole = Exclude<keyof Routes, Stepwise>;
/** A route that only reads, such as `GET /keys/{id}`. */
export type Read = Extract<Whole, `GET ${string}`>;

export type QuestionOf<R extends keyof Routes> = Question<Routes[R]>;
export type AnswerOf<R extends keyof Routes> = Answer<Routes[R]>;
let csrf: string | null = null;

export function signedIn(who: WhoView): void {
  csrf = who.csrf;
}

/** Sends one request; rejects with ApiError. */
export function call<R extends Whole>(route: R, question: QuestionOf<R>): Promise<AnswerOf<R>>;
export async function call(route: string, question: AnyQuestion): Promise<unknown> {
  const answer = await sent(route, question);
  return answer.status === 204 ? undefined : answer.json();
}

/** Calls a route that answers step by step. */
export function follow<R extends Stepwise>(
  route: R,
  question: QuestionOf<R>,
  onProgress: (step: Progress<Routes[R]>) => void,
): Promise<AnswerOf<R>>;
export async function follow(
  route: string,
  question: AnyQuestion,
  onProgress: (step: unknown) => void,
): Promise<unknown> {
  const answer = await sent(route, question);
  for await (const line of linesOf(answer.body)) {
    const step: { progress?: unknown; result?: unknown; error?: Failure } = JSON.parse(line);
    if (step.error) throw new ApiError(answer.status, step.error);
    if (step.progress !== undefined) onProgress(step.progress);
    if (step.result !== undefined) return step.result;
  }
  throw new ApiError(0, {
    code: "unreachable",
    message: "The connection was lost before the answer was complete. Try again.",
  });
}

/** The address of what isn't JSON, for the browser to open. */
export function urlOf<R extends keyof Streams>(route: R, question: Question<Streams[R]>): string {
  return pathOf(route, question);
}

export const OPENAPI_URL = `${BASE}/openapi.json`;
export const OIDC_URL = `${BASE}/oidc/start`;

function pathOf(route: string, { params = {}, query = {} }: AnyQuestion): string {
  const path = route
    .slice(route.indexOf("/"))
    .replaceAll(/\{([a-z]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${BASE}${path}${search === "" ? "" : `?${search}`}`;
}

async function sent(route: string, question: AnyQuestion): Promise<Response> {
  const method = route.slice(0, route.indexOf(" "));
  const body = method === "GET" ? undefined : JSON.stringify(question.body ?? {});
  const answer = await fetch(pathOf(route, question), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(method === "GET" || csrf === null ? {} : { "x-signet-csrf": csrf }),
    },
    ...(body === undefined ? {} : { body }),
  }).catch(() => {
    throw new ApiError(0, { code: "unreachable", message: "Signet can't be reached. Is it running?" });
  });
  if (answer.ok) return answer;
  const failure: { error?: Failure } | null = await answer.json().catch(() => null);
  throw new ApiError(
    answer.status,
    failure?.error ?? { code: "internal", message: `Signet answered ${answer.status}.` },
  );
}

export async function* linesOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (!stream) return;
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
