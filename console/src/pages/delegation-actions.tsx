/** An operator's actions on a delegation: replace its External ID, suspend, revoke. */
import { useState } from "react";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";
import { call } from "../api.ts";
import { Button } from "../components/basics.tsx";
import { Confirm } from "../components/dialog.tsx";
import { TextField } from "../components/form.tsx";
import { useGet, useMay, useRefresh } from "../components/hooks.ts";

type Ending = "suspend" | "revoke" | "rotate";

export function Actions({ delegation: { name, state, externalId } }: { delegation: DelegationView }) {
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
        <p>It can be resumed after verifying that its role still requires the External ID.</p>
        <Reason reason={reason} onChange={setReason} />
      </Confirm>
      <Confirm
        title={`Revoke ${name} permanently?`}
        action="Revoke permanently"
        open={asking === "revoke"}
        onClose={close}
        onConfirm={() => call("POST /delegations/{name}/revoke", { params, body: because }).then(refresh)}
      >
        <Stops name={name} />
        <p>
          This can't be undone. Sessions already issued stay valid in AWS until they expire or the account's
          owner revokes them: see Role.
        </p>
        <Reason reason={reason} onChange={setReason} />
      </Confirm>
      <Confirm
        title="Replace the External ID?"
        action="Start"
        open={asking === "rotate"}
        onClose={close}
        onConfirm={() => call("POST /delegations/{name}/rotate-external-id", { params }).then(refresh)}
      >
        <p>
          Calls are not interrupted: the old one is used until a verification shows that the role accepts the
          new one.
        </p>
      </Confirm>
    </>
  );
}

function Reason({ reason, onChange }: { reason: string; onChange: (reason: string) => void }) {
  return <TextField label="Reason" help="For the audit log (optional)" value={reason} onChange={onChange} />;
}

/** What stops immediately. */
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
      their running calls are cut off.
    </p>
  );
}
