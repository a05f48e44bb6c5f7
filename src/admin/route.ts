/**
 * A route of the admin API from its callers' side, and the types derived from its forms. Server, command line and
 * console share them; the console imports only types.
 */
import type { z } from "zod";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The parts of a request: path parameters, query and body. */
interface Forms {
  /** `/keys/{id}/revoke`. */
  path: string;
  query?: z.ZodType;
  /** Its input type is what is sent. */
  body?: z.ZodType;
}

export interface Route extends Forms {
  /** `keys.create`: stable, the OpenAPI document's operationId. */
  id: string;
  method: Method;
  summary: string;
  result: z.ZodType;
  /** For a step-by-step answer: what comes before the result. */
  progress?: z.ZodType;
}

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

/** The parameters in a path: `{ id: string }` of `/keys/{id}/revoke`. */
export type Params<Path extends string> = Readonly<
  Record<string extends Path ? string : Names<Path>, string>
>;

export type QueryOf<R> = R extends { query: infer Query extends z.ZodType } ? Query : undefined;
export type BodyOf<R> = R extends { body: infer Body extends z.ZodType } ? Body : undefined;

/** A request to any route. */
export interface AnyQuestion {
  params?: Readonly<Record<string, string>>;
  query?: object;
  body?: unknown;
}

/** A route's request: each of its parts, optional if nothing in it is required. */
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

/** Undefined values aren't sent. */
type Loose<Query> = Query extends object ? { [Name in keyof Query]: Query[Name] | undefined } : Query;

export type Answer<R extends Route> = z.output<R["result"]>;

export type Progress<R extends Route> = z.output<NonNullable<R["progress"]>>;

/** The answer reduced to what its schema describes: anything else, such as a digest, is dropped. Throws ZodError. */
export function answerOf<R extends Route>(route: R, value: unknown): Answer<R>;
export function answerOf({ result }: Route, value: unknown): unknown {
  return result.parse(value);
}

export function progressOf<R extends Route>(route: R, value: unknown): Progress<R>;
export function progressOf({ progress }: Route, value: unknown): unknown {
  return progress?.parse(value);
}
