/** One client: its delegations, keys, limits and revocation. */
import { useState } from "react";
import type { ClientView } from "../../../src/admin/views/clients.ts";
import type { IssuedKeyView } from "../../../src/admin/views/keys.ts";
import { call } from "../api.ts";
import { Button, Card, Failure, Loading, PageHead, State } from "../components/basics.tsx";
import { Confirm } from "../components/dialog.tsx";
import { useGet, useMay, useRefresh } from "../components/hooks.ts";
import { KeyTable, ShownOnce } from "../components/keys.tsx";
import { Limits } from "../components/limits-form.tsx";
import { Join, NewKey } from "./client-dialogs.tsx";

export default function Client({ name }: { name: string }) {
  const found = useGet("GET /clients/{name}", { params: { name } }, 10_000);
  const keys = useGet("GET /keys", { query: { client: name, limit: 200 } }, 10_000);
  const [asking, setAsking] = useState<"key" | "join" | "revoke">();
  const [shown, setShown] = useState<IssuedKeyView>();
  const may = useMay("operator");
  const refresh = useRefresh();
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={4} />;
  const { revokedAt } = found.data;
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
          <Delegations client={found.data} onAdd={() => setAsking("join")} />
          {revokedAt === undefined && <Limits scope="client" name={name} />}
        </div>
      </div>
      <NewKey client={found.data} open={asking === "key"} onClose={close} onIssued={setShown} />
      <Join client={found.data} open={asking === "join"} onClose={close} />
      <ShownOnce issued={shown} onStored={() => setShown(undefined)} />
      <Confirm
        title={`Revoke ${name} permanently?`}
        action="Revoke permanently"
        open={asking === "revoke"}
        onClose={close}
        onConfirm={revoke}
      >
        <p>
          Within a second, <strong>all {working} active keys</strong> of {name} are refused, and its running
          calls are cut off. This can't be undone.
        </p>
      </Confirm>
    </>
  );
}

function Delegations({
  client: { delegations, revokedAt },
  onAdd,
}: {
  client: ClientView;
  onAdd: () => void;
}) {
  const may = useMay("operator");
  return (
    <Card
      title="Delegations"
      tools={
        may &&
        revokedAt === undefined && (
          <Button small onClick={onAdd}>
            Add
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
                ? "everything that it allows"
                : grants.map(({ models }) => models.join(", ")).join("; ")}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
