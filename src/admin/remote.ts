/** Operations sent to a server's admin API, for the command line. */
import { systemReasonOf } from "../core/reason.ts";
import { AdminError, type AdminErrorCode } from "./errors.ts";
import type { Asked, Operation, StreamOperation } from "./operation.ts";

export interface Remote {
  /** `https://signet.example.com:8788` */
  server: string;
  /** An admin token. */
  token: string;
}

/** Rejects with AdminError: the server's own, or `unavailable` where it can't be reached. */
export async function performRemotely<Query, Body, Result, Progress>(
  remote: Remote,
  operation: Operation<never, Query, Body, Result, Progress>,
  asked: Asked<unknown, Body>,
  emit: (progress: Progress) => void,
): Promise<Result> {
  const answer = await sent(remote, operation, asked);
  if (!operation.progress) return operation.result.parse(await answer.json());
  for await (const line of linesOf(answer)) {
    const step = JSON.parse(line) as { progress?: unknown; result?: unknown; error?: ErrorBody };
    if (step.error) throw errorOf(step.error);
    if (step.progress !== undefined) emit(operation.progress.parse(step.progress));
    if (step.result !== undefined) return operation.result.parse(step.result);
  }
  throw new AdminError("unavailable", "The server's answer broke off.");
}

/** The pieces of an answer that is a text of its own kind. */
export async function* streamRemotely<Query>(
  remote: Remote,
  operation: StreamOperation<Query>,
  query: object,
): AsyncGenerator<string> {
  const answer = await sent(remote, operation, { params: {}, query, body: undefined });
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) yield decoder.decode(chunk, { stream: true });
}

interface ErrorBody {
  code: AdminErrorCode;
  message: string;
  problems?: { field: string; message: string }[];
}

async function sent(
  { server, token }: Remote,
  { method, path }: { method: string; path: string },
  { params, query, body }: Asked<unknown, unknown>,
): Promise<Response> {
  const answer = await fetch(urlOf(server, path, params, query as object), {
    method,
    redirect: "error",
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new AdminError("unavailable", `${server} can't be reached: ${systemReasonOf(cause)}`);
  });
  if (answer.ok) return answer;
  const failure = (await answer.json().catch(() => null)) as { error?: ErrorBody } | null;
  if (failure?.error) throw errorOf(failure.error);
  throw new AdminError("unavailable", `${server} answered ${answer.status}, not as an admin API does.`);
}

function urlOf(
  server: string,
  path: string,
  params: Asked<unknown, unknown>["params"],
  query: object,
): string {
  const filled = path.replaceAll(/\{([a-z]+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ""),
  );
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${server.replace(/\/+$/, "")}/api/v1${filled}${search === "" ? "" : `?${search}`}`;
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of answer.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function errorOf({ code, message, problems }: ErrorBody): AdminError {
  return new AdminError(code, message, problems);
}
