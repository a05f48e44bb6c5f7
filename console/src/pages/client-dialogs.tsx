/** Dialogs that add a key or a delegation to a client. */
import { useState } from "react";
import type { ClientView } from "../../../src/admin/views/clients.ts";
import type { IssuedKeyView } from "../../../src/admin/views/keys.ts";
import { call } from "../api.ts";
import { FormDialog } from "../components/dialog.tsx";
import { Check, SelectField, TextField } from "../components/form.tsx";
import { useAction, useGet } from "../components/hooks.ts";

export function NewKey({
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
  const action = useAction();
  const issue = async () => {
    const body = {
      client: client.name,
      delegation,
      ...(expiresIn.trim() === "" ? {} : { expiresIn: expiresIn.trim() }),
      ...(pair ? { kind: "access-key-pair" as const } : {}),
    };
    const made = await action.run(() => call("POST /keys", { body }));
    if (!made) return;
    onClose();
    onIssued(made);
  };
  return (
    <FormDialog
      title={`Issue a key to ${client.name}`}
      submit="Issue the key"
      open={open}
      action={action}
      onClose={onClose}
      onSubmit={issue}
    >
      <SelectField
        label="Delegation"
        error={action.problem("delegation")}
        value={delegation}
        options={client.delegations.map((each) => each.delegation)}
        onChange={setDelegation}
      />
      <TextField
        label="Expires in"
        help="For example 12h or 90d; empty: never"
        error={action.problem("expiresIn")}
        value={expiresIn}
        onChange={setExpiresIn}
      />
      <PairCheck checked={pair} onChange={setPair} />
    </FormDialog>
  );
}

function PairCheck({ checked, onChange }: { checked: boolean; onChange: (on: boolean) => void }) {
  const settings = useGet("GET /settings", {});
  const pairs = settings.data?.features.find((feature) => feature.name === "Access-key pairs");
  if (!pairs) return null;
  return (
    <Check checked={checked} disabled={!pairs.on} onChange={onChange}>
      An access-key pair, for programs that sign with SigV4
      <br />
      <span className="muted small">
        {pairs.on ? "Any AWS SDK, the AWS CLI, and Flashback's type AWS." : pairs.detail}
      </span>
    </Check>
  );
}

export function Join({ client, open, onClose }: { client: ClientView; open: boolean; onClose: () => void }) {
  const all = useGet("GET /delegations", { query: { limit: 200 } });
  const own = new Set(client.delegations.map(({ delegation }) => delegation));
  const others = all.data?.items.filter(({ name, state }) => !own.has(name) && state !== "revoked") ?? [];
  const [chosen, setChosen] = useState<string>();
  const delegation = chosen ?? others[0]?.name ?? "";
  const action = useAction();
  const join = async () => {
    const question = { params: { name: client.name }, body: { delegation } };
    if (await action.run(() => call("POST /clients/{name}/delegations", question))) onClose();
  };
  return (
    <FormDialog
      title={`Add a delegation to ${client.name}`}
      submit="Add the delegation"
      open={open}
      ready={others.length > 0}
      action={action}
      onClose={onClose}
      onSubmit={join}
    >
      {others.length === 0 ? (
        <p>It already belongs to every delegation.</p>
      ) : (
        <SelectField
          label="Delegation"
          value={delegation}
          options={others.map(({ name }) => name)}
          onChange={setChosen}
        />
      )}
    </FormDialog>
  );
}
