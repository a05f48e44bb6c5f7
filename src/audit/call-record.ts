/**
 * A call's record: each field is described here, once. The types of intents, outcomes, refusals and of the call joined
 * from them (calls.ts), the columns of CSV (export.ts) and of the index (call-index/rows.ts), and the admin API's
 * answer (admin/views/call.ts) are derived from this table.
 *
 * To add a field: add an entry here; the compiler then requires its place in the line on disk (records.ts) and its
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

/** How a call ended. `unknown`: Signet stopped before the end was known. */
export type OutcomeKind = (typeof OUTCOMES)[number];

/** `refused`: by Signet. `running`: no outcome yet. */
export const CALL_RESULTS = ["refused", "running"] as const;
export type CallResult = OutcomeKind | (typeof CALL_RESULTS)[number];

/** `reported` by Bedrock, `estimated` by Signet if the counts never came, or `none`. */
const USAGE_SOURCES = ["reported", "estimated", "none"] as const;

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheWriteInputTokens: number;
  /** How many of those written are kept for an hour; null if Bedrock didn't report it. */
  cacheWrite1hInputTokens: number | null;
  source: (typeof USAGE_SOURCES)[number];
}

/** What was reserved of budgets until the outcome is known. */
export interface Reserved {
  tokens: number;
  /** US dollars; null if the model's price is not known. */
  costUsd: number | null;
}

/** A type as data, to derive columns and schemas from. `T` exists only for the compiler. */
export interface FieldType<T = unknown> {
  readonly kind: "text" | "integer" | "number" | "dollars" | "list" | "object";
  readonly nullable: boolean;
  /** For text: all possible values. */
  readonly values?: readonly string[];
  /** For an object: its fields and their column names. */
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
  cacheWrite1hInputTokens: { ...orNull(integer), column: "cacheWrite1hInputTokens" },
  source: { ...of<Usage["source"]>("text", USAGE_SOURCES), column: "usageSource" },
});
const reserved = objectOf<Reserved>({
  tokens: { ...integer, column: "reservedTokens" },
  costUsd: { ...orNull(dollars), column: "reservedCostUsd" },
});

/** The type of a field in each record that has it; `call`: in the joined call, if that differs. */
interface Field {
  readonly intent?: FieldType;
  readonly outcome?: FieldType;
  readonly refusal?: FieldType;
  readonly call?: FieldType;
  /** Whether CSV omits it. */
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
  /** The model as granted; null for operations without one. */
  model: { intent: orNull(text), refusal: orNull(text) },
  modelArn: { intent: orNull(text) },
  region: { intent: text, refusal: orNull(text) },
  account: { intent: text },
  /** Of inference: `default` unless the caller or the delegation chose another; null for other operations. */
  project: { intent: orNull(text) },
  /** RoleSessionName, as CloudTrail shows it; null if the base credentials are used directly. */
  sessionName: { intent: orNull(text) },
  /** The peer's IP address. */
  remote: { intent: text, refusal: text },
  outcome: {
    outcome: of<OutcomeKind>("text", OUTCOMES),
    call: of<CallResult>("text", [...OUTCOMES, ...CALL_RESULTS]),
  },
  /** HTTP status sent to the caller; null if none was. */
  status: { outcome: orNull(integer), refusal: integer },
  /** Signet's own error code. */
  error: { outcome: orNull(of<ErrorCode>("text")), refusal: of<ErrorCode>("text") },
  upstreamStatus: { outcome: orNull(integer) },
  /** Bedrock's `x-amzn-RequestId`: joins this log with CloudTrail. */
  upstreamRequestId: { outcome: orNull(text) },
  /** Bedrock's exception name, e.g. `ThrottlingException`. */
  upstreamErrorType: { outcome: orNull(text) },
  usage: { outcome: usage },
  /** US dollars, by the price table of version `prices`; null if there was no usage or the price is not known. */
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

/** What is about to be sent to Bedrock, and for whom. On disk before the first byte of the answer is relayed. */
export interface Intent extends RecordOf<"intent"> {
  /** Absent if no limit applies. */
  reserved?: Reserved;
  /** The prompt. Only if the delegation's `recordContent` is on. */
  content?: unknown;
}

/** How the call ended. Every intent gets exactly one. */
export interface Outcome extends RecordOf<"outcome"> {
  cost: { usd: number; prices: string } | null;
  /** The completion. Only if the delegation's `recordContent` is on. */
  content?: unknown;
}

/** A call by a known key that was refused before anything was sent to AWS. It has no intent and no outcome. */
export type Refusal = RecordOf<"refusal">;

/** In the joined call, a field is null if none of the call's records has it. */
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
