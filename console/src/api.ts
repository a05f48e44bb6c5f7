/** The admin API as the console asks it: typed by the server's own schemas, errors with their fields. */
import type { WhoView } from "../../src/admin/views/access.ts";

const BASE = "/api/v1";

export interface Problem {
  field: string;
  message: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: readonly Problem[];

  constructor(
    status: number,
    { code, message, problems = [] }: { code: string; message: string; problems?: Problem[] },
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.problems = problems;
  }

  /** What is said of a field: `grants[0].models` is about `grants`, too. */
  of(field: string): string | undefined {
    const found = this.problems.find((each) => each.field === field || each.field.startsWith(`${field}[`));
    return found?.message;
  }
}

export type Query = Record<string, string | number | undefined>;

let csrf: string | null = null;

export function signedIn(who: WhoView): void {
  csrf = who.csrf;
}

export function pathOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${BASE}${path}${search === "" ? "" : `?${search}`}`;
}

async function sent(method: string, path: string, query?: Query, body?: unknown): Promise<Response> {
  const answer = await fetch(pathOf(path, query), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(method === "GET" || csrf === null ? {} : { "x-signet-csrf": csrf }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(0, { code: "unreachable", message: "Signet can't be reached. Is it running?" });
  });
  if (answer.ok) return answer;
  const failure = (await answer.json().catch(() => null)) as {
    error?: ConstructorParameters<typeof ApiError>[1];
  } | null;
  throw new ApiError(
    answer.status,
    failure?.error ?? { code: "internal", message: `Signet answered ${answer.status}.` },
  );
}

export async function get<T>(path: string, query?: Query): Promise<T> {
  return (await (await sent("GET", path, query)).json()) as T;
}

/** POST, PUT, PATCH or DELETE. */
export async function change<T>(method: string, path: string, body: unknown = {}): Promise<T> {
  const answer = await sent(method, path, undefined, body);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** For an operation that tells of its progress, line by line. */
export async function progress<P, R>(path: string, body: unknown, onProgress: (step: P) => void): Promise<R> {
  const answer = await sent("POST", path, undefined, body);
  if (!answer.body)
    throw new ApiError(0, { code: "unreachable", message: "The answer broke off. Try again." });
  for await (const line of linesOf(answer.body)) {
    const step = JSON.parse(line) as {
      progress?: P;
      result?: R;
      error?: ConstructorParameters<typeof ApiError>[1];
    };
    if (step.error) throw new ApiError(answer.status, step.error);
    if (step.progress !== undefined) onProgress(step.progress);
    if (step.result !== undefined) return step.result;
  }
  throw new ApiError(0, { code: "unreachable", message: "The answer broke off. Try again." });
}

export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
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
