/** The limits of a delegation, client or key: how much of them is used, and a form to change them. */
import { useState } from "react";
import type { LimitReportView } from "../../../src/admin/views/limits.ts";
import { call } from "../api.ts";
import { ago, count, usd } from "../format.ts";
import { Button, Card, Failure } from "./basics.tsx";
import { Form, TextField } from "./form.tsx";
import { useAction, useGet, useMay } from "./hooks.ts";

const FIELDS = [
  ["requestsPerMinute", "Requests per minute"],
  ["tokensPerMinute", "Tokens per minute"],
  ["concurrentCalls", "Concurrent calls"],
  ["tokensPerDay", "Tokens per day"],
  ["tokensPerMonth", "Tokens per month"],
  ["costPerDay", "US dollars per day"],
  ["costPerMonth", "US dollars per month"],
  ["warnAtPercent", "Warn at (percent)"],
] as const;

export function Limits({ scope, name }: { scope: "delegation" | "client" | "key"; name: string }) {
  const report = useGet("GET /limits/{scope}/{name}/state", { params: { scope, name } }, 10_000);
  const may = useMay("operator");
  const [editing, setEditing] = useState(false);
  return (
    <Card
      title="Limits"
      tools={
        may &&
        !editing && (
          <Button small onClick={() => setEditing(true)}>
            Change
          </Button>
        )
      }
    >
      {report.isError && <Failure error={report.error} />}
      {report.data && !editing && <Used report={report.data} />}
      {report.data && editing && <LimitsForm report={report.data} onDone={() => setEditing(false)} />}
    </Card>
  );
}

function Used({ report: { state } }: { report: LimitReportView }) {
  if (state.length === 0) return <p className="muted">None: only the AWS account's own quotas apply.</p>;
  return (
    <ul className="stack-s">
      {state.map(({ limit, max, used, reserved, resetsAt }) => {
        const money = limit.startsWith("cost");
        const text = (value: number) => (money ? usd(value) : count(value));
        const percent = Math.min(100, Math.round(((used + reserved) / max) * 100));
        const tone = percent >= 100 ? "full" : percent >= 80 ? "high" : "";
        return (
          <li key={limit} className="stack-s">
            <div className="row between">
              <span>{limit.replaceAll("-", " ")}</span>
              <span className="num">
                {text(used)}
                {reserved > 0 ? ` + ${text(reserved)} reserved` : ""} of {text(max)}
              </span>
            </div>
            <div className={`meter ${tone}`} aria-hidden>
              <span style={{ width: `${percent}%` }} />
            </div>
            {resetsAt !== null && <span className="muted small">Resets {ago(resetsAt)}.</span>}
          </li>
        );
      })}
    </ul>
  );
}

function LimitsForm({ report, onDone }: { report: LimitReportView; onDone: () => void }) {
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(Object.entries(report.limits).map(([field, value]) => [field, String(value)])),
  );
  const { busy, error, problem, run } = useAction();
  const save = async () => {
    const given = Object.entries(values).filter(([, value]) => value.trim() !== "");
    const body = Object.fromEntries(given.map(([field, value]) => [field, Number(value)]));
    const params = { scope: report.scope, name: report.name };
    if (await run(() => call("PUT /limits/{scope}/{name}", { params, body }))) onDone();
  };
  return (
    <Form onSubmit={save}>
      <div className="grid-2">
        {FIELDS.map(([field, label]) => (
          <TextField
            key={field}
            label={label}
            error={problem(field)}
            inputMode="decimal"
            placeholder={field === "warnAtPercent" ? "80" : "no limit"}
            value={values[field] ?? ""}
            onChange={(value) => setValues({ ...values, [field]: value })}
          />
        ))}
      </div>
      <p className="muted small">Days and months are in UTC. An empty field means no limit.</p>
      {error !== undefined && <Failure error={error} />}
      <div className="row">
        <Button type="submit" kind="primary" disabled={busy}>
          Save limits
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </Form>
  );
}
