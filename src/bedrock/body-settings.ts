/**
 * The settings that a request says in its body, found in one walk over its bytes: names are compared as a JSON parser
 * reads them, and whatever two parsers could read differently is refused (T41, T42). Content is skipped, not parsed.
 */
import { SignetError } from "../core/errors.ts";
import { CLOSING_BRACE, CLOSING_BRACKET, COLON, OPENING_BRACE, OPENING_BRACKET } from "../core/json.ts";
import { JsonText, QUOTE } from "../core/json-text.ts";
import type { Operation } from "../core/operations.ts";
import type { Setting } from "../core/settings.ts";

export interface BodySettings {
  /** By the member that says each. A value that Bedrock uses anyway says nothing. */
  readonly said: ReadonlyMap<string, Setting>;
  /** A member of Converse that this version doesn't know. */
  readonly unknown: string | undefined;
  /** Every setting's value, also those that Bedrock uses anyway. */
  readonly values: ReadonlyMap<Setting, unknown>;
}

/** Members of Converse and ConverseStream that are content. Source: the shapes of their requests in the service model. */
export const CONVERSE_CONTENT: ReadonlySet<string> = new Set([
  "messages",
  "system",
  "inferenceConfig",
  "toolConfig",
  "additionalModelRequestFields",
  "additionalModelResponseFieldPaths",
  "outputConfig",
]);

/** Converse's members, and what models' own bodies call the same. Source: InvokeModel's parameters by vendor. */
export const SETTING_MEMBERS: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  ["guardrailConfig", "guardrailConfig"],
  ["serviceTier", "serviceTier"],
  ["performanceConfig", "performanceConfig"],
  ["requestMetadata", "requestMetadata"],
  ["projectIdentifier", "projectIdentifier"],
  ["promptVariables", "promptVariables"],
  ["service_tier", "serviceTier"],
  ["amazon-bedrock-guardrailConfig", "guardrailConfig"],
  ["amazon-bedrock-trace", "trace"],
]);

const ONLY_OF_MODELS = new Set(["service_tier", "amazon-bedrock-guardrailConfig", "amazon-bedrock-trace"]);
/** Its members are put into the model's own body. */
const MODEL_FIELDS = "additionalModelRequestFields";
const MOST_MEMBERS = 1_000;
/** No name that is compared is longer, even if all of it is escaped. */
const LONGEST_NAME = 6 * 40;

/** Throws `invalid_body` if the body isn't an object, or says a setting twice. */
export function settingsInBody(operation: Operation, body: Buffer): BodySettings {
  const isConverse = operation === "Converse" || operation === "ConverseStream";
  const said = new Map<string, Setting>();
  const values = new Map<Setting, unknown>();
  let unknown: string | undefined;
  const say = (member: string, setting: Setting, value: unknown) => {
    if (values.has(setting)) throw twice(member);
    values.set(setting, value);
    if (!isUsedAnyway(setting, value)) said.set(member, setting);
  };
  for (const { name, start, end } of membersOf(body, 0, body.length)) {
    const setting = SETTING_MEMBERS.get(name);
    const isOfConverse = setting ? !ONLY_OF_MODELS.has(name) : CONVERSE_CONTENT.has(name);
    if (isConverse && !isOfConverse) unknown ??= name;
    if (setting) {
      const value = valueOf(body, name, start, end);
      say(name, setting, value);
      if (setting === "guardrailConfig" && hasTrace(value)) say(`${name}.trace`, "trace", value.trace);
    } else if (name === MODEL_FIELDS && isObject(body, start)) {
      for (const field of membersOf(body, start, end)) {
        const meant = SETTING_MEMBERS.get(field.name);
        if (meant) say(`${name}.${field.name}`, meant, valueOf(body, field.name, field.start, field.end));
      }
    }
  }
  return { said, unknown, values };
}

function hasTrace(value: unknown): value is { trace: unknown } {
  return typeof value === "object" && value !== null && "trace" in value;
}

/** Whether Bedrock does the same without the setting: then it needs no grant. `value`: of the member or the header. */
export function isUsedAnyway(setting: Setting, value: unknown): boolean {
  if (value === null) return true;
  const { type, latency } = (value ?? {}) as { type?: unknown; latency?: unknown };
  if (setting === "serviceTier") return [value, type].some((tier) => tier === "default" || tier === "auto");
  if (setting === "performanceConfig") return [value, latency].includes("standard");
  return setting === "trace" && typeof value === "string" && value.toLowerCase() === "disabled";
}

function valueOf(body: Buffer, name: string, start: number, end: number): unknown {
  if (isObject(body, start)) {
    const names = membersOf(body, start, end).map((member) => member.name);
    if (new Set(names).size < names.length) throw twice(name);
  }
  try {
    return JSON.parse(body.toString("utf8", start, end));
  } catch {
    throw new SignetError("invalid_body", `The value of ${name} is not valid JSON.`, { param: name });
  }
}

function twice(name: string): SignetError {
  return new SignetError("invalid_body", `${name} is said more than once in the request body.`, {
    param: name,
  });
}

interface Member {
  /** As a parser reads it; empty if it is longer than any name that is compared. */
  name: string;
  /** Of its value, with space around it. */
  start: number;
  end: number;
}

function isObject(body: Buffer, start: number): boolean {
  return body[afterSpace(body, start)] === OPENING_BRACE;
}

/** Of the object from `start` to before `limit`. A body in UTF-16, which a parser may recognize, is refused. */
function membersOf(body: Buffer, start: number, limit: number): Member[] {
  const open = afterSpace(body, start);
  if (body[open] !== OPENING_BRACE || body[open + 1] === 0)
    throw new SignetError("invalid_body", "The request body is not a JSON object.");
  const members: Member[] = [];
  const text = new JsonText(body);
  for (let at = open + 1; at < limit; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = text.closingQuote(at);
      const colon = afterSpace(body, end + 1);
      if (body[colon] === COLON) {
        if (members.length === MOST_MEMBERS)
          throw new SignetError("invalid_body", "The request body has too many members.");
        const last = members.at(-1);
        if (last) last.end = beforeComma(body, last.start, at);
        members.push({ name: nameAt(body, at, end), start: colon + 1, end: limit });
      }
      at = end;
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      at = text.end(at);
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
      const last = members.at(-1);
      if (last) last.end = at;
      if (limit === body.length && afterSpace(body, at + 1) < limit)
        throw new SignetError("invalid_body", "The request body goes on after its JSON object.");
      break;
    }
  }
  return members;
}

/** The end of a value, before the comma that separates it from the name at `next`. */
function beforeComma(body: Buffer, start: number, next: number): number {
  const comma = body.lastIndexOf(0x2c, next);
  return comma >= start ? comma : next;
}

function nameAt(body: Buffer, start: number, end: number): string {
  if (end - start > LONGEST_NAME) return "";
  const name = body.toString("utf8", start + 1, end);
  if (!name.includes("\\")) return name;
  try {
    return String(JSON.parse(`"${name}"`));
  } catch {
    return name;
  }
}

/** Space, tab, line feed and carriage return. */
function afterSpace(body: Buffer, start: number): number {
  let at = start;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at++;
  return at;
}
