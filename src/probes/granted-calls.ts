/** The calls that represent what a delegation grants: each operation, in each region, on candidates for each pattern. */
import type { Delegation, Grant } from "../core/delegation.ts";
import { OPERATION_NAMES, OPERATIONS, type Operation } from "../core/operations.ts";
import { candidates, isServed, type Choice } from "./candidates.ts";
import { isGuardrail } from "./models.ts";

export interface GrantedCall {
  operation: Operation;
  region: string;
  /** Models or a guardrail, tried in turn until AWS's answer is decisive; one empty text for lists. */
  subjects: readonly string[];
}

/** The probe model's calls first; patterns that no known model matches separately. */
export function grantedCalls(
  delegation: Delegation,
  choice: Choice,
): { calls: GrantedCall[]; unresolved: string[] } {
  const calls = new Map<string, GrantedCall>();
  for (const call of delegation.grants.flatMap((grant) => callsOf(grant, delegation, choice)))
    calls.set(JSON.stringify(call), call);
  const first = ({ subjects }: GrantedCall) => (subjects[0] === choice.probeModel ? 0 : 1);
  return {
    calls: [...calls.values()].toSorted((a, b) => first(a) - first(b)),
    unresolved: unresolved(delegation, choice),
  };
}

function callsOf(grant: Grant, delegation: Delegation, choice: Choice): GrantedCall[] {
  const operations = grant.operations.includes("*") ? OPERATION_NAMES : (grant.operations as Operation[]);
  return grant.regions.flatMap((region) =>
    operations.flatMap((operation) =>
      subjectsOf(grant, { operation, region }, delegation, choice)
        .filter((subjects) => subjects.length > 0)
        .map((subjects) => ({ operation, region, subjects })),
    ),
  );
}

function subjectsOf(
  grant: Grant,
  { operation, region }: Pick<GrantedCall, "operation" | "region">,
  delegation: Delegation,
  choice: Choice,
): string[][] {
  const { subject } = OPERATIONS[operation];
  if (subject === "guardrail") return grant.models.filter(isGuardrail).map((guardrail) => [guardrail]);
  if (subject !== "model") return [[""]];
  // Models that only bedrock-mantle serves don't support the operations that are probed.
  const onMantle = new Set(
    delegation.aliases
      .filter(({ upstream }) => upstream?.startsWith("bedrock-mantle"))
      .map((each) => each.model),
  );
  const inRegion = (pattern: string, where: string) =>
    candidates(pattern, operation, { ...delegation, region: where }, choice);
  return patternsOf(grant)
    .filter((pattern) => isCalled(grant, region, (where) => inRegion(pattern, where)))
    .map((pattern) => inRegion(pattern, region).filter((model) => !onMantle.has(model)));
}

/**
 * A grant of models in regions holds pairs that AWS doesn't have: `eu.…` isn't called from us-east-1. They aren't tried
 * as long as another region of the grant has the pattern's models.
 */
function isCalled({ regions }: Grant, region: string, candidatesIn: (region: string) => string[]): boolean {
  const has = (where: string) => candidatesIn(where).some((id) => isServed(id, where));
  return has(region) || !regions.some(has);
}

function patternsOf({ models }: Grant): string[] {
  return models.filter((pattern) => !isGuardrail(pattern));
}

function unresolved(delegation: Delegation, choice: Choice): string[] {
  const patterns = new Set(delegation.grants.flatMap(patternsOf));
  const isKnown = (pattern: string) => candidates(pattern, "InvokeModel", delegation, choice).length > 0;
  return [...patterns].filter((pattern) => !isKnown(pattern));
}
