/**
 * Forms without which a document would mean something else to IAM, or nothing. Operators' input is checked on entry;
 * documents that delegate access don't rely on that. A `?`, `$` or `"` in a pattern never gets into one.
 */
import { isIP } from "node:net";
import type { Delegation, Grant, TrustSettings } from "../core/delegation.ts";
import { partitionOf } from "../core/regions.ts";
import { arnWithin } from "./arns.ts";
import { PolicyError } from "./document.ts";

const MODEL_ID = /^[A-Za-z0-9.:_*-]{1,256}$/;
const GUARDRAIL = /^guardrail\/[A-Za-z0-9.:_*-]{1,246}$/;
const MODEL_ARN =
  /^arn:[a-z-]+:bedrock:[a-z0-9*-]*:(?:[0-9]{12}|\*)?:(?:foundation-model|(?:application-)?inference-profile|provisioned-model|custom-model(?:-deployment)?|imported-model|(?:default-)?prompt-router|guardrail)\/[A-Za-z0-9.:_/*-]{1,256}$/;
const REQUIRED_GUARDRAIL =
  /^(?:arn:[a-z-]+:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail\/)?[a-z0-9]{1,64}(?::(?:[0-9]{1,8}|DRAFT))?$/;
const PROJECT = /^proj_[A-Za-z0-9_-]{1,64}$/;
/** `bucket` or `bucket/prefix`. */
const S3_OUTPUT = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9!_.'()/-]{1,512})?$/;

/** Throws PolicyError naming the first field that a role policy can't be made from. */
export function requirePermissions(delegation: Delegation): void {
  const { grants, role } = delegation;
  for (const [at, grant] of grants.entries()) requireGrant(grant, `grants[${at}]`, delegation);
  if (role.requiredGuardrail !== undefined && !REQUIRED_GUARDRAIL.test(role.requiredGuardrail))
    throw new PolicyError(
      "role.requiredGuardrail",
      "must be a guardrail's id or ARN, optionally with :version",
    );
  if (role.project !== undefined && !PROJECT.test(role.project))
    throw new PolicyError("role.project", "must be a project's id such as proj_a1b2c3d4");
  if (role.asyncOutput !== undefined && !S3_OUTPUT.test(role.asyncOutput))
    throw new PolicyError("role.asyncOutput", "must be a bucket or bucket/prefix");
}

function requireGrant({ models, regions }: Grant, field: string, delegation: Delegation): void {
  const { partition } = delegation;
  if (!regions.every((region) => partitionOf(region) === partition))
    throw new PolicyError(`${field}.regions`, `must be regions of the partition ${partition}`);
  for (const [at, model] of models.entries()) {
    const problem = modelProblem(model, regions, delegation);
    if (problem !== undefined) throw new PolicyError(`${field}.models[${at}]`, problem);
  }
}

function modelProblem(model: string, regions: readonly string[], delegation: Delegation): string | undefined {
  if (!model.startsWith("arn:"))
    return MODEL_ID.test(model) || GUARDRAIL.test(model)
      ? undefined
      : "must be a model id, guardrail/<id> or an ARN";
  if (!MODEL_ARN.test(model)) return "must be the ARN of a Bedrock model, profile, router or guardrail";
  if (regions.some((region) => arnWithin(model, { ...delegation, region }) !== undefined)) return undefined;
  return "is in a partition, region or account other than the grant's";
}

/** Throws PolicyError naming the first of the trust policy's conditions that IAM would not understand. */
export function requireTrust({ principalOrgId, sourceIps, sourceVpcs }: TrustSettings): void {
  if (principalOrgId !== undefined && !/^o-[a-z0-9]{10,32}$/.test(principalOrgId))
    throw new PolicyError("trust.principalOrgId", "must be an organization's id such as o-a1b2c3d4e5");
  if (!sourceIps.every(isCidr))
    throw new PolicyError("trust.sourceIps", "must be CIDR blocks such as 203.0.113.0/24");
  if (!sourceVpcs.every((id) => /^vpc-[0-9a-f]{8,17}$/.test(id)))
    throw new PolicyError("trust.sourceVpcs", "must be ids of VPCs such as vpc-0a1b2c3d");
}

function isCidr(block: string): boolean {
  const [, address = "", bits = ""] = /^([0-9A-Fa-f.:]+)\/([0-9]{1,3})$/.exec(block) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}
