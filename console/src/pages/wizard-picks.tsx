/** The wizard's picks: account, region, models, what may be done with them. */
import { useState, type ReactNode } from "react";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";

import { ApiError, call, type QuestionOf } from "../api.ts";
import { Button, Card, Failure, Field } from "../components/basics.tsx";
import { useAction, useGet } from "../components/hooks.ts";
import { Models } from "./wizard-models.tsx";

/** What is picked, and the operations of Bedrock that it takes. */
const ABILITIES = [
  [
    "ask",
    "Ask models",
    "Converse and InvokeModel: whole answers",
    ["Converse", "InvokeModel", "CountTokens"],
  ],
  [
    "stream",
    "Stream answers",
    "Word by word, as chat interfaces show them",
    ["ConverseStream", "InvokeModelWithResponseStream"],
  ],
  [
    "discover",
    "List models",
    "Clients can ask Bedrock which models there are",
    ["ListFoundationModels", "ListInferenceProfiles"],
  ],
  [
    "async",
    "Asynchronous calls",
    "Video and long jobs, written to S3",
    ["StartAsyncInvoke", "GetAsyncInvoke", "ListAsyncInvokes"],
  ],
] as const;

interface Form {
  name: string;
  account: string;
  region: string;
  roleName: string;
  models: string[];
  abilities: string[];
  sourceIdentity: string;
  guardrail: string;
  asyncOutput: string;
  sourceIps: string;
  orgId: string;
}

export function Picks({ onCreated }: { onCreated: (made: DelegationView) => void }) {
  const settings = useGet("GET /settings", {});
  const [form, setForm] = useState<Form>({
    name: "",
    account: "",
    region: "",
    roleName: "",
    models: [],
    abilities: ["ask", "stream"],
    sourceIdentity: "",
    guardrail: "",
    asyncOutput: "",
    sourceIps: "",
    orgId: "",
  });
  const { busy, error, run } = useAction();
  const region = form.region === "" ? (settings.data?.region ?? "us-east-1") : form.region;
  const models = useGet("GET /models", { query: { limit: 200, region } });
  const set = (part: Partial<Form>) => setForm({ ...form, ...part });
  const problem = (...fields: string[]) =>
    error instanceof ApiError
      ? fields.map((field) => error.of(field)).find((found) => found !== undefined)
      : undefined;
  const create = async () => {
    const made = await run(() => call("POST /delegations", { body: bodyOf({ ...form, region }) }));
    if (made) onCreated(made);
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <Card title="Whose role">
        <div className="grid-2">
          <Field label="Name" help="What you call it here: 2–40 of a–z, 0–9 and -" error={problem("name")}>
            {(props) => (
              <input
                {...props}
                value={form.name}
                onChange={({ target }) => set({ name: target.value })}
                required
              />
            )}
          </Field>
          <Field
            label="AWS account"
            help="12 digits: the account that lends its Bedrock"
            error={problem("account")}
          >
            {(props) => (
              <input
                {...props}
                inputMode="numeric"
                value={form.account}
                onChange={({ target }) => set({ account: target.value })}
                required
              />
            )}
          </Field>
          <Field label="Region" help="Where calls go to" error={problem("region")}>
            {(props) => (
              <input
                {...props}
                value={region}
                onChange={({ target }) => set({ region: target.value })}
                required
              />
            )}
          </Field>
          <Field
            label="Role's name"
            help="The owner makes a role of this name"
            error={problem("roleName", "roleArn")}
          >
            {(props) => (
              <input
                {...props}
                placeholder={`signet-${form.name || "name"}`}
                value={form.roleName}
                onChange={({ target }) => set({ roleName: target.value })}
              />
            )}
          </Field>
        </div>
      </Card>
      <Card title="Which models">
        <Models
          models={models.data?.items ?? []}
          chosen={form.models}
          onChoose={(chosen) => set({ models: chosen })}
        />
        {problem("grants", "grants[0].models") !== undefined && (
          <p className="bad">{problem("grants", "grants[0].models")}</p>
        )}
      </Card>
      <Card title="What may be done">
        <div className="grid-2">
          {ABILITIES.map(([id, label, about]) => (
            <Check
              key={id}
              checked={form.abilities.includes(id)}
              onChange={(on) =>
                set({
                  abilities: on ? [...form.abilities, id] : form.abilities.filter((each) => each !== id),
                })
              }
            >
              <strong>{label}</strong>
              <br />
              <span className="muted small">{about}</span>
            </Check>
          ))}
        </div>
      </Card>
      <Advanced form={form} set={set} problem={problem} />
      {error !== undefined && <Failure error={error} />}
      <div>
        <Button type="submit" kind="primary" disabled={busy}>
          Create it and get the template
        </Button>
      </div>
    </form>
  );
}

function Check({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={({ target }) => onChange(target.checked)} />
      <span>{children}</span>
    </label>
  );
}

function Advanced({
  form,
  set,
  problem,
}: {
  form: Form;
  set: (part: Partial<Form>) => void;
  problem: (...fields: string[]) => string | undefined;
}) {
  const fields = [
    ["sourceIdentity", "Source identity", "Shown in CloudTrail with every call", "session.sourceIdentity"],
    [
      "guardrail",
      "Required guardrail",
      "Id or ARN: calls without it are denied by AWS",
      "role.requiredGuardrail",
    ],
    ["asyncOutput", "S3 place of asynchronous answers", "bucket or bucket/prefix", "role.asyncOutput"],
    ["sourceIps", "Source addresses", "CIDR blocks, separated by commas", "trust.sourceIps"],
    ["orgId", "Organization", "o-…: Signet's identity must belong to it", "trust.principalOrgId"],
  ] as const;
  return (
    <details className="card">
      <summary>
        <strong>More conditions</strong>{" "}
        <span className="muted">source identity, guardrail, addresses, organization</span>
      </summary>
      <div className="grid-2">
        {fields.map(([name, label, help, field]) => (
          <Field key={name} label={label} help={help} error={problem(field)}>
            {(props) => (
              <input {...props} value={form[name]} onChange={({ target }) => set({ [name]: target.value })} />
            )}
          </Field>
        ))}
      </div>
    </details>
  );
}

const text = (value: string) => (value.trim() === "" ? undefined : value.trim());

/** What the API takes; empty fields are left out. */
function bodyOf(form: Form): QuestionOf<"POST /delegations">["body"] {
  const operations = ABILITIES.filter(([id]) => form.abilities.includes(id)).flatMap(([, , , each]) => each);
  const sourceIps = form.sourceIps
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  const sourceIdentity = text(form.sourceIdentity);
  const requiredGuardrail = text(form.guardrail);
  const asyncOutput = text(form.asyncOutput);
  const principalOrgId = text(form.orgId);
  return {
    name: form.name.trim(),
    account: form.account.replaceAll(/[\s-]/g, ""),
    region: form.region.trim(),
    roleName: text(form.roleName) ?? `signet-${form.name.trim()}`,
    grants: [{ models: form.models, operations }],
    session: { ...(sourceIdentity && { sourceIdentity }) },
    role: { ...(requiredGuardrail && { requiredGuardrail }), ...(asyncOutput && { asyncOutput }) },
    trust: { ...(sourceIps.length > 0 && { sourceIps }), ...(principalOrgId && { principalOrgId }) },
  };
}
