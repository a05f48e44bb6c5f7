/** Keys in a table, with an operator's actions; a new secret is shown once. */
import { useState } from "react";
import { Link } from "wouter";
import type { IssuedKeyView, KeyView } from "../../../src/admin/views/keys.ts";
import { call } from "../api.ts";
import { ago, at } from "../format.ts";
import { Button, Notice, State } from "./basics.tsx";
import { Code } from "./code.tsx";
import { TextField } from "./form.tsx";
import { Confirm, Dialog, FormDialog } from "./dialog.tsx";
import { useAction, useMay, useRefresh } from "./hooks.ts";
import { issued as remember } from "./issued.ts";

export function KeyTable({ keys, withClient = false }: { keys: readonly KeyView[]; withClient?: boolean }) {
  if (keys.length === 0) return <p className="muted">No keys.</p>;
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            {withClient && <th scope="col">Client</th>}
            <th scope="col">State</th>
            <th scope="col">Delegation</th>
            <th scope="col">Kind</th>
            <th scope="col">Expires</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <th scope="row" className="mono">
                {key.id}
                {key.accessKeyId !== undefined && <div className="muted small">{key.accessKeyId}</div>}
              </th>
              {withClient && (
                <td>
                  <Link href={`/clients/${encodeURIComponent(key.client)}`}>{key.client}</Link>
                </td>
              )}
              <td>
                <State state={key.state} />
              </td>
              <td>{key.delegation}</td>
              <td>{key.kind === "secret" ? "secret" : "access-key pair"}</td>
              <td title={key.expiresAt === undefined ? "" : at(key.expiresAt)}>
                {key.expiresAt === undefined ? "never" : ago(key.expiresAt)}
              </td>
              <td className="num">
                {key.state === "active" && <KeyActions id={key.id} client={key.client} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function KeyActions({ id, client }: { id: string; client: string }) {
  const may = useMay("operator");
  const [asking, setAsking] = useState<"rotate" | "revoke">();
  const [shown, setShown] = useState<IssuedKeyView>();
  const refresh = useRefresh();
  if (!may) return null;
  const revoke = async () => {
    await call("POST /keys/{id}/revoke", { params: { id } });
    await refresh();
  };
  return (
    <span className="row">
      <Button small onClick={() => setAsking("rotate")}>
        Rotate
      </Button>
      <Button small kind="danger" onClick={() => setAsking("revoke")}>
        Revoke
      </Button>
      <Confirm
        title={`Revoke the key ${id}?`}
        action="Revoke"
        open={asking === "revoke"}
        onClose={() => setAsking(undefined)}
        onConfirm={revoke}
      >
        <p>
          Within a second, all requests of <strong>{client}</strong> with this key are refused, and its
          running calls are cut off. This can't be undone.
        </p>
      </Confirm>
      <Rotate id={id} open={asking === "rotate"} onClose={() => setAsking(undefined)} onIssued={setShown} />
      <ShownOnce issued={shown} onStored={() => setShown(undefined)} />
    </span>
  );
}

function Rotate({
  id,
  open,
  onClose,
  onIssued,
}: {
  id: string;
  open: boolean;
  onClose: () => void;
  onIssued: (issued: IssuedKeyView) => void;
}) {
  const [overlap, setOverlap] = useState("24h");
  const action = useAction();
  const rotate = async () => {
    const made = await action.run(() =>
      call("POST /keys/{id}/rotate", { params: { id }, body: { overlap } }),
    );
    if (!made) return;
    onClose();
    onIssued(made);
  };
  return (
    <FormDialog
      title={`Rotate the key ${id}`}
      submit="Issue the new key"
      open={open}
      action={action}
      onClose={onClose}
      onSubmit={rotate}
    >
      <TextField
        label="Keep the old key valid for"
        help="For example 0s, 1h, 24h or 7d"
        value={overlap}
        onChange={setOverlap}
      />
    </FormDialog>
  );
}

/** The only time that a secret is shown: the dialog closes only when the user confirms having stored it. */
export function ShownOnce({ issued, onStored }: { issued: IssuedKeyView | undefined; onStored: () => void }) {
  if (issued) remember(issued);
  return (
    <Dialog title="Store this secret now" open={issued !== undefined}>
      {issued && (
        <>
          <Notice tone="warn">This is the only time that it is shown.</Notice>
          {issued.secret !== undefined && <Code label="Secret" text={issued.secret} />}
          {issued.accessKeyId !== undefined && (
            <>
              <h3>Access key id</h3>
              <Code label="Access key id" text={issued.accessKeyId} />
              <h3>Secret access key</h3>
              <Code label="Secret access key" text={issued.secretAccessKey ?? ""} />
            </>
          )}
          <div className="actions">
            <Link href={`/connect?key=${issued.key.id}`} className="button" onClick={onStored}>
              Connect a program
            </Link>
            <Button kind="primary" onClick={onStored}>
              I have stored it
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
