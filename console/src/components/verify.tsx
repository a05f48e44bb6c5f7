/** Verification: runs the probes and shows them as they end. */
import { useState } from "react";
import type { ProbeView } from "../../../src/admin/views/verifications.ts";
import { follow, type AnswerOf } from "../api.ts";
import { Button, Failure, Notice } from "./basics.tsx";
import { useAction } from "./hooks.ts";
import { Probes } from "./probes.tsx";

type Proof = AnswerOf<"POST /delegations/{name}/verify">;

export function Verify({
  name,
  label = "Verify",
  how = "verify",
  onProof,
}: {
  name: string;
  label?: string;
  /** `resume`: only whether the External ID is demanded, of a suspended delegation. */
  how?: "verify" | "resume";
  onProof?: (proof: Proof) => void;
}) {
  const [probes, setProbes] = useState<ProbeView[]>([]);
  const [proof, setProof] = useState<Proof>();
  const { busy, error, run } = useAction();
  const verify = async () => {
    setProbes([]);
    setProof(undefined);
    const found = await run(() =>
      follow(`POST /delegations/{name}/${how}`, { params: { name } }, (probe) =>
        setProbes((before) => [...before, probe]),
      ),
    );
    if (!found) return;
    setProof(found);
    onProof?.(found);
  };
  return (
    <div className="stack">
      <div className="row">
        <Button kind="primary" disabled={busy} onClick={() => void verify()}>
          {busy ? "Probing AWS …" : proof ? "Verify again" : label}
        </Button>
        {busy && <span className="muted">{probes.length} probes so far</span>}
      </div>
      {probes.length > 0 && <Probes probes={probes} />}
      {error !== undefined && <Failure error={error} />}
      {proof && <Verdict proof={proof} />}
    </div>
  );
}

function Verdict({ proof: { verification, delegation } }: { proof: Proof }) {
  if (delegation.state === "active")
    return (
      <Notice tone="ok">{`${delegation.name} is active: its role demands the External ID and allows what is granted.`}</Notice>
    );
  if (verification.verdict === "fail")
    return (
      <Notice tone="bad">
        Not verified. Apply the fixes above, then verify again: nothing is used until every required probe
        passes.
      </Notice>
    );
  return <Notice tone="warn">Not decided: some probes got no clear answer. Try again shortly.</Notice>;
}
