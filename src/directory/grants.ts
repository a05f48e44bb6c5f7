/** The lists of grants that a call must satisfy, all of them. */
import type { Grant } from "../core/delegation.ts";
import type { Identity } from "./directory.ts";

/** The delegation's, the client's and the key's own. */
export function applicableGrants({ delegation, client, key }: Identity): Grant[][] {
  const membership = client.delegations.find((entry) => entry.delegation === delegation.name);
  return [delegation.grants, membership?.grants, key.grants].filter(
    (grants) => grants !== null && grants !== undefined,
  );
}
