/** Delegations by state and latest verification, and keys that expire soon. */
import type { Delegation, Key } from "../../core/delegation.ts";
import type { Verification } from "../../core/verification.ts";
import { failed, ok, skipped, warning, type Check, type Finding } from "./check.ts";
import type { Installation } from "./installation.ts";
import type { Stored } from "./stored.ts";

const DAY_MS = 86_400_000;
const KEY_ENDS_SOON_MS = 14 * DAY_MS;
const STATES = ["active", "pending", "suspended", "revoked"] as const;

export const delegationsCheck: Check = {
  name: "delegations",
  overdue: "the disk that the store is on doesn't answer",
  async run({ config, stored, now }) {
    const found = await stored;
    if (found.state === "absent") return [ok("none yet; `signet delegation create` sets up the first one")];
    if (found.state !== "read") return [skipped("the store can't be read: see its check")];
    const staleMs = Math.max(DAY_MS, 2 * config.verification.intervalMinutes * 60_000);
    return [
      ok(countsOf(found.delegations)),
      ...found.delegations
        .filter(({ state }) => state !== "revoked")
        .map((delegation) => delegationFinding(delegation, found, { now, staleMs })),
      ...found.keys.flatMap((key) => keyFindings(key, now)),
    ];
  },
};

function countsOf(delegations: readonly Delegation[]): string {
  if (delegations.length === 0) return "none";
  return STATES.map((state) => [state, delegations.filter((each) => each.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
}

interface Ages {
  now: Installation["now"];
  /** A verification of an active role is stale after this long. */
  staleMs: number;
}

function delegationFinding(
  delegation: Delegation,
  { latest, full }: Extract<Stored, { state: "read" }>,
  { now, staleMs }: Ages,
): Finding {
  const { name, state, stateReason, roleArn } = delegation;
  const last = latest.get(name);
  const verification = verificationText(last, full.get(name), now);
  const why = stateReason === undefined ? "" : ` (${stateReason})`;
  const seen = `${name} is ${state}${why}; ${verification}`;
  const verify = `signet delegation verify ${name}`;
  if (state === "suspended")
    return warning(`${seen}; its callers are refused`, `signet delegation resume ${name}`);
  if (state === "pending") return warning(`${seen}; its callers are refused`, verify);
  if (last?.unenforced)
    return failed(seen, `signet policy trust ${name} prints the trust policy; then ${verify}`);
  if (last?.verdict !== "pass") return warning(seen, `${verify} reports the problem and a fix`);
  if (roleArn !== undefined && now - last.finishedAt > staleMs)
    return warning(
      `${seen}, too long ago`,
      `keep \`signet serve\` running, which re-verifies it; or ${verify}`,
    );
  return ok(seen);
}

function verificationText(
  last: Verification | undefined,
  full: Verification | undefined,
  now: number,
): string {
  if (!last) return "never verified";
  const result = (verification: Verification) =>
    `${verification.verdict} ${ageText(now - verification.finishedAt)} ago`;
  if (last.scope === "full") return `verification: ${result(last)}`;
  return `External ID: ${result(last)}; full verification: ${full ? result(full) : "never"}`;
}

function keyFindings({ id, client, delegation, expiresAt, revokedAt }: Key, now: number): Finding[] {
  if (revokedAt !== undefined || expiresAt === undefined) return [];
  if (expiresAt <= now || expiresAt > now + KEY_ENDS_SOON_MS) return [];
  const seen = `key ${id} of ${client} for ${delegation} expires in ${ageText(expiresAt - now)}`;
  return [warning(seen, `signet key rotate ${id}`)];
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
