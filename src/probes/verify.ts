/**
 * Verification: tests what the delegation's role really allows, probe by probe, and gives each failure its most likely
 * cause and a fix. Every answer from AWS becomes a result; nothing is thrown for it.
 */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import type { ModelLifecycle, ProbeResult, ProbeStatus, Verification } from "../core/verification.ts";
import { probeBeyond } from "./beyond.ts";
import { offeredModels } from "./discover.ts";
import { probeEnforcement } from "./enforcement.ts";
import type { Held } from "./attempts.ts";
import { namesOf, type Choice } from "./candidates.ts";
import { probeGrants, probeServed } from "./grants.ts";
import { withPrincipal, type Subject } from "./identity.ts";
import { probeNotGranted } from "./not-granted.ts";
import type { ProbeParts } from "./parts.ts";
import type { Report } from "./probe.ts";
import { probeProject } from "./project.ts";
import { probeSessionSettings } from "./session-settings.ts";
import { probeSurroundings } from "./surroundings.ts";

export type { ProbeParts } from "./parts.ts";

export interface VerifyOptions {
  /** `enforcement`: only whether the External ID is required, which costs no model call. */
  scope: Verification["scope"];
  /** Also try a few read-only calls outside Bedrock, which must be denied. */
  deep: boolean;
  /** Called first, and instead of others that it can represent; best a model that production doesn't use. */
  probeModel?: string;
  /** Models that the delegation's callers are granted, patterns included. */
  named?: readonly string[];
}

export async function verifyDelegation(
  parts: ProbeParts,
  delegation: Delegation,
  options: VerifyOptions,
  onProbe: (result: ProbeResult) => void = () => undefined,
): Promise<Verification> {
  const startedAt = parts.clock.now();
  const probes: ProbeResult[] = [];
  const report: Report = {
    clock: parts.clock,
    add(result) {
      probes.push(result);
      onProbe(result);
    },
  };
  const { identity } = await probeSurroundings(parts, delegation, report);
  const trusted = withPrincipal(delegation, identity);
  const { unenforced, lifecycles } =
    delegation.roleArn === undefined
      ? await probeBase(parts, trusted, options, report)
      : await probeRole(parts, { delegation: trusted, identity }, options, report);
  return {
    delegation: delegation.name,
    scope: options.scope,
    startedAt,
    finishedAt: parts.clock.now(),
    verdict: verdictOf(probes),
    unenforced,
    probes,
    ...(lifecycles && { lifecycles }),
  };
}

/** What is found besides the probes' results. */
type Found = Pick<Verification, "unenforced" | "lifecycles">;

async function probeRole(
  parts: ProbeParts,
  subject: Subject,
  options: VerifyOptions,
  report: Report,
): Promise<Found> {
  const { delegation } = subject;
  const { session, unenforced } = await probeEnforcement(parts, subject, report);
  if (session === undefined || options.scope === "enforcement") return { unenforced };
  const served = await probeSessionSettings(parts, subject, report);
  const unnarrowed: Held = { delegation, session, unfit: new Map() };
  const { choice, ...found } = await choiceOf(parts, unnarrowed, options);
  await probeGrants(parts, unnarrowed, choice, report);
  await probeProject(parts, unnarrowed, choice, report);
  await probeNotGranted(parts, unnarrowed, report);
  if (options.deep) await probeBeyond(parts, unnarrowed, report);
  if (served) await probeServed(parts, { ...unnarrowed, session: served }, choice, report);
  return { unenforced, ...found };
}

/** Without a role there is no External ID to enforce, and Signet's own credentials make the calls. */
async function probeBase(
  parts: ProbeParts,
  delegation: Delegation,
  options: VerifyOptions,
  report: Report,
): Promise<Found> {
  if (options.scope === "enforcement") return { unenforced: false };
  const base = await parts.source.base().catch(() => undefined);
  if (base === undefined) return { unenforced: false };
  const own: Held = { delegation, session: base.credentials, unfit: new Map() };
  const { choice, ...found } = await choiceOf(parts, own, options);
  await probeGrants(parts, own, choice, report);
  return { unenforced: false, ...found };
}

async function choiceOf(
  parts: ProbeParts,
  subject: { delegation: Delegation; session: Credentials },
  { probeModel, named = [] }: VerifyOptions,
): Promise<{ choice: Choice; lifecycles?: ModelLifecycle[] }> {
  const { ids: offered, ...found } = await offeredModels(parts, subject);
  const { grants, aliases } = subject.delegation;
  const own = [...grants.flatMap(({ models }) => models), ...aliases.map(({ model }) => model)];
  const choice = {
    now: parts.clock.now(),
    named: namesOf([...own, ...named]),
    offered,
    ...found,
    ...(probeModel === undefined ? {} : { probeModel }),
  };
  return { choice, ...found };
}

function verdictOf(probes: readonly ProbeResult[]): ProbeStatus {
  const required = probes.filter((probe) => probe.required);
  if (required.some(({ status }) => status === "fail")) return "fail";
  return required.every(({ status }) => status === "pass") ? "pass" : "unknown";
}
