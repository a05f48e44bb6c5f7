/** The names that callers may use for a delegation's models. */
import { useState } from "react";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";
import { call } from "../api.ts";
import { Button, Failure } from "../components/basics.tsx";
import { Form, TextField } from "../components/form.tsx";
import { useAction, useMay, type Action } from "../components/hooks.ts";

export function Aliases({ delegation }: { delegation: DelegationView }) {
  const may = useMay("operator") && delegation.state !== "revoked";
  const action = useAction();
  return (
    <div className="stack">
      <p className="muted">
        Names that callers may use for a model, in addition to its own. Which models they may call is still
        decided by grants.
      </p>
      {delegation.aliases.length > 0 && <Table delegation={delegation} action={may ? action : undefined} />}
      {may && <NewAlias delegation={delegation} action={action} />}
      {action.error !== undefined && <Failure error={action.error} />}
    </div>
  );
}

function Table({
  delegation: { name, aliases },
  action,
}: {
  delegation: DelegationView;
  /** Undefined where the user may not remove any. */
  action: Action | undefined;
}) {
  const remove = (alias: string) =>
    action?.run(() => call("DELETE /delegations/{name}/aliases/{alias}", { params: { name, alias } }));
  return (
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
              {action && (
                <Button small aria-label={`Remove ${each.name}`} onClick={() => void remove(each.name)}>
                  Remove
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NewAlias({
  delegation: { name },
  action: { busy, problem, run },
}: {
  delegation: DelegationView;
  action: Action;
}) {
  const [alias, setAlias] = useState("");
  const [model, setModel] = useState("");
  const add = async () => {
    const question = { params: { name, alias }, body: { model } };
    if (!(await run(() => call("PUT /delegations/{name}/aliases/{alias}", question)))) return;
    setAlias("");
    setModel("");
  };
  return (
    <Form className="row" onSubmit={add}>
      <TextField label="Name" error={problem("name")} value={alias} onChange={setAlias} required />
      <TextField label="Model" error={problem("model")} value={model} onChange={setModel} required />
      <Button type="submit" disabled={busy}>
        Add
      </Button>
    </Form>
  );
}
