/** A delegation's facts and grants. */
import type { DelegationView } from "../../../src/admin/views/delegations.ts";
import { Facts } from "../components/basics.tsx";
import { ago, at } from "../format.ts";

export function About({ delegation }: { delegation: DelegationView }) {
  const { session, trust, role } = delegation;
  return (
    <Facts
      rows={[
        ["Account", <code key="account">{delegation.account}</code>],
        ["Role", <code key="role">{delegation.roleArn ?? "none (Signet's own credentials)"}</code>],
        ["External ID", <code key="id">{delegation.externalId ?? "–"}</code>],
        ...(delegation.nextExternalId === undefined
          ? []
          : [["Next External ID", <code key="next">{delegation.nextExternalId}</code>] as const]),
        ["Region", delegation.region],
        ["Trusts", <code key="trust">{trust.principal ?? "unknown"}</code>],
        [
          "Sessions",
          `${session.durationSeconds / 60} minutes${session.sourceIdentity === undefined ? "" : `, source identity ${session.sourceIdentity}`}`,
        ],
        [
          "Session tags",
          Object.entries(session.tags)
            .map(([key, value]) => `${key}=${value}`)
            .join(", ") || "none",
        ],
        ["Required guardrail", role.requiredGuardrail ?? "none"],
        ["Project", role.project ?? "the account's default one"],
        ["Prompts and answers", delegation.recordContent ? "recorded in the audit log" : "not recorded"],
        [
          "Created",
          <span key="created" title={at(delegation.createdAt)}>
            {ago(delegation.createdAt)}
          </span>,
        ],
      ]}
    />
  );
}

export function Grants({ delegation: { grants } }: { delegation: DelegationView }) {
  return (
    <ul className="stack">
      {grants.map(({ operations, models, regions, settings }) => (
        <li key={JSON.stringify([operations, models, regions])}>
          <Facts
            rows={[
              ["Operations", operations.join(", ")],
              [
                "Models",
                <span key="models" className="mono">
                  {models.join(", ")}
                </span>,
              ],
              ["Regions", regions.join(", ")],
              ...(settings.length > 0 ? [["Settings", settings.join(", ")] as const] : []),
            ]}
          />
        </li>
      ))}
    </ul>
  );
}
