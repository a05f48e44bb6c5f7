/** From choices to an active delegation, step by step. It can be left and continued later. */
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import type { DelegationView } from "../../../src/admin/views/delegations.ts";
import { call } from "../api.ts";
import { Button, Card, Failure, Loading, PageHead } from "../components/basics.tsx";
import { Form, TextField } from "../components/form.tsx";
import { useAction, useGet } from "../components/hooks.ts";
import { Template } from "../components/template.tsx";
import { Verify } from "../components/verify.tsx";
import { Picks } from "./wizard-picks.tsx";

const STEPS = ["Choose", "Create the role", "Verify", "Use"] as const;

export default function Wizard({ name }: { name?: string }) {
  const [, navigate] = useLocation();
  if (name === undefined)
    return (
      <Frame step={0} title="New delegation">
        <Picks onCreated={(made) => navigate(`/delegations/${encodeURIComponent(made.name)}/set-up`)} />
      </Frame>
    );
  return <SetUp name={name} />;
}

function Frame({ step, title, children }: { step: number; title: string; children: ReactNode }) {
  return (
    <>
      <PageHead
        title={title}
        about="One AWS role that Signet may assume with an External ID. It is used only after probes have verified that the role requires it."
      />
      <div className="stack">
        <ol className="steps" aria-label="Steps">
          {STEPS.map((label, index) => (
            <li
              key={label}
              className={index < step ? "done" : ""}
              {...(index === step ? { "aria-current": "step" as const } : {})}
            >
              {label}
            </li>
          ))}
        </ol>
        {children}
      </div>
    </>
  );
}

function SetUp({ name }: { name: string }) {
  const found = useGet("GET /delegations/{name}", { params: { name } }, 10_000);
  const [made, setMade] = useState(false);
  if (found.isError) return <Failure error={found.error} />;
  if (!found.data) return <Loading lines={5} />;
  const delegation = found.data;
  if (delegation.state === "active")
    return (
      <Frame step={3} title={`${name} is active`}>
        <Done name={name} />
      </Frame>
    );
  if (!made && delegation.roleArn !== undefined)
    return (
      <Frame step={1} title={`Set up ${name}`}>
        <Card title="Give this to the account owner">
          <div className="stack">
            <Template name={name} />
            <RoleArn delegation={delegation} onMade={() => setMade(true)} />
          </div>
        </Card>
      </Frame>
    );
  return (
    <Frame step={2} title={`Set up ${name}`}>
      <Card title="Verify the role">
        <div className="stack">
          <p>
            Signet assumes the role with the External ID, without it and with wrong ones, and calls each
            granted model once, for one token.
          </p>
          <Verify name={name} label="Run the probes" />
          <div>
            <Button onClick={() => setMade(false)}>Back to the template</Button>
          </div>
        </div>
      </Card>
    </Frame>
  );
}

/** The ARN that the owner's tool printed; nothing changes if it is the planned one. */
function RoleArn({
  delegation: { name, roleArn = "" },
  onMade,
}: {
  delegation: DelegationView;
  onMade: () => void;
}) {
  const [arn, setArn] = useState(roleArn);
  const { busy, error, problem, run } = useAction();
  const go = async () => {
    const same = arn.trim() === roleArn;
    const question = { params: { name }, body: { roleArn: arn.trim() } };
    if (same || (await run(() => call("PATCH /delegations/{name}", question)))) onMade();
  };
  return (
    <Form onSubmit={go}>
      <TextField
        label="ARN of the created role"
        help="As planned in the template, unless the owner chose another name. A role in another account gets a new External ID."
        error={problem("roleArn")}
        value={arn}
        onChange={setArn}
        required
      />
      {error !== undefined && <Failure error={error} />}
      <div>
        <Button type="submit" kind="primary" disabled={busy}>
          The role exists: continue
        </Button>
      </div>
    </Form>
  );
}

function Done({ name }: { name: string }) {
  return (
    <Card title="Next steps">
      <div className="stack">
        <p>
          The role requires its External ID, and each granted model answered. <code>signet serve</code>{" "}
          re-verifies this on a schedule, and suspends the delegation if it no longer holds.
        </p>
        <div className="row">
          <Link href={`/clients?for=${encodeURIComponent(name)}`} className="button primary">
            Add a client and issue a key
          </Link>
          <Link href={`/delegations/${encodeURIComponent(name)}`} className="button">
            View the delegation
          </Link>
        </div>
      </div>
    </Card>
  );
}
