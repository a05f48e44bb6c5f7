/** What the role's permissions and session policies both derive from grants. */
import { outputPlace } from "../core/async-output.ts";
import type { Grant, RoleSettings } from "../core/delegation.ts";
import { OPERATION_NAMES, type Operation } from "../core/operations.ts";

export function operationsOf(grant: Grant): Operation[] {
  return grant.operations.includes("*") ? OPERATION_NAMES : (grant.operations as Operation[]);
}

/** ARN pattern of the objects that asynchronous invocations may write, if any may be started. */
export function asyncOutputOf(
  grants: readonly Grant[],
  { asyncOutput }: RoleSettings,
  partition: string,
): string | undefined {
  const isStarted = grants.some((grant) => operationsOf(grant).includes("StartAsyncInvoke"));
  if (asyncOutput === undefined || !isStarted) return undefined;
  return `arn:${partition}:s3:::${outputPlace(asyncOutput)}/*`;
}
