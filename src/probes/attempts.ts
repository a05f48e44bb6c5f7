/**
 * Tries one granted call on several models: a model that has ended, that the account hasn't subscribed to or that isn't
 * offered in the region says nothing about the role, so the next one is asked.
 */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import { cheapestCall } from "./bedrock-calls.ts";
import { diagnose } from "./diagnose.ts";
import type { GrantedCall } from "./granted-calls.ts";
import type { ProbeParts } from "./parts.ts";
import type { Finding } from "./probe.ts";
import { isAboutModel, meaningOf, type Meaning } from "./said.ts";
import { send, type ProbeRequest } from "./send.ts";

/** A session and what it was obtained for. */
export interface Held {
  delegation: Delegation;
  session: Credentials;
  /** Models that turned out not to be callable, by region and name: later probes of the same verification skip them. */
  unfit: Map<string, Meaning>;
}

export interface Attempted {
  /** The model whose answer counts. */
  subject: string;
  sent: string;
  finding: Finding;
}

/** Of several undecided answers, the first here is reported: AWS may answer otherwise soon, or the account can change it. */
const TELLING: readonly Meaning[] = [
  "busy",
  "payment",
  "use_case",
  "subscription",
  "profile_required",
  "legacy",
  "ended",
  "unknown_model",
];

/** Undefined if the operation has no call that is cheap and free of side effects. */
export async function attempt(
  parts: ProbeParts,
  held: Held,
  call: GrantedCall,
): Promise<Attempted | undefined> {
  const { delegation, session, unfit } = held;
  const { operation, region, subjects } = call;
  const key = (subject: string) => `${region} ${subject}`;
  const fit = subjects.filter((subject) => !unfit.has(key(subject)));
  const undecided: (Attempted & { meaning: Meaning })[] = [];
  for (const subject of fit.length > 0 ? fit : subjects.slice(0, 1)) {
    const request = cheapestCall(parts, delegation, { operation, region, subject });
    if (request === undefined) return undefined;
    const answer = await send(parts, session, request);
    const meaning = meaningOf(answer);
    const finding = diagnose(answer, delegation, { region, subject });
    const attempted = { subject, sent: lineOf(request), finding };
    if (!isAboutModel(meaning)) return withSkipped(attempted, undecided);
    if (meaning !== "busy") unfit.set(key(subject), meaning);
    undecided.push({ ...attempted, meaning });
  }
  const [telling] = undecided.toSorted((a, b) => TELLING.indexOf(a.meaning) - TELLING.indexOf(b.meaning));
  return (
    telling &&
    withSkipped(
      telling,
      undecided.filter((each) => each !== telling),
    )
  );
}

export function lineOf({ method, path }: ProbeRequest): string {
  return `${method} ${path}`;
}

function withSkipped(
  { subject, sent, finding }: Attempted,
  others: readonly { subject: string; meaning: Meaning }[],
): Attempted {
  if (others.length === 0) return { subject, sent, finding };
  const said = others.map((other) => `${other.subject}: ${WORDS[other.meaning] ?? other.meaning}`).join(", ");
  return { subject, sent, finding: { ...finding, answer: `${finding.answer} (others tried: ${said})` } };
}

const WORDS: Partial<Record<Meaning, string>> = {
  busy: "throttled",
  payment: "no payment method",
  use_case: "no use case submitted",
  subscription: "no access",
  profile_required: "needs a profile",
  legacy: "legacy, not in use",
  ended: "has ended",
  unknown_model: "not offered there",
};
