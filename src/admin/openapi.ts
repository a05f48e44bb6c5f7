/** The OpenAPI 3.1 document, generated from the table of operations: requests are checked by the same schemas. */
import { z } from "zod";
import type { AnyOperation, AnyStream } from "./operation.ts";
import { SIGN_IN, type SignInRoute } from "./sign-in-table.ts";
import { OPERATIONS, STREAMS } from "./table.ts";
import { errorView } from "./views/errors.ts";

type Json = Record<string, unknown>;

export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  const add = (path: string, method: string, described: Json) => {
    (paths[path] ??= {})[method.toLowerCase()] = described;
  };
  for (const each of OPERATIONS) add(each.path, each.method, operationObject(each));
  for (const each of STREAMS) add(each.path, each.method, streamObject(each));
  for (const each of SIGN_IN) add(each.path, each.method, signInObject(each));
  return {
    openapi: "3.1.0",
    info: {
      title: "Signet admin API",
      version,
      description: "Delegations, clients, keys, audit and usage of a Signet gateway.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }, { session: [], csrf: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An admin token (sga_…)." },
        session: { type: "apiKey", in: "cookie", name: "signet_session" },
        csrf: { type: "apiKey", in: "header", name: "x-signet-csrf" },
      },
      schemas: { Error: schemaOf(errorView, "output") },
    },
  };
}

function operationObject(operation: AnyOperation): Json {
  const { id, path, role, summary, query, body, result, progress, creates, current } = operation;
  const type = progress ? "application/x-ndjson" : "application/json";
  const schema = progress
    ? { oneOf: [wrapped("progress", progress), wrapped("result", result)] }
    : schemaOf(result, "output");
  return {
    operationId: id,
    summary,
    description: `Role: ${role}.`,
    parameters: [
      ...pathParameters(path),
      ...queryParameters(query),
      ...(creates
        ? [header("Idempotency-Key", "Repeating a request with the same key returns the first answer.")]
        : []),
      ...(current ? [header("If-Match", "The ETag of the resource to change.")] : []),
    ],
    ...(body && {
      requestBody: { required: true, content: json(body, "input") },
    }),
    responses: {
      [creates ? "201" : "200"]: { description: "Success.", content: { [type]: { schema } } },
      default: errorResponse(),
    },
  };
}

function streamObject({ id, path, role, summary, query }: AnyStream): Json {
  return {
    operationId: id,
    summary,
    description: `Role: ${role}.`,
    parameters: [...pathParameters(path), ...queryParameters(query)],
    responses: {
      "200": { description: "A stream of text.", content: { "*/*": { schema: { type: "string" } } } },
      default: errorResponse(),
    },
  };
}

function signInObject({ id, summary, body, result, responses }: SignInRoute): Json {
  return {
    operationId: id,
    summary,
    security: [],
    ...(body && { requestBody: { required: true, content: json(body, "input") } }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, description]) => [
        status,
        { description, ...(status === "200" && result && { content: json(result, "output") }) },
      ]),
    ),
  };
}

function json(schema: z.ZodType, io: "input" | "output"): Json {
  return { "application/json": { schema: schemaOf(schema, io) } };
}

function wrapped(name: string, schema: z.ZodType): Json {
  return { type: "object", required: [name], properties: { [name]: schemaOf(schema, "output") } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function header(name: string, description: string): Json {
  return { name, in: "header", required: false, description, schema: { type: "string" } };
}

function errorResponse(): Json {
  return {
    description: "An error.",
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  };
}
