/** One delegation: what it is, what it allows, its proof, its limits, and its end. */
import { useState } from "react";
import { Link } from "wouter";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";
import { ApiError, call } from "../api.ts";
import {
  Button,
  Card,
  Facts,
  Failure,
  Field,
  Loading,
  Notice,
  PageHead,
  State,
  Tabs,
} from "../components/basics.tsx";
import { Confirm } from "../components/dialog.tsx";
import { useAction, useGet, useMay, useRefresh } from "../components/hooks.ts";
import { Limits } from "../components/limits-form.tsx";
import { Probes } from "../components/probes.tsx";
import { Template } from "../components/template.tsx";
import { Verify } from "../components/verify.tsx";
import { ago, at } from "../format.ts";

const TABS = [
  ["facts", "Facts"],
  ["proof", "Verification"],
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
        <div>
          <Tabs label="Delegation" tabs={TABS} chosen={tab} onChoose={setTab} />
          {tab === "facts" && (
            <div className="grid-2">
              <Card title="What it is">
                <About delegation={delegation} />
              </Card>
              <div className="stack">
                <Card title="What it allows">
                  <Grants delegation={delegation} />
                </Card>
                {delegation.state !== "revoked" && <Limits scope="delegation" name={name} />}
              </div>
            </div>
          )}
          {tab === "proof" && (
            <Card>
              <Proof delegation={delegation} />
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
                <p className="muted">It has no role: Signet's own credentials sign its calls.</p>
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
        <p>It is not in use: nothing has proven yet that its role demands the External ID.</p>
        {may && <Link href={`/delegations/${encodeURIComponent(name)}/set-up`}>Continue the set-up</Link>}
      </Notice>
    );
  if (state === "suspended")
    return (
      <Notice tone="bad">{`It is suspended, and its callers are refused${stateReason === undefined ? "" : `: ${stateReason}`}.`}</Notice>
    );
  if (state === "revoked")
    return (
      <Notice tone="bad">{`It has ended for good${stateReason === undefined ? "" : `: ${stateReason}`}.`}</Notice>
    );
  if (nextExternalId !== undefined)
    return (
      <Notice tone="warn">
        Its External ID is being replaced: once the role's trust policy accepts both (see Role), verify it.
        The new one is used from then on.
      </Notice>
    );
  return null;
}

function About({ delegation }: { delegation: DelegationView }) {
  const { session, trust, role } = delegation;
  return (
    <Facts
      rows={[
        ["Account", <code key="account">{delegation.account}</code>],
        ["Role", <code key="role">{delegation.roleArn ?? "none: Signet's own credentials"}</code>],
        ["External ID", <code key="id">{delegation.externalId ?? "–"}</code>],
        ...(delegation.nextExternalId === undefined
          ? []
          : [["Next External ID", <code key="next">{delegation.nextExternalId}</code>] as const]),
        ["Region", delegation.region],
        ["Trusts", <code key="trust">{trust.principal ?? "not known yet"}</code>],
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
        ["Guardrail", role.requiredGuardrail ?? "none required"],
        [
          "Prompts and answers",
          delegation.recordContent ? "are recorded in the audit log" : "are not recorded",
        ],
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

function Grants({ delegation: { grants } }: { delegation: DelegationView }) {
  return (
    <ul className="stack">
      {grants.map(({ operations, models, regions, headers }) => (
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
              ...(headers.length > 0 ? [["Headers", headers.join(", ")] as const] : []),
            ]}
          />
        </li>
      ))}
    </ul>
  );
}

function Proof({ delegation: { name, state } }: { delegation: DelegationView }) {
  const latest = useGet("GET /delegations/{name}/verification", { params: { name } });
  const may = useMay("operator");
  const never = latest.error instanceof ApiError && latest.error.status === 404;
  return (
    <div className="stack">
      {may && state !== "revoked" && (
        <Verify
          name={name}
          how={state === "suspended" ? "resume" : "verify"}
          label={state === "suspended" ? "Prove it and resume" : "Verify"}
        />
      )}
      {latest.data && (
        <div className="stack-s">
          <h3>
            The latest verification,{" "}
            <span title={at(latest.data.finishedAt)}>{ago(latest.data.finishedAt)}</span>
          </h3>
          <Probes probes={latest.data.probes} />
        </div>
      )}
      {never && <p className="muted">It was never verified.</p>}
    </div>
  );
}

function Aliases({ delegation: { name, aliases, state } }: { delegation: DelegationView }) {
  const may = useMay("operator") && state !== "revoked";
  const [alias, setAlias] = useState("");
  const [model, setModel] = useState("");
  const { busy, error, run } = useAction();
  const problem = (field: string) => (error instanceof ApiError ? error.of(field) : undefined);
  const add = async () => {
    if (
      !(await run(() =>
        call("PUT /delegations/{name}/aliases/{alias}", { params: { name, alias }, body: { model } }),
      ))
    )
      return;
    setAlias("");
    setModel("");
  };
  return (
    <div className="stack">
      <p className="muted">
        Names that callers may use for a model, beside the model's own. What they may call is still a matter
        of grants.
      </p>
      {aliases.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Model</th>
              <th scope="col">Goes to</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {aliases.map((each) => (
              <tr key={each.name}>
                <th scope="row">{each.name}</th>
                <td className="mono break">{each.model}</td>
                <td>{each.upstream ?? "converse"}</td>
                <td className="num">
                  {may && (
                    <Button
                      small
                      aria-label={`Remove ${each.name}`}
                      onClick={() =>
                        void run(() =>
                          call("DELETE /delegations/{name}/aliases/{alias}", {
                            params: { name, alias: each.name },
                          }),
                        )
                      }
                    >
                      Remove
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {may && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <Field label="Name" error={problem("name")}>
            {(props) => (
              <input {...props} value={alias} onChange={({ target }) => setAlias(target.value)} required />
            )}
          </Field>
          <Field label="Model" error={problem("model")}>
            {(props) => (
              <input {...props} value={model} onChange={({ target }) => setModel(target.value)} required />
            )}
          </Field>
          <Button type="submit" disabled={busy}>
            Add
          </Button>
        </form>
      )}
      {error !== undefined && <Failure error={error} />}
    </div>
  );
}

type Ending = "suspend" | "revoke" | "rotate";

function Actions({ delegation: { name, state, externalId } }: { delegation: DelegationView }) {
  const may = useMay("operator");
  const [asking, setAsking] = useState<Ending>();
  const [reason, setReason] = useState("");
  const refresh = useRefresh();
  if (!may || state === "revoked") return null;
  const params = { name };
  const because = reason.trim() === "" ? {} : { reason: reason.trim() };
  const close = () => setAsking(undefined);
  return (
    <>
      {externalId !== undefined && <Button onClick={() => setAsking("rotate")}>Rotate External ID</Button>}
      {state === "active" && <Button onClick={() => setAsking("suspend")}>Suspend</Button>}
      <Button kind="danger" onClick={() => setAsking("revoke")}>
        Revoke
      </Button>
      <Confirm
        title={`Suspend ${name}?`}
        action="Suspend"
        open={asking === "suspend"}
        onClose={close}
        onConfirm={() => call("POST /delegations/{name}/suspend", { params, body: because }).then(refresh)}
      >
        <Stops name={name} />
        <p>It can be resumed, by proof that its role still demands the External ID.</p>
        <Reason reason={reason} onChange={setReason} />
      </Confirm>
      <Confirm
        title={`Revoke ${name} for good?`}
        action="Revoke for good"
        open={asking === "revoke"}
        onClose={close}
        onConfirm={() => call("POST /delegations/{name}/revoke", { params, body: because }).then(refresh)}
      >
        <Stops name={name} />
        <p>
          It can't be undone. AWS honours sessions that were given out until the account's owner ends them:
          see Role.
        </p>
        <Reason reason={reason} onChange={setReason} />
      </Confirm>
      <Confirm
        title="Replace the External ID?"
        action="Begin"
        open={asking === "rotate"}
        onClose={close}
        onConfirm={() => call("POST /delegations/{name}/rotate-external-id", { params }).then(refresh)}
      >
        <p>
          Nothing stops: the old one is used until a verification has proven that the role accepts the new
          one.
        </p>
      </Confirm>
    </>
  );
}

function Reason({ reason, onChange }: { reason: string; onChange: (reason: string) => void }) {
  return (
    <Field label="Reason" help="For the audit log; may be empty">
      {(props) => <input {...props} value={reason} onChange={({ target }) => onChange(target.value)} />}
    </Field>
  );
}

/** What ends at once. */
function Stops({ name }: { name: string }) {
  const keys = useGet("GET /keys", { query: { delegation: name, state: "active", limit: 200 } });
  const clients = useGet("GET /clients", { query: { limit: 200 } });
  const affected = clients.data?.items.filter(
    ({ delegations, revokedAt }) =>
      revokedAt === undefined && delegations.some((each) => each.delegation === name),
  );
  return (
    <p>
      Within a second, <strong>{keys.data?.items.length ?? "…"} keys</strong> of{" "}
      <strong>{affected?.map((client) => client.name).join(", ") || "no clients"}</strong> are refused, and
      their running calls are cut.
    </p>
  );
}
