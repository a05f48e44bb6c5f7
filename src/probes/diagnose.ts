/** The finding for AWS's answer to a call: whether it is as it must be, the cause if not, and the change that fixes it. */
import { catalogueModel, namesIn } from "../bedrock/catalogue.ts";
import type { Delegation } from "../core/delegation.ts";
import type { Cause, Fix } from "../core/verification.ts";
import { isServed } from "./candidates.ts";
import { denial } from "./denial.ts";
import { fixBy, fixProxy } from "./fixes.ts";
import { isGuardrail, isProfile } from "./models.ts";
import { passed, type Finding } from "./probe.ts";
import { meaningOf } from "./said.ts";
import type { Answer } from "./send.ts";

/** What was called. */
export interface Called {
  region: string;
  /** A model or a guardrail; empty for lists. */
  subject: string;
}

/** Diagnoses a call that the grants allow. */
export function diagnose(answer: Answer, delegation: Delegation, called: Called): Finding {
  const meaning = meaningOf(answer);
  const { code, message } = answer;
  const said = `${code}: ${message}`;
  const failed = ([cause, fix]: [Cause, Fix]): Finding => ({ status: "fail", answer: said, cause, fix });
  switch (meaning) {
    case "allowed":
      return passed(`HTTP ${message}`);
    case "content":
      // IAM decides first: a call refused for its content was allowed.
      return passed(`allowed by IAM; then ${said}`);
    case "unclear":
      return { status: "unknown", answer: said };
    case "network":
      return { status: "unknown", answer: message, cause: "network" };
    case "proxy":
      return { status: "unknown", answer: message, cause: "proxy", fix: fixProxy() };
    case "busy":
      return { status: "unknown", answer: said, cause: "throttling" };
    case "clock":
      return failed(["clock", fixBy("signet", "Synchronize this machine's clock with NTP.")]);
    case "session":
      return failed(["region", fixBy("account", UNKNOWN_SESSION)]);
    case "iam":
    case "project":
      return failed(denial(message, delegation));
    default:
      return failed(aboutModel(meaning, delegation, called));
  }
}

const UNKNOWN_SESSION =
  "Enable the region for the account, or grant another: Bedrock does not recognize the session there.";

type AboutModel = "ended" | "legacy" | "profile_required" | "unknown_model" | ByOwner;

type ByOwner = "payment" | "use_case" | "subscription" | "account" | "refused";

function aboutModel(meaning: AboutModel, delegation: Delegation, called: Called): [Cause, Fix] {
  const { region, subject } = called;
  const instead = insteadOf(subject);
  const grantAnother = (advice: string) => fixGrant(delegation, region, advice);
  switch (meaning) {
    case "ended":
      return ["end_of_life", grantAnother(`Grant another model${instead}: ${subject} has ended.`)];
    case "legacy": {
      const advice = `Grant another model${instead}: AWS keeps ${subject}, a legacy model, only for accounts that have used it lately.`;
      return ["end_of_life", grantAnother(advice)];
    }
    case "profile_required": {
      const advice = `Grant an inference profile of ${subject}${profilesOf(subject, region)}: AWS doesn't offer the model by itself in ${region}.`;
      return ["profile_required", grantAnother(advice)];
    }
    case "unknown_model":
      return unknown(delegation, called);
    default:
      return ["model_access", fixBy("account", BY_OWNER[meaning](subject))];
  }
}

const ASK_AWS = () =>
  "Have the account's owner ask AWS Support: AWS refuses the account and names no policy, so that no policy helps. New accounts often wait for a verification.";

/** What only the account's owner can change. */
const BY_OWNER: Record<ByOwner, (subject: string) => string> = {
  payment: () => "Have the account's owner add a valid payment method: AWS could not subscribe to the model.",
  use_case: (subject) =>
    `Have an administrator of the account submit the vendor's use case form in the Bedrock console (model catalog, ${subject}); it takes up to 15 minutes.`,
  subscription: (subject) =>
    `Have an administrator of the account open ${subject} once in the Bedrock console's model catalog (a third ` +
    "party's model needs an AWS Marketplace subscription; the role neither needs nor gets permission for that), or grant another model.",
  account: ASK_AWS,
  refused: ASK_AWS,
};

/** A name that nothing has in this region: one that is called from others, or one that doesn't exist. */
function unknown(delegation: Delegation, { region, subject }: Called): [Cause, Fix] {
  const edit = `signet delegation edit ${delegation.name} --model …`;
  if (isGuardrail(subject))
    return [
      "configuration",
      fixBy("signet", `Grant a guardrail that exists in ${region}: ${subject} does not.`, edit),
    ];
  if (!isServed(subject, region) && catalogueModel(subject) !== undefined) {
    const advice = `Grant a region or a profile that fits${profilesOf(subject, region)}: ${subject} isn't called from ${region}.`;
    return ["region", fixGrant(delegation, region, advice)];
  }
  const advice = `Grant a model that exists under this name in ${region}: AWS knows no ${subject}. Many models can only be called through an inference profile (us.…, eu.…).`;
  return ["unknown_model", fixGrant(delegation, region, advice)];
}

/** What the catalogue knows of the region, and the edit. */
function fixGrant({ name }: Delegation, region: string, advice: string): Fix {
  const commands = [`signet models --region ${region}`, `signet delegation edit ${name} --model …`];
  return fixBy("signet", advice, ...commands);
}

function insteadOf(subject: string): string {
  const successor = catalogueModel(subject)?.successor;
  return successor === undefined ? "" : ` such as ${successor}`;
}

/** ` (us.…, global.…)`: its profiles that are called from the region. */
function profilesOf(subject: string, region: string): string {
  const model = catalogueModel(subject);
  const ids = model === undefined ? [] : namesIn(model, region).filter(isProfile);
  return ids.length === 0 ? "" : ` (${ids.join(", ")})`;
}
