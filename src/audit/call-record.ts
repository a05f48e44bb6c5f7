/**
 * A call as it is recorded: each field is described here, once. From this table come the types of an intent, an
 * outcome, a refusal and of the call that is joined from them (calls.ts), the columns of CSV (export.ts) and of the
 * index (call-index/rows.ts), and the admin API's answer (admin/views/call.ts).
 *
 * To add a field: an entry here; then the compiler asks for its place in the line on disk (records.ts) and for its
 * value (gateway/record.ts for an intent, gateway/tally.ts for an outcome). Raise the index's SCHEMA_VERSION, and
 * describe the field in docs/audit.md.
 */
import type { ErrorCode } from "../core/errors.ts";
import type { Protocol } from "../core/protocol.ts";

export const OUTCOMES = [
  "ok",
  "client_error",
  "upstream_error",
  "denied",
  "throttled",
  "truncated",
  "client_gone",
  "revoked",
  "gateway_error",
  "unknown",
] as const;

/** How a call ended. `unknown`: Signet stopped before it could tell. */
export type OutcomeKind = (typeof OUTCOMES)[number];

/** `refused`: turned away by Signet. `running`: no outcome yet. */
export const CALL_RESULTS = ["refused", "running"] as const;
export type CallResult = OutcomeKind | (typeof CALL_RESULTS)[number];

/** `reported` by Bedrock, `estimated` by Signet where the counts never came, or `none`. */
const USAGE_SOURCES = ["reported", "estimated", "none"] as const;

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheWriteInputTokens: number;
  source: (typeof USAGE_SOURCES)[number];
}

/** What was set aside of budgets until the outcome is known. */
export interface Reserved {
  tokens: number;
  /** US dollars; null where the model's price is not known. */
  costUsd: number | null;
}

/** A type as data, for those who make columns and schemas of it. `T` exists for the compiler alone. */
export interface FieldType<T = unknown> {
  readonly kind: "text" | "integer" | "number" | "dollars" | "list" | "object";
  readonly nullable: boolean;
  /** Of a text: all that it can be. */
  readonly values?: readonly string[];
  /** Of an object: its fields, and the names of their columns. */
  readonly fields?: Readonly<Record<string, FieldType & { column: string }>>;
  readonly type?: T;
}

const text = of<string>("text");
const integer = of<number>("integer");
const milliseconds = of<number>("number");
const dollars = of<number>("dollars");

const usage = objectOf<Usage>({
  inputTokens: { ...integer, column: "inputTokens" },
  outputTokens: { ...integer, column: "outputTokens" },
  cacheReadInputTokens: { ...integer, column: "cacheReadInputTokens" },
  cacheWriteInputTokens: { ...integer, column: "cacheWriteInputTokens" },
  source: { ...of<Usage["source"]>("text", USAGE_SOURCES), column: "usageSource" },
});
const reserved = objectOf<Reserved>({
  tokens: { ...integer, column: "reservedTokens" },
  costUsd: { ...orNull(dollars), column: "reservedCostUsd" },
});

/** The type of a field in each record that has it; `call`: in the joined call, where that differs from its records'. */
interface Field {
  readonly intent?: FieldType;
  readonly outcome?: FieldType;
  readonly refusal?: FieldType;
  readonly call?: FieldType;
  /** Whether it is left out of CSV. */
  readonly noCsv?: true;
}

/** In the order of CSV's columns. */
export const CALL_FIELDS = {
  /** The request id: the caller sees it as `x-signet-request-id`, and both records of a call carry it. */
  call: { intent: text, outcome: text, refusal: text },
  /** ISO 8601: when it arrived. */
  time: { call: text },
  client: { intent: text, refusal: text },
  /** The key's public id. */
  key: { intent: text, refusal: text },
  delegation: { intent: text, refusal: text },
  protocol: { intent: of<Protocol>("text"), refusal: of<Protocol>("text") },
  /** Bedrock's name for the operation, e.g. `ConverseStream`. */
  operation: { intent: text, refusal: orNull(text) },
  /** The model as granted, null for operations without one. */
  model: { intent: orNull(text), refusal: orNull(text) },
  modelArn: { intent: orNull(text) },
  region: { intent: text, refusal: orNull(text) },
  account: { intent: text },
  /** RoleSessionName, as CloudTrail shows it; null where the base credentials are used themselves. */
  sessionName: { intent: orNull(text) },
  /** The peer's IP address. */
  remote: { intent: text, refusal: text },
  outcome: {
    outcome: of<OutcomeKind>("text", OUTCOMES),
    call: of<CallResult>("text", [...OUTCOMES, ...CALL_RESULTS]),
  },
  /** HTTP status sent to the caller, null when none was. */
  status: { outcome: orNull(integer), refusal: integer },
  /** Signet's own error code. */
  error: { outcome: orNull(of<ErrorCode>("text")), refusal: of<ErrorCode>("text") },
  upstreamStatus: { outcome: orNull(integer) },
  /** Bedrock's `x-amzn-RequestId`: joins this log with CloudTrail. */
  upstreamRequestId: { outcome: orNull(text) },
  /** Bedrock's exception name, e.g. `ThrottlingException`. */
  upstreamErrorType: { outcome: orNull(text) },
  usage: { outcome: usage },
  /** US dollars, by the price table of the version `prices`; null where there was no usage or the price is not known. */
  costUsd: { call: orNull(dollars) },
  prices: { call: orNull(text) },
  reserved: { call: orNull(reserved), noCsv: true },
  /** Milliseconds from the request's arrival to the first byte relayed. */
  firstByteMs: { outcome: orNull(milliseconds) },
  totalMs: { outcome: orNull(milliseconds) },
  requestBytes: { intent: integer },
  responseBytes: { outcome: integer },
  /** Requests sent to Bedrock, 1 unless it was retried. */
  attempts: { outcome: integer },
  /** Name of the chain that holds its records, and their numbers there. */
  chain: { call: text, noCsv: true },
  records: { call: of<number[]>("list"), noCsv: true },
} as const satisfies Record<string, Field>;

