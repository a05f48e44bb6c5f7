/** Probes as they end: what passed, what failed, and how to fix it. */
import { CheckCircle2, CircleHelp, XCircle } from "lucide-react";
import type { ProbeView } from "../../../src/admin/views/verifications.ts";
import { duration } from "../format.ts";
import { Code } from "./code.tsx";

const ICONS = { pass: CheckCircle2, fail: XCircle, unknown: CircleHelp };
const WHERE: Record<string, string> = {
  trust_policy: "the account owner: the role's trust policy",
  role_policy: "the account owner: the role's permissions",
  signet_policy: "Signet's operator: Signet's own AWS policy",
  role: "the account owner: the role",
  account: "the account owner: the account",
  signet: "Signet's operator, here",
};

export function Probes({ probes }: { probes: readonly ProbeView[] }) {
  return (
    <ul aria-live="polite" aria-relevant="additions">
      {probes.map((probe) => (
        <Probe key={probe.probe} probe={probe} />
      ))}
    </ul>
  );
}

function Probe({
  probe: { title, status, required, answer, cause, fix, milliseconds },
}: {
  probe: ProbeView;
}) {
  const Icon = ICONS[status];
  return (
    <li className="probe">
      <Icon size={18} className={status} aria-hidden />
      <div>
        <span className="visually-hidden">
          {{ pass: "Passed:", fail: "Failed:", unknown: "Inconclusive:" }[status]}{" "}
        </span>
        {title}
        {!required && <span className="muted small"> (not required)</span>}
        <div className="muted small break">{answer}</div>
      </div>
      <span className="muted small num">{duration(milliseconds)}</span>
      {status !== "pass" && fix && (
        <div className="fix stack-s">
          <p>
            <strong>Likely cause: {(cause ?? "").replaceAll("_", " ")}.</strong> {fix.advice}
          </p>
          <p className="muted small">To be changed by {WHERE[fix.where] ?? fix.where}.</p>
          {fix.commands.map((command) => (
            <Code key={command} label="Command that fixes it" text={command} />
          ))}
          {fix.policy && <Code label="Policy that fixes it" text={JSON.stringify(fix.policy, null, 2)} />}
        </div>
      )}
    </li>
  );
}
