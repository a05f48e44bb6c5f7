/** Settings: version and features, prices, access, configuration. */
import { useState } from "react";

import type { SettingsView } from "../../../src/admin/views/settings.ts";
import { OPENAPI_URL } from "../api.ts";
import { Card, Facts, Failure, Loading, PageHead, State } from "../components/basics.tsx";
import { Tabs } from "../components/tabs.tsx";

import { useGet } from "../components/hooks.ts";
import { Access } from "./settings-access.tsx";
import { Prices } from "./settings-prices.tsx";

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
        about="Set in signet.yaml or in the environment of signet serve; changes take effect after a restart."
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
            ["Identity in AWS", <code key="principal">{principal ?? "unknown: set aws.principalArn"}</code>],
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
      {settings.length === 0 && <p className="muted">All settings have their defaults.</p>}
    </Card>
  );
}
