/** The wizard's choices: account, region, models and operations. */
import { useState } from "react";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";

import { call, type QuestionOf } from "../api.ts";
import { Button, Card, Failure } from "../components/basics.tsx";
import { Check, Form, TextField } from "../components/form.tsx";
import { useAction, useGet, type Action } from "../components/hooks.ts";
import { Models } from "./wizard-models.tsx";

/** Each choice, and the Bedrock operations it needs. */
const ABILITIES = [
  [
    "ask",
    "Ask models",
    "Converse and InvokeModel: complete answers",
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
    "Clients can ask Bedrock which models exist",
    ["ListFoundationModels", "ListInferenceProfiles"],
  ],
  [
    "async",
    "Asynchronous calls",
    "Video and long jobs, written to S3",
    ["StartAsyncInvoke", "GetAsyncInvoke", "ListAsyncInvokes"],
  ],
] as const;

/** The form as filled in: texts as typed. */
interface Picked {
  name: string;
  account: string;
  region: string;
  roleName: string;
  models: string[];
  abilities: string[];
  sourceIdentity: string;
  guardrail: string;
  asyncOutput: string;
  project: string;
  sourceIps: string;
  orgId: string;
}

const EMPTY: Picked = {
  name: "",
  account: "",
  region: "",
  roleName: "",
  models: [],
  abilities: ["ask", "stream"],
  sourceIdentity: "",
  guardrail: "",
  asyncOutput: "",
  project: "",
  sourceIps: "",
  orgId: "",
};

/** The properties of each part of the form. */
interface Part {
  form: Picked;
  set: (part: Partial<Picked>) => void;
  problem: Action["problem"];
}

export function Picks({ onCreated }: { onCreated: (made: DelegationView) => void }) {
  const settings = useGet("GET /settings", {});
  const [picked, setPicked] = useState(EMPTY);
  const { busy, error, problem, run } = useAction();
  const region = picked.region === "" ? (settings.data?.region ?? "us-east-1") : picked.region;
  const form = { ...picked, region };
  const create = async () => {
    const made = await run(() => call("POST /delegations", { body: bodyOf(form) }));
    if (made) onCreated(made);
  };
  const part: Part = { form, problem, set: (changed) => setPicked({ ...picked, ...changed }) };
  return (
    <Form onSubmit={create}>
      <WhoseRole {...part} />
      <WhichModels {...part} />
      <Abilities {...part} />
      <Advanced {...part} />
      {error !== undefined && <Failure error={error} />}
      <div>
        <Button type="submit" kind="primary" disabled={busy}>
          Create and get the template
        </Button>
      </div>
    </Form>
  );
}

function WhoseRole({ form, set, problem }: Part) {
  return (
    <Card title="Role">
      <div className="grid-2">
        <TextField
          label="Name"
          help="The delegation's name: 2–40 of a–z, 0–9 and -"
          error={problem("name")}
          value={form.name}
          onChange={(name) => set({ name })}
          required
        />
        <TextField
          label="AWS account"
          help="12 digits: the account whose Bedrock is used"
          error={problem("account")}
          inputMode="numeric"
          value={form.account}
          onChange={(account) => set({ account })}
          required
        />
        <TextField
          label="Region"
          help="Where calls are sent"
          error={problem("region")}
          value={form.region}
          onChange={(region) => set({ region })}
          required
        />
        <TextField
          label="Role name"
          help="The owner creates a role with this name"
          error={problem("roleName", "roleArn")}
          placeholder={`signet-${form.name || "name"}`}
          value={form.roleName}
          onChange={(roleName) => set({ roleName })}
        />
      </div>
    </Card>
  );
}

function WhichModels({ form, set, problem }: Part) {
  const models = useGet("GET /models", { query: { limit: 200, region: form.region } });
  const wrong = problem("grants", "grants[0].models");
  return (
    <Card title="Models">
      <Models
        models={models.data?.items ?? []}
        chosen={form.models}
        onChoose={(chosen) => set({ models: chosen })}
      />
      {wrong !== undefined && <p className="bad">{wrong}</p>}
    </Card>
  );
}

function Abilities({ form: { abilities }, set }: Part) {
  return (
    <Card title="Operations">
      <div className="grid-2">
        {ABILITIES.map(([id, label, about]) => (
          <Check
            key={id}
            checked={abilities.includes(id)}
            onChange={(on) =>
              set({ abilities: on ? [...abilities, id] : abilities.filter((each) => each !== id) })
            }
          >
            <strong>{label}</strong>
            <br />
            <span className="muted small">{about}</span>
          </Check>
        ))}
      </div>
    </Card>
  );
}

function Advanced({ form, set, problem }: Part) {
  const fields = [
    ["sourceIdentity", "Source identity", "Shown in CloudTrail for every call", "session.sourceIdentity"],
    [
      "guardrail",
      "Required guardrail",
      "Id or ARN: calls without it are denied by AWS",
      "role.requiredGuardrail",
    ],
    ["asyncOutput", "S3 location of asynchronous answers", "bucket or bucket/prefix", "role.asyncOutput"],
    ["project", "Project", "proj_…: its retention applies, and costs are by project", "role.project"],
    ["sourceIps", "Source addresses", "CIDR blocks, separated by commas", "trust.sourceIps"],
    ["orgId", "Organization", "o-…: Signet's identity must belong to it", "trust.principalOrgId"],
  ] as const;
  return (
    <details className="card">
      <summary>
        <strong>More conditions</strong>{" "}
        <span className="muted">source identity, guardrail, project, addresses, organization</span>
      </summary>
      <div className="grid-2">
        {fields.map(([name, label, help, field]) => (
          <TextField
            key={name}
            label={label}
            help={help}
            error={problem(field)}
            value={form[name]}
            onChange={(value) => set({ [name]: value })}
          />
        ))}
      </div>
    </details>
  );
}

const text = (value: string) => (value.trim() === "" ? undefined : value.trim());

/** What the API takes; empty fields are left out. */
function bodyOf(form: Picked): QuestionOf<"POST /delegations">["body"] {
  const operations = ABILITIES.filter(([id]) => form.abilities.includes(id)).flatMap(([, , , each]) => each);
  const sourceIps = form.sourceIps
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  const sourceIdentity = text(form.sourceIdentity);
  const requiredGuardrail = text(form.guardrail);
  const asyncOutput = text(form.asyncOutput);
  const project = text(form.project);
  const principalOrgId = text(form.orgId);
  return {
    name: form.name.trim(),
    account: form.account.replaceAll(/[\s-]/g, ""),
    region: form.region.trim(),
    roleName: text(form.roleName) ?? `signet-${form.name.trim()}`,
    grants: [{ models: form.models, operations }],
    session: { ...(sourceIdentity && { sourceIdentity }) },
    role: {
      ...(requiredGuardrail && { requiredGuardrail }),
      ...(asyncOutput && { asyncOutput }),
      ...(project && { project }),
    },
    trust: { ...(sourceIps.length > 0 && { sourceIps }), ...(principalOrgId && { principalOrgId }) },
  };
}
