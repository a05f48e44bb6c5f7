/**
 * A route of the admin API as those who call it see it, and the types that follow from its forms. Server, command line
 * and console share them; the console imports types alone.
 */
import type { z } from "zod";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What is sent along: parameters of the path, query and body. */
interface Forms {
  /** `/keys/{id}/revoke`. */
  path: string;
  query?: z.ZodType;
  /** Its input is what is sent. */
  body?: z.ZodType;
}

export interface Route extends Forms {
  /** `keys.create`: stable, the OpenAPI document's operationId. */
  id: string;
  method: Method;
  summary: string;
  result: z.ZodType;
  /** Where the answer is a stream: what comes before the result. */
  progress?: z.ZodType;
}

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

/** The parameters that a path names: `{ id: string }` of `/keys/{id}/revoke`. */
export type Params<Path extends string> = Readonly<
  Record<string extends Path ? string : Names<Path>, string>
>;

export type QueryOf<R> = R extends { query: infer Query extends z.ZodType } ? Query : undefined;
export type BodyOf<R> = R extends { body: infer Body extends z.ZodType } ? Body : undefined;

/** A question to any route. */
export interface AnyQuestion {
  params?: Readonly<Record<string, string>>;
  query?: object;
  body?: unknown;
}

/** What a caller gives: each part that the route has, optional where nothing of it is required. */
export type Question<R extends Forms> = AnyQuestion &
  Part<"params", Params<R["path"]>> &
  Part<"query", Loose<Input<QueryOf<R>>>> &
  Part<"body", Input<BodyOf<R>>>;

type Input<Form> = Form extends z.ZodType ? z.input<Form> : undefined;

type Part<Name extends string, Value> = undefined extends Value
  ? { [N in Name]?: undefined }
  : {} extends Value
    ? { [N in Name]?: Value }
    : { [N in Name]: Value };

/** What is undefined isn't sent. */
type Loose<Query> = Query extends object ? { [Name in keyof Query]: Query[Name] | undefined } : Query;

export type Answer<R extends Route> = z.output<R["result"]>;

export type Progress<R extends Route> = z.output<NonNullable<R["progress"]>>;

/** What the schema describes of an answer: a digest that strayed into it stays behind. Throws ZodError. */
export function answerOf<R extends Route>(route: R, value: unknown): Answer<R>;
export function answerOf({ result }: Route, value: unknown): unknown {
  return result.parse(value);
}

export function progressOf<R extends Route>(route: R, value: unknown): Progress<R>;
export function progressOf({ progress }: Route, value: unknown): unknown {
  return progress?.parse(value);
}
