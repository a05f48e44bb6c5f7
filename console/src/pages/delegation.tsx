/** One delegation: its facts, grants, verification, limits and actions. */
import { useState } from "react";
import { Link } from "wouter";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";
import { ApiError } from "../api.ts";
import { Card, Failure, Loading, Notice, PageHead, State } from "../components/basics.tsx";
import { Tabs } from "../components/tabs.tsx";
import { useGet, useMay } from "../components/hooks.ts";
import { Limits } from "../components/limits-form.tsx";
import { Probes } from "../components/probes.tsx";
import { Template } from "../components/template.tsx";
import { Verify } from "../components/verify.tsx";
import { ago, at } from "../format.ts";
import { Actions } from "./delegation-actions.tsx";
import { Aliases } from "./delegation-aliases.tsx";
import { About, Grants } from "./delegation-facts.tsx";
import { Endings } from "./overview-panels.tsx";

const TABS = [
  ["facts", "Overview"],
  ["verification", "Verification"],
  ["aliases", "Model names"],
  ["template", "Role"],
] as const;

export default function Delegation({ name }: { name: string }) {
  const found = useGet("GET /delegations/{name}", { params: { name } }, 10_000);
  const [tab, setTab] = useState<(typeof TABS)[number][0]>("facts");
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={5} />;
  const delegation = found.data;
  return (
    <>
      <PageHead title={name} about={<State state={delegation.state} />}>
        <Actions delegation={delegation} />
      </PageHead>
      <div className="stack">
        <StateNotice delegation={delegation} />
        <Endings delegation={name} />
        <div>
          <Tabs label="Delegation" tabs={TABS} chosen={tab} onChoose={setTab} />
          {tab === "facts" && (
            <div className="grid-2">
              <Card title="Details">
                <About delegation={delegation} />
              </Card>
              <div className="stack">
                <Card title="Grants">
                  <Grants delegation={delegation} />
                </Card>
                {delegation.state !== "revoked" && <Limits scope="delegation" name={name} />}
              </div>
            </div>
          )}
          {tab === "verification" && (
            <Card>
              <Verification delegation={delegation} />
            </Card>
          )}
          {tab === "aliases" && (
            <Card>
              <Aliases delegation={delegation} />
            </Card>
          )}
          {tab === "template" && (
            <Card>
              {delegation.roleArn === undefined ? (
                <p className="muted">
                  This delegation has no role: its calls are signed with Signet's own credentials.
                </p>
              ) : (
                <Template name={name} />
              )}
            </Card>
          )}
        </div>
      </div>
    </>
  );
}

function StateNotice({
  delegation: { name, state, stateReason, nextExternalId },
}: {
  delegation: DelegationView;
}) {
  const may = useMay("operator");
  if (state === "pending")
    return (
      <Notice tone="warn">
        <p>Not yet in use: it has not been verified that its role requires the External ID.</p>
        {may && <Link href={`/delegations/${encodeURIComponent(name)}/set-up`}>Continue the set-up</Link>}
      </Notice>
    );
  if (state === "suspended")
    return (
      <Notice tone="bad">{`Suspended; its callers are refused${stateReason === undefined ? "" : `: ${stateReason}`}.`}</Notice>
    );
  if (state === "revoked")
    return (
      <Notice tone="bad">{`Permanently revoked${stateReason === undefined ? "" : `: ${stateReason}`}.`}</Notice>
    );
  if (nextExternalId !== undefined)
    return (
      <Notice tone="warn">
        Its External ID is being replaced: once the role's trust policy accepts both (see Role), verify the
        delegation. From then on the new one is used.
      </Notice>
    );
  return null;
}

function Verification({ delegation: { name, state } }: { delegation: DelegationView }) {
  const latest = useGet("GET /delegations/{name}/verification", { params: { name } });
  const may = useMay("operator");
  const never = latest.error instanceof ApiError && latest.error.status === 404;
  return (
    <div className="stack">
      {may && state !== "revoked" && (
        <Verify
          name={name}
          how={state === "suspended" ? "resume" : "verify"}
          label={state === "suspended" ? "Verify and resume" : "Verify"}
        />
      )}
      {latest.data && (
        <div className="stack-s">
          <h3>
            Latest verification, <span title={at(latest.data.finishedAt)}>{ago(latest.data.finishedAt)}</span>
          </h3>
          <Probes probes={latest.data.probes} />
        </div>
      )}
      {never && <p className="muted">Never verified.</p>}
    </div>
  );
}
