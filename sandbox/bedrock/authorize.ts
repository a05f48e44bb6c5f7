/**
 * The permissions that a Bedrock call needs, and the error when one is missing.
 * Source: "Prerequisites for inference profiles" and "Identity-based policy examples" in the Bedrock user guide, the
 * service authorization reference.
 */
import { bedrockError, validationError } from "../errors.ts";
import type { AwsError } from "../errors.ts";
import { policiesOf } from "../iam/context.ts";
import { decideByIdentity, reasonOf } from "../iam/evaluate.ts";
import type { Decision } from "../iam/evaluate.ts";
import { contextOf } from "../world.ts";
import type { Signed, World } from "../world.ts";
import type { FoundationModel } from "./catalogue.ts";
import type { Operation } from "./routes.ts";
import { foundationModelArn, requireNotEnded } from "./target.ts";
import type { Caller, Profile, Target } from "./call-target.ts";

/** One permission; a call needs all of its own. */
export interface Need {
  action: string;
  resource: string;
  /** Condition keys of this resource, lower case. */
  keys: Record<string, string[]>;
}

export interface ModelCall {
  target: Target;
  caller: Caller;
  /** Condition keys of the request, lower case. */
  keys: Record<string, string[]>;
}

/** IAM action of each operation: Converse has no separate one. */
export const ACTIONS: Readonly<Record<Operation, string>> = {
  InvokeModel: "bedrock:InvokeModel",
  InvokeModelWithResponseStream: "bedrock:InvokeModelWithResponseStream",
  // IAM's lists have no action of that name: this is unconfirmed.
  InvokeModelWithBidirectionalStream: "bedrock:InvokeModel",
  Converse: "bedrock:InvokeModel",
  ConverseStream: "bedrock:InvokeModelWithResponseStream",
  CountTokens: "bedrock:CountTokens",
  ApplyGuardrail: "bedrock:ApplyGuardrail",
  InvokeGuardrailChecks: "bedrock:InvokeGuardrailChecks",
  StartAsyncInvoke: "bedrock:InvokeModel",
  GetAsyncInvoke: "bedrock:GetAsyncInvoke",
  ListAsyncInvokes: "bedrock:ListAsyncInvokes",
  ListFoundationModels: "bedrock:ListFoundationModels",
  GetFoundationModel: "bedrock:GetFoundationModel",
  ListInferenceProfiles: "bedrock:ListInferenceProfiles",
  GetInferenceProfile: "bedrock:GetInferenceProfile",
};

export function callerOf({ principal, region }: Signed): Caller {
  const { account, partition } = principal.identity;
  return { account, partition, region };
}

/** Throws AccessDeniedException at the first missing permission. */
export function authorize(world: World, signed: Signed, needs: Need[]): void {
  const context = contextOf(world, signed);
  const policies = policiesOf(signed.principal);
  for (const { action, resource, keys } of needs) {
    const decision = decideByIdentity(policies, { action, resource, context: { ...context, ...keys } });
    if (!decision.allowed) throw denied(signed, { action, resource }, decision);
  }
}

/** Results are written with the caller's permissions. The words of the refusal are not AWS's: nobody lists them. */
export function authorizeOutput(world: World, signed: Signed, s3Uri: string): void {
  const { partition } = callerOf(signed);
  const resource = `arn:${partition}:s3:::${s3Uri.slice("s3://".length).replace(/\/$/, "")}/output`;
  const context = contextOf(world, signed);
  const decision = decideByIdentity(policiesOf(signed.principal), {
    action: "s3:PutObject",
    resource,
    context,
  });
  if (!decision.allowed)
    throw validationError(`The output can't be written: ${reasonOf(decision, "s3:PutObject")}`);
}

/** A bearer token needs its own permission, before the call's. */
export function authorizeBearer(world: World, signed: Signed, service: "bedrock" | "bedrock-mantle"): void {
  const keys = { [`${service}:bearertokentype`]: ["SHORT_TERM"] };
  authorize(world, signed, [{ action: `${service}:CallWithBearerToken`, resource: "*", keys }]);
}

/** The model, if it hasn't ended and the account has access to it: both are checked separately from IAM, and after it. */
export function accessible(world: World, { principal }: Signed, model: FoundationModel): FoundationModel {
  requireNotEnded(model, world.resources);
  if (world.directory.accounts.hasModelAccess(principal.identity.account, model.id)) return model;
  throw bedrockError(
    "AccessDeniedException",
    "You don't have access to the model with the specified model ID.",
  );
}

/**
 * The resources behind a model call. Direct: the model's ARN. Geographic profile: the profile, and the model in the
 * source and in every destination region. Global profile: the profile, the model in the source region, and the model
 * without a region, for which aws:RequestedRegion is `unspecified`. An application profile is like the one it was
 * copied from. Prompt router: the router, and all that it may choose. The account's own model: only its ARN.
 */
export function modelNeeds(action: string, { target, caller, keys }: ModelCall): Need[] {
  const { modelId, model, via } = target;
  if (via === null) {
    const name = model?.id ?? modelId;
    const { partition, region } = caller;
    const resource = name.startsWith("arn:") ? name : foundationModelArn(partition, region, name);
    return [{ action, resource, keys }];
  }
  switch (via.kind) {
    case "own":
      return [{ action, resource: via.arn, keys }];
    case "profile":
      return profileNeeds(action, via.profile, { caller, keys });
    case "router": {
      const through = { ...keys, "bedrock:promptrouterarn": [via.arn] };
      const behind = via.targets.map((each) => ({ target: each, caller, keys: through }));
      return [{ action, resource: via.arn, keys }, ...behind.flatMap((call) => modelNeeds(action, call))];
    }
    default: {
      const _: never = via;
      return _;
    }
  }
}

function profileNeeds(
  action: string,
  { arn, model, destinations }: Profile,
  { caller: { partition, region }, keys }: Omit<ModelCall, "target">,
): Need[] {
  const underProfile = { ...keys, "bedrock:inferenceprofilearn": [arn] };
  const modelIn = (place: string, requested: string): Need => ({
    action,
    resource: foundationModelArn(partition, place, model.id),
    keys: { ...underProfile, "aws:requestedregion": [requested] },
  });
  const others = (destinations ?? []).filter((each) => each !== region);
  const elsewhere =
    destinations === null ? [modelIn("", "unspecified")] : others.map((each) => modelIn(each, each));
  return [{ action, resource: arn, keys }, modelIn(region, region), ...elsewhere];
}

export function projectArn({ partition, region, account }: Caller, identifier: string): string {
  return identifier.startsWith("arn:")
    ? identifier
    : `arn:${partition}:bedrock:${region}:${account}:project/${identifier}`;
}

export function guardrailArn({ partition, region, account }: Caller, identifier: string): string {
  return identifier.startsWith("arn:")
    ? identifier
    : `arn:${partition}:bedrock:${region}:${account}:guardrail/${identifier}`;
}

function denied(
  { principal }: Signed,
  { action, resource }: { action: string; resource: string },
  decision: Exclude<Decision, { allowed: true }>,
): AwsError {
  return bedrockError(
    "AccessDeniedException",
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${reasonOf(decision, action)}`,
  );
}
