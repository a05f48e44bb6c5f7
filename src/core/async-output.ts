/** Where asynchronous jobs write: each client of a delegation below a prefix of its own, so that a job has an owner. */
import type { Client, RoleSettings } from "./delegation.ts";

/** `bucket` or `bucket/prefix`, without the slash that it may end in. */
export function outputPlace(asyncOutput: string): string {
  return asyncOutput.replace(/\/+$/, "");
}

/** The role's settings for one client's session: `asyncOutput` is the client's own part of the delegation's place. */
export function ownOutput(role: RoleSettings, { name }: Pick<Client, "name">): RoleSettings {
  const { asyncOutput } = role;
  return asyncOutput === undefined ? role : { ...role, asyncOutput: `${outputPlace(asyncOutput)}/${name}` };
}
