/** Operations sent to a server's admin API, for the command line. */
import { z } from "zod";
import { systemReasonOf } from "../core/reason.ts";
import { AdminError } from "./errors.ts";
import type { AnyStream } from "./operation.ts";
import { answerOf, progressOf } from "./route.ts";
import type { AnyQuestion, Answer, Progress, Question, Route } from "./route.ts";
import { errorView, type ErrorView } from "./views/errors.ts";

export interface Remote {
  /** `https://signet.example.com:8788` */
  server: string;
  /** An admin token. */
  token: string;
}

/** Rejects with AdminError: the server's own, or `unavailable` if it can't be reached. */
export async function performRemotely<O extends Route>(
  remote: Remote,
  operation: O,
  question: Question<O>,
  emit: (progress: Progress<O>) => void = () => undefined,
): Promise<Answer<O>> {
  const answer = await sent(remote, operation, question);
  if (!operation.progress) return answerOf(operation, await answer.json());
  for await (const line of linesOf(answer)) {
    const step = stepForm.parse(JSON.parse(line));
    if (step.error) throw errorOf(step.error);
    if (step.progress !== undefined) emit(progressOf(operation, step.progress));
    if (step.result !== undefined) return answerOf(operation, step.result);
  }
  throw new AdminError(
    "unavailable",
    "The connection to the server was lost before its answer was complete.",
  );
}

/** A line of a step-by-step answer. */
const stepForm = errorView
  .partial()
  .extend({ progress: z.unknown().optional(), result: z.unknown().optional() });

/** The pieces of a streamed text. */
export async function* streamRemotely<S extends AnyStream>(
  remote: Remote,
  operation: S,
  question: Question<S>,
): AsyncGenerator<string> {
  const answer = await sent(remote, operation, question);
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) yield decoder.decode(chunk, { stream: true });
}

async function sent(
  { server, token }: Remote,
  { method, path, body: form }: Pick<Route, "method" | "path" | "body">,
  { params = {}, query = {}, body = form && {} }: AnyQuestion,
): Promise<Response> {
  const answer = await fetch(urlOf(server, path, params, query), {
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
  const failure = errorView.safeParse(await answer.json().catch(() => null));
  if (failure.success) throw errorOf(failure.data.error);
  throw new AdminError(
    "unavailable",
    `${server} answered ${answer.status}, but not like Signet's admin API.`,
  );
}

function urlOf(
  server: string,
  path: string,
  params: Readonly<Record<string, string>>,
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

function errorOf({ code, message, problems }: ErrorView["error"]): AdminError {
  return new AdminError(code, message, problems);
}
