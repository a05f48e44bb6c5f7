/** What this Signet is, its prices, its configuration, and who may use this console. */
import { useState } from "react";
import type { AdminTokenView, WhoView } from "../../../src/admin/views/access.ts";
import type { SettingsView } from "../../../src/admin/views/settings.ts";
import { ApiError, call, OPENAPI_URL } from "../api.ts";
import {
  Button,
  Card,
  Code,
  Facts,
  Failure,
  Field,
  Loading,
  Notice,
  PageHead,
  State,
  Tabs,
} from "../components/basics.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { ROLES, useAction, useGet, useMay, useRefresh } from "../components/hooks.ts";
import { ago, at } from "../format.ts";

const TABS = [
  ["about", "About"],
  ["prices", "Prices"],
  ["access", "Access"],
  ["configuration", "Configuration"],
] as const;

export default function Settings() {
  const [tab, setTab] = useState<(typeof TABS)[number][0]>("about");
  const settings = useGet("GET /settings", {});
  if (settings.isError) return <Failure error={settings.error} retry={() => void settings.refetch()} />;
  if (!settings.data) return <Loading lines={5} />;
  return (
    <>
      <PageHead
        title="Settings"
        about="Set in signet.yaml or the environment of signet serve; changes take a restart."
      />
      <Tabs label="Settings" tabs={TABS} chosen={tab} onChoose={setTab} />
      {tab === "about" && <About settings={settings.data} />}
      {tab === "prices" && <Prices version={settings.data.prices} />}
      {tab === "access" && <Access />}
      {tab === "configuration" && <Configuration settings={settings.data} />}
    </>
  );
}

function About({
  settings: { version, publicUrl, principal, region, features },
}: {
  settings: SettingsView;
}) {
  return (
    <div className="grid-2">
      <Card title="This Signet">
        <Facts
          rows={[
            ["Version", version],
            ["Endpoint for callers", <code key="url">{publicUrl}</code>],
            [
              "Own identity in AWS",
              <code key="principal">{principal ?? "not known: set aws.principalArn"}</code>,
            ],
            ["Region of new delegations", region ?? "none"],
            [
              "API",
              <a key="api" href={OPENAPI_URL}>
                OpenAPI document
              </a>,
            ],
          ]}
        />
      </Card>
      <Card title="Features">
        <ul className="stack-s">
          {features.map(({ name, on, detail }) => (
            <li key={name} className="row">
              <State state={on ? "on" : "off"} />
              <strong>{name}</strong>
              <span className="muted break">{detail}</span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}

const dollars = (price: number | null) => (price === null ? "unknown" : `$${price}`);

function Prices({ version }: { version: string }) {
  const prices = useGet("GET /prices", { query: { limit: 200 } });
  if (!prices.data) return <Loading />;
  return (
    <Card title={`Prices ${version}`}>
      <p className="muted">
        US dollars for a million tokens; the first line that matches a call counts. Your own lines come first:
        prices.file.
      </p>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Region</th>
              <th scope="col">Tier</th>
              {["Input", "Output", "Cache read", "Cache write"].map((name) => (
                <th key={name} scope="col" className="num">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {prices.data.items.map(
              ({ model, regions, tier, input, output, cacheRead, cacheWrite }, index) => (
                <tr key={index}>
                  <th scope="row" className="mono">
                    {model}
                  </th>
                  <td>{regions.join(", ")}</td>
                  <td>{tier}</td>
                  {[input, output, cacheRead, cacheWrite].map((price, column) => (
                    <td key={column} className="num">
                      {dollars(price)}
                    </td>
                  ))}
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Configuration({ settings: { settings } }: { settings: SettingsView }) {
  return (
    <Card>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {settings.map(({ path, value, origin }) => (
              <tr key={path}>
                <th scope="row" className="mono">
                  {path}
                </th>
                <td className="mono break">{value ?? "–"}</td>
                <td className="muted">{origin}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {settings.length === 0 && <p className="muted">Defaults alone are in effect.</p>}
    </Card>
  );
}

function Access() {
  const may = useMay("admin");
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<AdminTokenView>();
  const [secret, setSecret] = useState<string>();
  const refresh = useRefresh();
  if (!may) return <Notice tone="info">Only the role admin sees who has access.</Notice>;
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
        <Notice tone="warn">It is shown this once.</Notice>
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
        <p>Programs that use it are refused at once, and sessions that began with it end.</p>
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
  const { busy, error, run } = useAction();
  const problem = (field: string) => (error instanceof ApiError ? error.of(field) : undefined);
  const create = async () => {
    const made = await run(() => call("POST /admin-tokens", { body: { name, role, expiresIn } }));
    if (!made) return;
    onClose();
    onIssued(made.secret);
  };
  return (
    <Dialog title="New admin token" open={open} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Field label="Name" help="The audit log names it" error={problem("name")}>
          {(props) => (
            <input {...props} value={name} onChange={({ target }) => setName(target.value)} required />
          )}
        </Field>
        <Field label="Role" help="viewer looks, operator lends and takes back, admin also gives access">
          {(props) => (
            <select
              {...props}
              value={role}
              onChange={({ target }) => setRole(ROLES.find((each) => each === target.value) ?? role)}
            >
              {ROLES.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Expires in" error={problem("expiresIn")}>
          {(props) => (
            <input {...props} value={expiresIn} onChange={({ target }) => setExpiresIn(target.value)} />
          )}
        </Field>
        {error !== undefined && <Failure error={error} />}
        <div className="actions row">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={busy}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
