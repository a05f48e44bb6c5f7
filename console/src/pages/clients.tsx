/** The teams and applications that call, and every key. */
import { useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import type { ClientRowView } from "../../../src/admin/views/clients.ts";
import { call } from "../api.ts";
import { Button, Card, Empty, Failure, Loading, PageHead, State } from "../components/basics.tsx";
import { Check, TextField } from "../components/form.tsx";
import { FormDialog } from "../components/dialog.tsx";
import { useAction, useGet, useMay } from "../components/hooks.ts";
import { KeyTable } from "../components/keys.tsx";

export default function Clients() {
  const clients = useGet("GET /clients", { query: { limit: 200 } }, 10_000);
  const keys = useGet("GET /keys", { query: { limit: 200, state: "active" } }, 10_000);
  const [params] = useSearchParams();
  const [adding, setAdding] = useState(params.has("for"));
  const may = useMay("operator");
  return (
    <>
      <PageHead
        title="Clients and keys"
        about="A client is a team or an application. A caller holds nothing but a key, and each key can be revoked within a second."
      >
        {may && (
          <Button kind="primary" onClick={() => setAdding(true)}>
            New client
          </Button>
        )}
      </PageHead>
      <div className="stack">
        <Card title="Clients">
          {clients.isError && <Failure error={clients.error} retry={() => void clients.refetch()} />}
          {clients.isPending && <Loading />}
          {clients.data?.items.length === 0 && (
            <Empty title="No clients yet">
              <p>Add one for each team or application: usage, limits and revocation are per client.</p>
            </Empty>
          )}
          {clients.data && clients.data.items.length > 0 && <Rows rows={clients.data.items} />}
        </Card>
        <Card title="Active keys">
          {keys.isError && <Failure error={keys.error} />}
          {keys.data && <KeyTable keys={keys.data.items} withClient />}
        </Card>
      </div>
      <NewClient open={adding} delegation={params.get("for") ?? ""} onClose={() => setAdding(false)} />
    </>
  );
}

function Rows({ rows }: { rows: readonly ClientRowView[] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Client</th>
            <th scope="col">State</th>
            <th scope="col">Delegations</th>
            <th scope="col">Limits</th>
            <th scope="col" className="num">
              Active keys
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, revokedAt, delegations, limits, keys }) => (
            <tr key={name}>
              <th scope="row">
                <Link href={`/clients/${encodeURIComponent(name)}`}>{name}</Link>
              </th>
              <td>
                <State state={revokedAt === undefined ? "active" : "revoked"} />
              </td>
              <td>{delegations.map(({ delegation }) => delegation).join(", ")}</td>
              <td className="muted">{limits === undefined ? "none" : `${Object.keys(limits).length} set`}</td>
              <td className="num">{keys}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewClient({
  open,
  delegation,
  onClose,
}: {
  open: boolean;
  delegation: string;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>(delegation === "" ? [] : [delegation]);
  const [, navigate] = useLocation();
  const all = useGet("GET /delegations", { query: { limit: 200 } });
  const action = useAction();
  const add = async () => {
    const delegations = chosen.map((each) => ({ delegation: each }));
    const made = await action.run(() => call("POST /clients", { body: { name: name.trim(), delegations } }));
    if (!made) return;
    onClose();
    navigate(`/clients/${encodeURIComponent(made.name)}`);
  };
  const usable = all.data?.items.filter(({ state }) => state !== "revoked") ?? [];
  const choose = (each: string, on: boolean) =>
    setChosen(on ? [...chosen, each] : chosen.filter((one) => one !== each));
  return (
    <FormDialog
      title="New client"
      submit="Add the client"
      open={open}
      ready={chosen.length > 0}
      action={action}
      onClose={onClose}
      onSubmit={add}
    >
      <TextField
        label="Name"
        help="2–57 letters, digits and _=,.@-; CloudTrail shows it as signet-NAME"
        error={action.problem("name")}
        value={name}
        onChange={setName}
        required
      />
      <fieldset className="stack-s">
        <legend>
          <strong>Delegations it may use</strong>
        </legend>
        {usable.map((each) => (
          <Check
            key={each.name}
            checked={chosen.includes(each.name)}
            onChange={(on) => choose(each.name, on)}
          >
            {each.name} <span className="muted">{each.state}</span>
          </Check>
        ))}
        {usable.length === 0 && <p className="muted">No delegations yet: set one up first.</p>}
      </fieldset>
    </FormDialog>
  );
}
