/** How to connect: Flashback's fields and programs, filled in. */
import { useState } from "react";
import { useSearchParams } from "wouter";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";
import type { KeyView } from "../../../src/admin/views/keys.ts";
import type { SettingsView } from "../../../src/admin/views/settings.ts";
import { Card, Failure, Loading, Notice, PageHead } from "../components/basics.tsx";
import { Code, CopyButton } from "../components/code.tsx";
import { SelectField } from "../components/form.tsx";
import { Tabs } from "../components/tabs.tsx";
import { useGet } from "../components/hooks.ts";
import { secretOf } from "../components/issued.ts";
import { flashbackFields, snippets, type Endpoint, type FlashbackType } from "./snippets.ts";

export default function Connect() {
  const settings = useGet("GET /settings", {});
  const keys = useGet("GET /keys", { query: { state: "active", limit: 200 } });
  const [params] = useSearchParams();
  const [chosen, setChosen] = useState(params.get("key") ?? "");
  const key = keys.data?.items.find(({ id }) => id === chosen) ?? keys.data?.items[0];
  const delegation = useGet("GET /delegations/{name}", { params: { name: key?.delegation ?? "-" } });
  if (settings.isError) return <Failure error={settings.error} />;
  if (!settings.data || !keys.data) return <Loading lines={5} />;
  const known = key && secretOf(key.id);
  const endpoint = endpointOf(settings.data, key, delegation.data);
  const pair = key?.kind === "access-key-pair";
  return (
    <>
      <PageHead title="Connect" about="All that changes in a program is its endpoint and its secret." />
      <div className="stack">
        <Card>
          <div className="grid-2">
            <SelectField
              label="Key"
              help={
                known
                  ? "Its secret was issued in this window: the snippets contain it."
                  : "Secrets are shown only once, when they are issued: insert yours."
              }
              value={key?.id ?? ""}
              options={keys.data.items.map(({ id, client, delegation: name, kind }) => [
                id,
                `${client} · ${name} · ${id}${kind === "secret" ? "" : " (pair)"}`,
              ])}
              onChange={setChosen}
            />
            <div className="field">
              <span className="label">Endpoint</span>
              <span className="row">
                <code className="break">{endpoint.url}</code>
                <CopyButton text={endpoint.url} />
              </span>
            </div>
          </div>
          {keys.data.items.length === 0 && (
            <Notice tone="info">No active keys: issue one under Clients and keys.</Notice>
          )}
        </Card>
        <Flashback endpoint={endpoint} pair={pair} />
        <Programs endpoint={endpoint} pair={pair} />
      </div>
    </>
  );
}

/** What programs need; placeholders for what isn't known. */
function endpointOf(
  settings: SettingsView,
  key: KeyView | undefined,
  delegation: DelegationView | undefined,
): Endpoint {
  const known = key && secretOf(key.id);
  return {
    url: settings.publicUrl,
    region: delegation?.region ?? settings.region ?? "us-east-1",
    model:
      delegation?.aliases[0]?.name ?? modelOf(delegation) ?? "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    secret: known?.secret ?? "<the key's secret>",
    accessKeyId: key?.accessKeyId ?? "<access key id>",
    secretAccessKey: known?.secretAccessKey ?? "<secret access key>",
  };
}

/** A model that is granted by its full name. */
function modelOf(delegation: DelegationView | undefined): string | undefined {
  return delegation?.grants.flatMap(({ models }) => models).find((model) => !model.includes("*"));
}

const TYPES = [
  ["OPENAI", "OPENAI"],
  ["ANTHROPIC", "ANTHROPIC"],
  ["GOOGLE", "GOOGLE"],
  ["AWS", "AWS"],
  ["OTHER", "OTHER"],
] as const;

function Flashback({ endpoint, pair }: { endpoint: Endpoint; pair: boolean }) {
  const [type, setType] = useState<FlashbackType>(pair ? "AWS" : "OPENAI");
  return (
    <Card title="Flashback: AI LLM fields">
      <Tabs label="AI LLM Type" tabs={TYPES} chosen={type} onChoose={setType} />
      {type === "AWS" && !pair && (
        <Notice tone="info">The type AWS signs with SigV4: it needs a key that is an access-key pair.</Notice>
      )}
      <table>
        <tbody>
          {flashbackFields(type, endpoint).map(({ field, value }) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td className="mono break">{value}</td>
              <td className="num">
                <CopyButton text={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Programs({ endpoint, pair }: { endpoint: Endpoint; pair: boolean }) {
  const all = snippets(endpoint, pair);
  const [chosen, setChosen] = useState(all[0]?.id ?? "");
  const snippet = all.find(({ id }) => id === chosen) ?? all[0];
  return (
    <Card title="Programs">
      <Tabs
        label="Program"
        tabs={all.map(({ id, name }) => [id, name] as const)}
        chosen={snippet?.id ?? ""}
        onChoose={setChosen}
      />
      {snippet && <Code label={snippet.name} text={snippet.text} />}
    </Card>
  );
}
