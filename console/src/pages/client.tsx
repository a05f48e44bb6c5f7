/** One client: its delegations, keys, limits, and its end. */
import { useState } from "react";
import type { ClientView } from "../../../src/admin/views/clients.ts";
import type { IssuedKeyView } from "../../../src/admin/views/keys.ts";
import { ApiError, call } from "../api.ts";
import { Button, Card, Failure, Field, Loading, PageHead, State } from "../components/basics.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { useAction, useGet, useMay, useRefresh } from "../components/hooks.ts";
import { KeyTable, ShownOnce } from "../components/keys.tsx";
import { Limits } from "../components/limits-form.tsx";

export default function Client({ name }: { name: string }) {
  const found = useGet("GET /clients/{name}", { params: { name } }, 10_000);
  const keys = useGet("GET /keys", { query: { client: name, limit: 200 } }, 10_000);
  const [asking, setAsking] = useState<"key" | "join" | "revoke">();
  const [shown, setShown] = useState<IssuedKeyView>();
  const may = useMay("operator");
  const refresh = useRefresh();
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={4} />;
  const { revokedAt, delegations } = found.data;
  const working = keys.data?.items.filter(({ state }) => state === "active").length ?? 0;
  const close = () => setAsking(undefined);
  const revoke = async () => {
    await call("POST /clients/{name}/revoke", { params: { name } });
    await refresh();
  };
  return (
    <>
      <PageHead title={name} about={<State state={revokedAt === undefined ? "active" : "revoked"} />}>
        {may && revokedAt === undefined && (
          <>
            <Button kind="primary" onClick={() => setAsking("key")}>
              Issue a key
            </Button>
            <Button kind="danger" onClick={() => setAsking("revoke")}>
              Revoke the client
            </Button>
          </>
        )}
      </PageHead>
      <div className="stack">
        <Card title="Keys">{keys.data ? <KeyTable keys={keys.data.items} /> : <Loading />}</Card>
        <div className="grid-2">
          <Card
            title="Delegations"
            tools={
              may &&
              revokedAt === undefined && (
                <Button small onClick={() => setAsking("join")}>
                  Add one
                </Button>
              )
            }
          >
            <ul className="stack-s">
              {delegations.map(({ delegation, grants }) => (
                <li key={delegation}>
                  <strong>{delegation}</strong>{" "}
                  <span className="muted">
                    {grants === null
                      ? "all that it allows"
                      : grants.map(({ models }) => models.join(", ")).join("; ")}
                  </span>
                </li>
              ))}
            </ul>
          </Card>
          {revokedAt === undefined && <Limits scope="client" name={name} />}
        </div>
      </div>
      <NewKey client={found.data} open={asking === "key"} onClose={close} onIssued={setShown} />
      <Join client={found.data} open={asking === "join"} onClose={close} />
      <ShownOnce issued={shown} onStored={() => setShown(undefined)} />
      <Confirm
        title={`Revoke ${name} for good?`}
        action="Revoke for good"
        open={asking === "revoke"}
        onClose={close}
        onConfirm={revoke}
      >
        <p>
          Within a second, <strong>all {working} working keys</strong> of {name} are refused, and its running
          calls are cut. It can't be undone.
        </p>
      </Confirm>
    </>
  );
}

function NewKey({
  client,
  open,
  onClose,
  onIssued,
}: {
  client: ClientView;
  open: boolean;
  onClose: () => void;
  onIssued: (issued: IssuedKeyView) => void;
}) {
  const [delegation, setDelegation] = useState(client.delegations[0]?.delegation ?? "");
  const [expiresIn, setExpiresIn] = useState("90d");
  const [pair, setPair] = useState(false);
  const settings = useGet("GET /settings", {});
  const pairs = settings.data?.features.find((feature) => feature.name === "Access-key pairs");
  const { busy, error, run } = useAction();
  const issue = async () => {
    const body = {
      client: client.name,
      delegation,
      ...(expiresIn.trim() === "" ? {} : { expiresIn: expiresIn.trim() }),
      ...(pair ? { kind: "access-key-pair" as const } : {}),
    };
    const made = await run(() => call("POST /keys", { body }));
    if (!made) return;
    onClose();
    onIssued(made);
  };
  const problem = (field: string) => (error instanceof ApiError ? error.of(field) : undefined);
  return (
    <Dialog title={`Issue a key to ${client.name}`} open={open} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void issue();
        }}
      >
        <Field label="Delegation" error={problem("delegation")}>
          {(props) => (
            <select {...props} value={delegation} onChange={({ target }) => setDelegation(target.value)}>
              {client.delegations.map((each) => (
                <option key={each.delegation}>{each.delegation}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Expires in" help="Such as 12h or 90d; empty: never" error={problem("expiresIn")}>
          {(props) => (
            <input {...props} value={expiresIn} onChange={({ target }) => setExpiresIn(target.value)} />
          )}
        </Field>
        {pairs && (
          <label className="check">
            <input
              type="checkbox"
              checked={pair}
              disabled={!pairs.on}
              onChange={({ target }) => setPair(target.checked)}
            />
            <span>
              An access-key pair, for programs that sign with SigV4
              <br />
              <span className="muted small">
                {pairs.on ? "Any AWS SDK, the AWS CLI, and Flashback's type AWS." : pairs.detail}
              </span>
            </span>
          </label>
        )}
        {error !== undefined && <Failure error={error} />}
        <div className="actions row">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={busy}>
            Issue the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Join({ client, open, onClose }: { client: ClientView; open: boolean; onClose: () => void }) {
  const all = useGet("GET /delegations", { query: { limit: 200 } });
  const own = new Set(client.delegations.map(({ delegation }) => delegation));
  const others = all.data?.items.filter(({ name, state }) => !own.has(name) && state !== "revoked") ?? [];
  const [chosen, setChosen] = useState("");
  const { busy, error, run } = useAction();
  const join = async () => {
    const delegation = chosen === "" ? others[0]?.name : chosen;
    if (delegation === undefined) return;
    const body = { delegation };
    if (await run(() => call("POST /clients/{name}/delegations", { params: { name: client.name }, body })))
      onClose();
  };
  return (
    <Dialog title={`Let ${client.name} use one more delegation`} open={open} onClose={onClose}>
      {others.length === 0 ? (
        <p>It belongs to every delegation there is.</p>
      ) : (
        <Field label="Delegation">
          {(props) => (
            <select {...props} value={chosen} onChange={({ target }) => setChosen(target.value)}>
              {others.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      {error !== undefined && <Failure error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" disabled={busy || others.length === 0} onClick={() => void join()}>
          Add it
        </Button>
      </div>
    </Dialog>
  );
}