type Fields = typeof CALL_FIELDS;
type RecordType = "intent" | "outcome" | "refusal";
type TypeOf<F> = F extends FieldType<infer T> ? T : never;
type RecordOf<R extends RecordType> = {
  [K in keyof Fields as Fields[K] extends Record<R, FieldType> ? K : never]: Fields[K] extends Record<
    R,
    infer F
  >
    ? TypeOf<F>
    : never;
};

/** What is about to be asked of Bedrock, for whom. Made durable before the first byte of the answer is relayed. */
export interface Intent extends RecordOf<"intent"> {
  /** Absent where no limit applies. */
  reserved?: Reserved;
  /** The prompt. Only where the delegation's `recordContent` is on. */
  content?: unknown;
}

/** How the call ended. Every intent gets exactly one. */
export interface Outcome extends RecordOf<"outcome"> {
  cost: { usd: number; prices: string } | null;
  /** The completion. Only where the delegation's `recordContent` is on. */
  content?: unknown;
}

/** A call by a known key that was turned away before anything was sent to AWS. It stands alone: no intent, no outcome. */
export type Refusal = RecordOf<"refusal">;

/** In the joined call a field is null where none of the call's records has it. */
type Joined<F> = F extends { call: infer Own }
  ? TypeOf<Own>
  : TypeOf<F[keyof F]> | (F extends { intent: FieldType; refusal: FieldType } ? never : null);

/** An intent and its outcome as one, or a refusal. */
export type JoinedCall = { -readonly [K in keyof Fields]: Joined<Fields[K]> };

/** The type of a field of the joined call. */
export function joinedType(field: Field): FieldType {
  const { intent, outcome, refusal, call } = field;
  if (call) return call;
  const types = [intent, outcome, refusal].filter((type) => type !== undefined);
  const [type = text] = types;
  return { ...type, nullable: !(intent && refusal) || types.some(({ nullable }) => nullable) };
}

/** The names of the fields that a record of that type has. */
export function fieldsIn(record: RecordType): (keyof JoinedCall)[] {
  return CALL_FIELD_NAMES.filter((name) => record in CALL_FIELDS[name]);
}

export const CALL_FIELD_NAMES = Object.keys(CALL_FIELDS) as (keyof Fields)[];

export type Cell = string | number | null;

/** A field of a call, or of an object in it, as a column of a table. */
export interface CallColumn {
  name: string;
  type: FieldType;
  noCsv: boolean;
  of: (call: JoinedCall) => Cell;
}

/** All but the list of records. */
export const CALL_COLUMNS: readonly CallColumn[] = CALL_FIELD_NAMES.flatMap((name): CallColumn[] => {
  const field: Field = CALL_FIELDS[name];
  const type = joinedType(field);
  const noCsv = field.noCsv ?? false;
  if (type.kind === "list") return [];
  if (!type.fields) return [{ name, type, noCsv, of: (call) => (call[name] as Cell | undefined) ?? null }];
  return Object.entries(type.fields).map(([inner, { column, ...innerType }]) => ({
    name: column,
    type: { ...innerType, nullable: type.nullable || innerType.nullable },
    noCsv,
    of: (call) => (call[name] as Record<string, Cell> | null | undefined)?.[inner] ?? null,
  }));
});

/** The call with these cells, by the names of their columns. An object without any cell is null. */
export function callOfCells(cells: Readonly<Record<string, Cell>>, records: number[]): JoinedCall {
  const call = Object.fromEntries(
    CALL_FIELD_NAMES.map((name) => {
      const { fields } = joinedType(CALL_FIELDS[name]);
      return [name, fields ? objectOfCells(fields, cells) : (cells[name] ?? null)];
    }),
  );
  return { ...(call as unknown as JoinedCall), records };
}

function objectOfCells(fields: NonNullable<FieldType["fields"]>, cells: Readonly<Record<string, Cell>>) {
  const entries = Object.entries(fields).map(([name, { column }]) => [name, cells[column] ?? null] as const);
  return entries.every(([, cell]) => cell === null) ? null : Object.fromEntries(entries);
}

function of<T>(kind: FieldType["kind"], values?: readonly (T & string)[]): FieldType<T> {
  return { kind, nullable: false, ...(values && { values }) };
}

function orNull<T>(type: FieldType<T>): FieldType<T | null> {
  const { kind, values, fields } = type;
  return { kind, nullable: true, ...(values && { values }), ...(fields && { fields }) };
}

function objectOf<T>(fields: { [K in keyof T]: FieldType<T[K]> & { column: string } }): FieldType<T> {
  return { kind: "object", nullable: false, fields };
}
