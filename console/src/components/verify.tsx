/** Verification: runs the probes and shows them as they end. */
import { useState } from "react";
import type { ProbeView } from "../../../src/admin/views/verifications.ts";
import { follow, type AnswerOf } from "../api.ts";
import { Button, Failure, Notice } from "./basics.tsx";
import { TextField } from "./form.tsx";
import { useAction } from "./hooks.ts";
import { Probes } from "./probes.tsx";

type Result = AnswerOf<"POST /delegations/{name}/verify">;

export function Verify({
  name,
  label = "Verify",
  how = "verify",
  onResult,
}: {
  name: string;
  label?: string;
  /** `resume`: of a suspended delegation, only whether the External ID is required. */
  how?: "verify" | "resume";
  onResult?: (result: Result) => void;
}) {
  const [probes, setProbes] = useState<ProbeView[]>([]);
  const [result, setResult] = useState<Result>();
  const [probeModel, setProbeModel] = useState("");
  const { busy, error, run } = useAction();
  const verify = async () => {
    setProbes([]);
    setResult(undefined);
    const show = (probe: ProbeView) => setProbes((before) => [...before, probe]);
    const params = { name };
    const body = probeModel.trim() === "" ? {} : { probeModel: probeModel.trim() };
    const found = await run(() =>
      how === "resume"
        ? follow("POST /delegations/{name}/resume", { params }, show)
        : follow("POST /delegations/{name}/verify", { params, body }, show),
    );
    if (!found) return;
    setResult(found);
    onResult?.(found);
  };
  return (
    <div className="stack">
      {how === "verify" && (
        <TextField
          label="Probe model (optional)"
          help="Called first, for one token: best one that production doesn't use. Unless given, Signet chooses models that are offered today, cheap ones first."
          value={probeModel}
          onChange={setProbeModel}
        />
      )}
      <div className="row">
        <Button kind="primary" disabled={busy} onClick={() => void verify()}>
          {busy ? "Probing AWS …" : result ? "Verify again" : label}
        </Button>
        {busy && <span className="muted">{probes.length} probes so far</span>}
      </div>
      {probes.length > 0 && <Probes probes={probes} />}
      {error !== undefined && <Failure error={error} />}
      {result && <Verdict result={result} />}
    </div>
  );
}

function Verdict({ result: { verification, delegation } }: { result: Result }) {
  if (delegation.state === "active")
    return (
      <Notice tone="ok">{`${delegation.name} is active: its role requires the External ID and allows what is granted.`}</Notice>
    );
  if (verification.verdict === "fail")
    return (
      <Notice tone="bad">
        Not verified. Apply the fixes above, then verify again: the role isn't used until every required probe
        passes.
      </Notice>
    );
  return <Notice tone="warn">Inconclusive: some probes got no clear answer. Try again shortly.</Notice>;
}
