/** Who has access to the admin API and this console: admin tokens. */
import { useState } from "react";
import type { AdminTokenView, WhoView } from "../../../src/admin/views/access.ts";
import { call } from "../api.ts";
import { Button, Card, Failure, Notice, State } from "../components/basics.tsx";
import { Code } from "../components/code.tsx";
import { Confirm, Dialog, FormDialog } from "../components/dialog.tsx";
import { SelectField, TextField } from "../components/form.tsx";
import { ROLES, useAction, useGet, useMay, useRefresh } from "../components/hooks.ts";
import { ago, at } from "../format.ts";

export function Access() {
  const may = useMay("admin");
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<AdminTokenView>();
  const [secret, setSecret] = useState<string>();
  const refresh = useRefresh();
  if (!may) return <Notice tone="info">Only the role admin may see who has access.</Notice>;
  const revoke = async () => {
    if (!revoking) return;
    await call("POST /admin-tokens/{id}/revoke", { params: { id: revoking.id } });
    await refresh();
  };
  return (
    <Card
      title="Admin tokens"
      tools={
        <Button small onClick={() => setAdding(true)}>
          New token
        </Button>
      }
    >
      <Tokens onRevoke={setRevoking} />
      <NewToken open={adding} onClose={() => setAdding(false)} onIssued={setSecret} />
      <Dialog title="Store this token now" open={secret !== undefined}>
        <Notice tone="warn">This is the only time that it is shown.</Notice>
        <Code label="Admin token" text={secret ?? ""} />
        <div className="actions">
          <Button kind="primary" onClick={() => setSecret(undefined)}>
            I have stored it
          </Button>
        </div>
      </Dialog>
      <Confirm
        title={`Revoke ${revoking?.name}?`}
        action="Revoke"
        open={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        onConfirm={revoke}
      >
        <p>Programs that use it are refused immediately, and console sessions started with it end.</p>
      </Confirm>
    </Card>
  );
}

function Tokens({ onRevoke }: { onRevoke: (token: AdminTokenView) => void }) {
  const tokens = useGet("GET /admin-tokens", { query: { limit: 200 } });
  if (tokens.isError) return <Failure error={tokens.error} />;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">State</th>
          <th scope="col">Expires</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.data?.items.map((token) => (
          <tr key={token.id}>
            <th scope="row">{token.name}</th>
            <td>{token.role}</td>
            <td>
              <State state={token.state} />
            </td>
            <td title={at(token.expiresAt)}>{ago(token.expiresAt)}</td>
            <td className="num">
              {token.state === "active" && (
                <Button small kind="danger" onClick={() => onRevoke(token)}>
                  Revoke
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NewToken({
  open,
  onClose,
  onIssued,
}: {
  open: boolean;
  onClose: () => void;
  onIssued: (secret: string) => void;
}) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<WhoView["role"]>("viewer");
  const [expiresIn, setExpiresIn] = useState("90d");
  const action = useAction();
  const create = async () => {
    const made = await action.run(() => call("POST /admin-tokens", { body: { name, role, expiresIn } }));
    if (!made) return;
    onClose();
    onIssued(made.secret);
  };
  return (
    <FormDialog
      title="New admin token"
      submit="Create"
      open={open}
      action={action}
      onClose={onClose}
      onSubmit={create}
    >
      <TextField
        label="Name"
        help="Shown in the audit log"
        error={action.problem("name")}
        value={name}
        onChange={setName}
        required
      />
      <SelectField
        label="Role"
        help="viewer: read only; operator: manages delegations, clients and keys; admin: also manages access"
        value={role}
        options={ROLES}
        onChange={setRole}
      />
      <TextField
        label="Expires in"
        error={action.problem("expiresIn")}
        value={expiresIn}
        onChange={setExpiresIn}
      />
    </FormDialog>
  );
}
