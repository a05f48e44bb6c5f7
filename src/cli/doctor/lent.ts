/** What is lent: delegations by their state and latest verification, and keys that will soon expire. */
import type { Delegation } from "../../core/delegation.ts";
import type { Verification } from "../../core/verification.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import type { Store } from "../../store/store.ts";
import { ok, skipped, warning, type Check, type Finding } from "./check.ts";

const SOON_MS = 14 * 86_400_000;

export const lentCheck: Check = {
  name: "delegations",
  async run({ store: { file } }) {
    const store = await openSqliteStore(file, { mustExist: true }).catch(() => undefined);
    if (!store) return [skipped("there is no store to read")];
    try {
      return await findings(store);
    } finally {
      await store.close();
    }
  },
};

async function findings(store: Store): Promise<Finding[]> {
  const all = (await store.delegations.list()).filter(({ state }) => state !== "revoked");
  if (all.length === 0) return [ok("none: signet delegation create")];
  const found: Finding[] = [];
  for (const delegation of all)
    found.push(finding(delegation, await store.verifications.get(delegation.name)));
  const now = Date.now();
  const ending = (await store.keys.list()).filter(
    ({ revokedAt, expiresAt }) =>
      revokedAt === undefined && expiresAt !== undefined && expiresAt > now && expiresAt < now + SOON_MS,
  );
  for (const { id, client, expiresAt } of ending)
    found.push(
      warning(
        `key ${id} of ${client} expires ${new Date(expiresAt ?? 0).toISOString()}`,
        `signet key rotate ${id}`,
      ),
    );
  return found;
}

function finding({ name, state, stateReason }: Delegation, latest: Verification | undefined): Finding {
  const why = stateReason === undefined ? "" : `, ${stateReason}`;
  const proof = latest ? `${latest.verdict} ${new Date(latest.finishedAt).toISOString()}` : "never verified";
  const seen = `${name} is ${state}${why}; ${proof}`;
  if (state === "suspended") return warning(seen, `signet delegation resume ${name}`);
  if (state === "pending" || latest?.verdict !== "pass")
    return warning(seen, `signet delegation verify ${name}`);
  return ok(seen);
}
