/** The state of the chain, and its verification. */
import type { VerdictView } from "../../../src/admin/views/audit.ts";
import { call } from "../api.ts";
import { Button, Facts, Failure, Loading, Notice } from "../components/basics.tsx";
import { useAction, useGet } from "../components/hooks.ts";
import { useState } from "react";
import { ago, count } from "../format.ts";

export function Chain() {
  const state = useGet("GET /audit/state", {}, 5_000);
  const [verdict, setVerdict] = useState<VerdictView>();
  const { busy, error, run } = useAction();
  const verify = async () => setVerdict(await run(() => call("POST /audit/verify", {})));
  if (state.isError) return <Failure error={state.error} />;
  if (!state.data) return <Loading />;
  const { available, records, open, chains } = state.data;
  return (
    <div className="stack">
      {available ? (
        <Notice tone="ok">Calls are being recorded.</Notice>
      ) : (
        <Notice tone="bad">
          The log can't be written, and until it can, all calls are answered with 503. Check the disk and the
          gateway's log.
        </Notice>
      )}
      <Facts
        rows={[
          ["Records since startup", count(records)],
          ["Calls in progress", count(open)],
          ["Files", count(chains.reduce((sum, { segments }) => sum + segments, 0))],
          ...chains.map(({ name, signed }): [string, string] => [
            chains.length === 1 ? "Signed up to" : `Signed up to, ${name}`,
            signed
              ? `record ${signed.record}, ${ago(signed.time)}, by key ${signed.keyId}`
              : "no checkpoint yet",
          ]),
        ]}
      />
      <div>
        <Button kind="primary" disabled={busy} onClick={() => void verify()}>
          {busy ? "Reading the whole log …" : "Verify the log now"}
        </Button>
      </div>
      {error !== undefined && <Failure error={error} />}
      {verdict && <Verdict verdict={verdict} />}
    </div>
  );
}

function Verdict({ verdict: { ok, chains, problems } }: { verdict: VerdictView }) {
  const sum = (number: "records" | "checkpoints") => chains.reduce((all, chain) => all + chain[number], 0);
  if (ok)
    return (
      <Notice tone="ok">
        The log is unaltered: {count(sum("records"))} records, {count(sum("checkpoints"))} signatures, signed
        up to record{" "}
        {chains
          .map(({ name, signed }) => (chains.length === 1 ? `${signed}` : `${signed} of ${name}`))
          .join(", ")}
        .
      </Notice>
    );
  return (
    <Notice tone="bad">
      <p>The log was altered or is damaged:</p>
      <ul>
        {problems.map(({ file, line, message }) => (
          <li key={`${file} ${line} ${message}`}>
            <code>
              {file}:{line}
            </code>{" "}
            {message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
