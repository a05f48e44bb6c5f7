/** Calls by search, the latest first. */
import { useState } from "react";
import type { CallView, ClientRowView, DelegationRowView } from "../../../src/admin/views.ts";
import { pathOf, type Query } from "../api.ts";
import { Button, Empty, Failure, Field, Loading } from "../components/basics.tsx";
import { CallTable } from "../components/calls.tsx";
import { useGet, type Page } from "../components/hooks.ts";

const OUTCOMES = [
  "ok",
  "client_error",
  "upstream_error",
  "denied",
  "throttled",
  "truncated",
  "client_gone",
  "revoked",
  "gateway_error",
  "unknown",
  "refused",
];
const HOUR = 3_600_000;
const AGES = [
  ["", "any time"],
  [String(HOUR), "the last hour"],
  [String(24 * HOUR), "the last day"],
  [String(7 * 24 * HOUR), "the last week"],
  [String(30 * 24 * HOUR), "the last 30 days"],
] as const;

interface Filter {
  text: string;
  client: string;
  delegation: string;
  outcome: string;
  age: string;
}

export function CallSearch({ text }: { text: string }) {
  const [filter, setFilter] = useState<Filter>({ text, client: "", delegation: "", outcome: "", age: "" });
  const [cursors, setCursors] = useState<string[]>([]);
  const clients = useGet<Page<ClientRowView>>("/clients", { limit: 200 });
  const delegations = useGet<Page<DelegationRowView>>("/delegations", { limit: 200 });
  const query = queryOf(filter);
  const found = useGet<Page<CallView>>("/audit/calls", { ...query, limit: 25, cursor: cursors.at(-1) });
  const set = (change: Partial<Filter>) => {
    setFilter({ ...filter, ...change });
    setCursors([]);
  };
  return (
    <div className="stack">
      <div className="stats">
        <Field label="Text" help="Id, request id of AWS, model, error, address">
          {(props) => (
            <input
              {...props}
              type="search"
              value={filter.text}
              onChange={({ target }) => set({ text: target.value })}
            />
          )}
        </Field>
        <Pick
          label="Client"
          value={filter.client}
          names={clients.data?.items.map(({ name }) => name)}
          onPick={(client) => set({ client })}
        />
        <Pick
          label="Delegation"
          value={filter.delegation}
          names={delegations.data?.items.map(({ name }) => name)}
          onPick={(delegation) => set({ delegation })}
        />
        <Pick
          label="Outcome"
          value={filter.outcome}
          names={OUTCOMES}
          onPick={(outcome) => set({ outcome })}
        />
        <Field label="When">
          {(props) => (
            <select {...props} value={filter.age} onChange={({ target }) => set({ age: target.value })}>
              {AGES.map(([age, name]) => (
                <option key={age} value={age}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <div className="row between">
        <span className="row">
          Export:
          {["csv", "jsonl", "json"].map((format) => (
            <a key={format} href={pathOf("/audit/export", { ...exportable(query), format })} download>
              {format.toUpperCase()}
            </a>
          ))}
        </span>
        <Button small onClick={() => void found.refetch()}>
          Refresh
        </Button>
      </div>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading lines={5} />}
      {found.data && found.data.items.length === 0 && (
        <Empty title="No such calls">
          <p>Widen the search, or look again once calls have been made.</p>
        </Empty>
      )}
      {found.data && found.data.items.length > 0 && (
        <CallTable calls={found.data.items} label="Calls found" />
      )}
      <div className="row">
        <Button small disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
          Newer
        </Button>
        <Button
          small
          disabled={!found.data?.next}
          onClick={() => setCursors([...cursors, found.data?.next ?? ""])}
        >
          Older
        </Button>
      </div>
    </div>
  );
}

function queryOf({ age, ...filter }: Filter): Query {
  // To the minute, so that the question stays the same for a while.
  const since = age === "" ? undefined : Math.floor(Date.now() / 60_000) * 60_000 - Number(age);
  return { ...filter, since };
}

/** The export knows no free text. */
function exportable({ text: _text, ...query }: Query): Query {
  return query;
}

function Pick({
  label,
  value,
  names = [],
  onPick,
}: {
  label: string;
  value: string;
  names?: readonly string[] | undefined;
  onPick: (name: string) => void;
}) {
  return (
    <Field label={label}>
      {(props) => (
        <select {...props} value={value} onChange={({ target }) => onPick(target.value)}>
          <option value="">any</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
