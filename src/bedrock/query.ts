/**
 * The query strings of Bedrock's list operations, rebuilt in SigV4's canonical order from an allow-list.
 * Source: the bedrock and bedrock-runtime service models.
 */
import { SignetError } from "../core/errors.ts";
import type { Operation } from "../core/operations.ts";

const TOKEN = /^[\w+/=.:-]{1,2048}$/;
const WORD = /^[A-Za-z0-9 ._-]{1,63}$/;
const NUMBER = /^[1-9][0-9]{0,3}$/;
const TIME = /^[0-9TZ:.+-]{1,40}$/;

const PARAMETERS: Partial<Record<Operation, Record<string, RegExp>>> = {
  ListFoundationModels: {
    byProvider: WORD,
    byCustomizationType: WORD,
    byOutputModality: WORD,
    byInferenceType: WORD,
  },
  ListInferenceProfiles: { type: WORD, typeEquals: WORD, maxResults: NUMBER, nextToken: TOKEN },
  ListAsyncInvokes: {
    submitTimeAfter: TIME,
    submitTimeBefore: TIME,
    statusEquals: WORD,
    maxResults: NUMBER,
    nextToken: TOKEN,
    sortBy: WORD,
    sortOrder: WORD,
  },
};

/** The canonical query of a raw one. Throws `invalid_query`, naming the parameter. */
export function canonicalQuery(operation: Operation, raw: string): string {
  if (raw === "") return "";
  const allowed = PARAMETERS[operation] ?? {};
  const parts: string[] = [];
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(raw)) {
    const form = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (!form) throw invalid(`${operation} has no query parameter ${JSON.stringify(name)}`);
    if (seen.has(name)) throw invalid(`query parameter ${name} appears twice`);
    if (!form.test(value)) throw invalid(`query parameter ${name} has an invalid value`);
    seen.add(name);
    parts.push(`${name}=${encodeURIComponent(value)}`);
  }
  return parts.toSorted().join("&");
}

function invalid(what: string): SignetError {
  return new SignetError("invalid_query", `The request is invalid: ${what}.`);
}
