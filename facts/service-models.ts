/**
 * AWS's own service models without their prose: operations, shapes, required members, limits, patterns, enums, errors.
 * Source: botocore, which ships the models that AWS publishes (Apache-2.0).
 */
import { gunzipSync } from "node:zlib";
import type { Packages } from "./packages.ts";

/** Of a service with hundreds of operations, those that Signet or its sandbox concern. */
const SERVICES = {
  "bedrock-runtime": undefined,
  bedrock: [
    "ListFoundationModels",
    "GetFoundationModel",
    "GetFoundationModelAvailability",
    "ListInferenceProfiles",
    "GetInferenceProfile",
    "ListProjects",
    "GetProject",
    "ListPromptRouters",
    "ListGuardrails",
    "ListProvisionedModelThroughputs",
    "ListImportedModels",
    "ListCustomModels",
  ],
  sts: [
    "AssumeRole",
    "GetCallerIdentity",
    "GetScopedCredentials",
    "GetWebIdentityToken",
    "AssumeRoleWithWebIdentity",
  ],
} satisfies Record<string, string[] | undefined>;

export type ServiceName = keyof typeof SERVICES;

export const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];

type Reference = Record<string, unknown> & { shape: string };

interface Shape extends Record<string, unknown> {
  type: string;
  members?: Record<string, Reference>;
  member?: Reference;
  key?: Reference;
  value?: Reference;
}

interface Operation {
  http: { method: string; requestUri: string; responseCode?: number };
  input?: Reference;
  output?: Reference;
  errors?: Reference[];
  auth?: string[];
}

interface ServiceModel {
  metadata: { apiVersion: string; auth?: string[]; signingName?: string };
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
}

/** What is kept of a shape, besides its members. */
const KEPT = [
  "type",
  "required",
  "enum",
  "min",
  "max",
  "pattern",
  "union",
  "document",
  "eventstream",
  "event",
  "exception",
  "fault",
  "streaming",
  "sensitive",
  "error",
  "box",
  "payload",
  "flattened",
  "timestampFormat",
];

export function serviceModel(service: ServiceName, packages: Packages): object {
  const path = packages.find(
    "botocore",
    new RegExp(`^botocore/data/${service}/[^/]+/service-2\\.json\\.gz$`),
  );
  const model = JSON.parse(gunzipSync(packages.read("botocore", path)).toString()) as ServiceModel;
  const wanted: readonly string[] = SERVICES[service] ?? Object.keys(model.operations);
  const operations = wanted.toSorted().map((name) => [name, operationFacts(name, model)] as const);
  const shapes = reached(
    operations.flatMap(([, { input, output, errors }]) => [input, output, ...errors]),
    model,
  );
  const { apiVersion, auth = null, signingName = service } = model.metadata;
  return {
    source: packages.source("botocore"),
    service,
    apiVersion,
    auth,
    signingName,
    operations: Object.fromEntries(operations),
    shapes: Object.fromEntries(shapes.map((name) => [name, shapeFacts(shapeOf(name, model))])),
  };
}

function operationFacts(name: string, { operations }: ServiceModel) {
  const operation = operations[name];
  if (operation === undefined) throw new Error(`the service model has no operation ${name}`);
  const { http, input, output, errors = [], auth } = operation;
  return {
    method: http.method,
    uri: http.requestUri,
    status: http.responseCode ?? 200,
    input: input?.shape ?? null,
    output: output?.shape ?? null,
    errors: errors.map(({ shape }) => shape),
    ...(auth === undefined ? {} : { auth }),
  };
}

/** Names of the shapes that can be reached from `roots`, sorted. */
function reached(roots: (string | null)[], model: ServiceModel): string[] {
  const seen = new Set<string>();
  const todo = roots.filter((name) => name !== null);
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const { members = {}, member, key, value } = shapeOf(name, model);
    const parts = [...Object.values(members), member, key, value].filter((part) => part !== undefined);
    todo.push(...parts.map(({ shape }) => shape));
  }
  return [...seen].toSorted();
}

function shapeOf(name: string, { shapes }: ServiceModel): Shape {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`the service model has no shape ${name}`);
  return shape;
}

function shapeFacts(shape: Shape): object {
  const { members, member, key, value } = shape;
  return {
    ...Object.fromEntries(KEPT.filter((name) => name in shape).map((name) => [name, shape[name]])),
    ...(members && { members: Object.fromEntries(Object.entries(members).map(withoutProse)) }),
    ...(member && { member: member.shape }),
    ...(key && { key: key.shape }),
    ...(value && { value: value.shape }),
  };
}

function withoutProse([name, { documentation: _prose, ...facts }]: [string, Reference]) {
  return [name, facts] as const;
}
