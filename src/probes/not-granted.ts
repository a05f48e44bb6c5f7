/** Whether the role denies what isn't granted in Bedrock: a model, and lists. */
import type { Delegation } from "../core/delegation.ts";
import { foundationModelOf, matchesPattern } from "../core/model.ts";
import type { Operation } from "../core/operations.ts";
import type { Held } from "./attempts.ts";
import { cheapestCall } from "./bedrock-calls.ts";
import { deniable } from "./candidates.ts";
import { mustDeny } from "./denial.ts";
import { covers, idOf } from "./models.ts";
import type { ProbeParts } from "./parts.ts";
import { probed, type Finding, type Report } from "./probe.ts";
import { send } from "./send.ts";

/** The most models that are tried to find one that isn't granted. */
const TRIES = 4;

export async function probeNotGranted(parts: ProbeParts, held: Held, report: Report): Promise<void> {
  const { delegation } = held;
  const models = notGranted(delegation, parts.clock.now()).slice(0, TRIES);
  const granted = new Set(delegation.grants.flatMap(({ operations }) => operations));
  const lists = (["ListFoundationModels", "ListInferenceProfiles"] as const).filter(
    (operation) => !granted.has("*") && !granted.has(operation),
  );
  const denied = [
    ...(models.length === 0 ? [] : [{ operation: "Converse" as const, subjects: models }]),
    ...lists.map((operation) => ({ operation, subjects: [""] })),
  ];
  for (const { operation, subjects } of denied) {
    const about = models.length > 0 && operation === "Converse" ? " on a model" : "";
    await probed(
      report,
      {
        probe: `not_granted:${operation}`,
        title: `${operation}${about} that isn't granted is denied`,
        required: true,
        sent: [operation, ...subjects.filter((subject) => subject !== "")].join(" "),
      },
      () => firstDecided(parts, held, operation, subjects),
    );
  }
}

/**
 * Models that no grant covers by their own ids, those last that are granted behind a profile: the role allows them
 * through it only. Empty if everything is granted.
 */
export function notGranted(delegation: Delegation, now: number): string[] {
  const patterns = delegation.grants.flatMap(({ models }) => models);
  const isGranted = (model: string) => patterns.some((pattern) => covers(pattern, model, delegation));
  const isBehind = (model: string) =>
    patterns.some((pattern) => matchesPattern(foundationModelOf(idOf(pattern)), model));
  const models = deniable(delegation, now).filter((model) => !isGranted(model));
  return [...models.filter((model) => !isBehind(model)), ...models.filter(isBehind)];
}

/** Not every account may call every model: tries one after another until AWS's answer is decisive. */
async function firstDecided(
  parts: ProbeParts,
  { delegation, session }: Held,
  operation: Operation,
  subjects: readonly string[],
): Promise<Finding> {
  let finding: Finding = { status: "unknown", answer: "nothing was sent" };
  for (const subject of subjects) {
    const request = cheapestCall(parts, delegation, { operation, region: delegation.region, subject });
    if (request === undefined) continue;
    finding = mustDeny(await send(parts, session, request), delegation, `${operation} ${subject}`.trim());
    if (finding.status !== "unknown") break;
  }
  return finding;
}
