/** Verification by probes: verify and resume, reported probe by probe. */
import { z } from "zod";
import type { Delegation } from "../../core/delegation.ts";
import type { Verification } from "../../core/verification.ts";
import type { Store } from "../../store/store.ts";
import { wrongState } from "../../registry/errors.ts";
import { recordVerification } from "../../registry/verified.ts";
import { operation, type AdminParts } from "../operation.ts";
import { delegationView } from "../views/delegations.ts";
import { probeView, verificationView, type ProbeView } from "../views/verifications.ts";
import { named } from "./delegations.ts";

const verificationResult = z.object({
  verification: verificationView,
  /** Before the verification, and after it. */
  before: delegationView,
  delegation: delegationView,
});

interface How {
  scope: Verification["scope"];
  deep: boolean;
  activate: boolean;
  probeModel: string | undefined;
}

async function runVerification(
  parts: AdminParts,
  before: Delegation,
  { scope, deep, activate, probeModel = parts.probeModel }: How,
  emit: (probe: ProbeView) => void,
) {
  const { verifyDelegation } = await import("../../probes/verify.ts");
  const models = await callersModels(parts.store, before.name);
  const options = { scope, deep, named: models, ...(probeModel === undefined ? {} : { probeModel }) };
  const verification = await verifyDelegation(await parts.probes(), before, options, emit);
  const found = { verified: before, verification, activate };
  const delegation = await recordVerification(parts.store, found, parts.operator);
  return { verification, before, delegation };
}

/** What the delegation's clients and keys are granted by themselves: models in use, which probes try early. */
async function callersModels(store: Store, delegation: string): Promise<string[]> {
  const [clients, keys] = await Promise.all([store.clients.list(), store.keys.list({ delegation })]);
  const memberships = clients.flatMap((client) => client.delegations);
  const grants = [
    ...memberships.filter((each) => each.delegation === delegation).flatMap((each) => each.grants ?? []),
    ...keys.flatMap((key) => key.grants ?? []),
  ];
  return grants.flatMap(({ models }) => models);
}

export const verify = operation(
  {
    id: "delegations.verify",
    method: "POST",
    path: "/delegations/{name}/verify",
    role: "operator",
    summary: "Verify the role by probes; a pending delegation that passes becomes active.",
    body: z.strictObject({
      deep: z.boolean("must be true or false").exactOptional(),
      activate: z.boolean("must be true or false").exactOptional(),
      probeModel: z
        .string("must be a string")
        .regex(/^[A-Za-z0-9.:_/-]{1,256}$/, "must be a model id, an inference-profile id or an ARN")
        .exactOptional(),
    }),
    result: verificationResult,
    progress: probeView,
  },
  async (parts, asked, emit) => {
    const { deep = false, activate = true, probeModel } = asked.body;
    return runVerification(
      parts,
      await named(parts, asked),
      { scope: "full", deep, activate, probeModel },
      emit,
    );
  },
);

export const resume = operation(
  {
    id: "delegations.resume",
    method: "POST",
    path: "/delegations/{name}/resume",
    role: "operator",
    summary: "Resume a suspended delegation after verifying that its role requires the External ID.",
    body: z.strictObject({}),
    result: verificationResult,
    progress: probeView,
  },
  async (parts, asked, emit) => {
    const before = await named(parts, asked);
    if (before.state !== "suspended")
      throw wrongState("delegation", `${before.name} is ${before.state}, not suspended`);
    const how = { scope: "enforcement", deep: false, activate: true, probeModel: undefined } as const;
    return runVerification(parts, before, how, emit);
  },
);
