/** What both the role's permissions and a session policy read out of grants in the same way. */
import type { Grant, RoleSettings } from "../core/delegation.ts";
import { OPERATION_NAMES, type Operation } from "../core/operations.ts";

export function operationsOf(grant: Grant): Operation[] {
  return grant.operations.includes("*") ? OPERATION_NAMES : (grant.operations as Operation[]);
}

/** ARN pattern of the objects that asynchronous invocations may write, where any may be started. */
export function asyncOutputOf(
  grants: readonly Grant[],
  { asyncOutput }: RoleSettings,
  partition: string,
): string | undefined {
  const isStarted = grants.some((grant) => operationsOf(grant).includes("StartAsyncInvoke"));
  if (asyncOutput === undefined || !isStarted) return undefined;
  return `arn:${partition}:s3:::${asyncOutput.replace(/\/+$/, "")}/*`;
}
