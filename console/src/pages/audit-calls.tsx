/** Calls by search, the latest first. */
import { useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import type { CallView } from "../../../src/admin/views/call.ts";
import { urlOf } from "../api.ts";
import { now } from "../clock.ts";
import { Button, Empty, Failure, Loading } from "../components/basics.tsx";
import { SelectField, TextField } from "../components/form.tsx";
import { CallTable } from "../components/calls.tsx";
import { useGet, useSearch } from "../components/hooks.ts";
import { SearchField } from "../components/search-field.tsx";
import { exportable, filterOf, leftOut, paramsWith, queryOf, WHEN, type Filter } from "./audit-filter.ts";

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
] as const;
const FORMATS = ["csv", "jsonl", "json"] as const;
const PAGE = 25;

type Set = (change: Partial<Filter>) => void;

export function CallSearch() {
  const [params, setParams] = useSearchParams();
  const [asked, setAsked] = useState(now);
  const filter = filterOf(params);
  const address = params.toString();
  // Fixed until it is changed or refreshed: a moving period would restart the search.
  const query = useMemo(() => queryOf(filterOf(new URLSearchParams(address)), asked), [address, asked]);
  const found = useSearch("GET /audit/calls", { query: { ...query, limit: PAGE } });
  const set: Set = (change) => {
    setAsked(now());
    setParams(paramsWith(params, change), { replace: change.cursor === undefined });
  };
  return (
    <div className="stack">
      <Filters filter={filter} set={set} />
      <div className="row between">
        <span className="row">
          Export:
          {FORMATS.map((format) => (
            <a
              key={format}
              href={urlOf("GET /audit/export", { query: { ...exportable(query), format } })}
              download
            >
              {format.toUpperCase()}
            </a>
          ))}
          {leftOut(filter).length > 0 && (
            <span className="muted small">ignores {leftOut(filter).join(" and ")}</span>
          )}
        </span>
        <Button small onClick={() => set({})}>
          Refresh
        </Button>
      </div>
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading lines={5} />}
      {found.data && (
        <div aria-busy={found.isPlaceholderData}>
          <Found
            calls={found.data.items}
            hrefOf={(call) => {
              const story = new URLSearchParams(params);
              story.set("call", call);
              return `/audit?${story}`;
            }}
          />
        </div>
      )}
      <div className="row">
        <Button small disabled={filter.cursor === ""} onClick={() => set({ cursor: "" })}>
          Latest
        </Button>
        <Button small disabled={!found.data?.next} onClick={() => set({ cursor: found.data?.next ?? "" })}>
          Older
        </Button>
      </div>
    </div>
  );
}

function Found({ calls, hrefOf }: { calls: CallView[]; hrefOf: (call: string) => string }) {
  if (calls.length > 0) return <CallTable calls={calls} label="Calls found" hrefOf={hrefOf} />;
  return (
    <Empty title="No calls found">
      <p>Widen the search, or retry once calls have been made.</p>
    </Empty>
  );
}

function Filters({ filter, set }: { filter: Filter; set: Set }) {
  const clients = useGet("GET /clients", { query: { limit: 200 } });
  const delegations = useGet("GET /delegations", { query: { limit: 200 } });
  return (
    <>
      <SearchField
        label="Text"
        help="Part of an id, AWS request id, model, error or address"
        value={filter.text}
        onSettle={(text) => set({ text })}
      />
      <div className="stats">
        <Pick
          label="Client"
          value={filter.client}
          names={namesOf(clients.data)}
          onPick={(client) => set({ client })}
        />
        <Pick
          label="Delegation"
          value={filter.delegation}
          names={namesOf(delegations.data)}
          onPick={(delegation) => set({ delegation })}
        />
        <Pick
          label="Outcome"
          value={filter.outcome}
          names={OUTCOMES}
          onPick={(outcome) => set({ outcome })}
        />
        <SelectField label="When" value={filter.when} options={WHEN} onChange={(when) => set({ when })} />
        {filter.when === "between" && (
          <>
            <Time label="From" value={filter.from} onPick={(from) => set({ from })} />
            <Time label="To" value={filter.to} onPick={(to) => set({ to })} />
          </>
        )}
      </div>
      <Chosen filter={filter} set={set} />
    </>
  );
}

/** Filters that links of other pages set and no field shows. */
function Chosen({ filter, set }: { filter: Filter; set: Set }) {
  const chosen = (["model", "key"] as const).filter((name) => filter[name] !== "");
  if (chosen.length === 0) return null;
  return (
    <div className="row">
      {chosen.map((name) => (
        <Button key={name} small onClick={() => set({ [name]: "" })}>
          {name}: {filter[name]} <span aria-hidden>×</span>
          <span className="visually-hidden">, remove</span>
        </Button>
      ))}
    </div>
  );
}

function Time({ label, value, onPick }: { label: string; value: string; onPick: (local: string) => void }) {
  return <TextField label={label} type="datetime-local" value={value} onChange={onPick} />;
}

function namesOf(page: { items: { name: string }[] } | undefined): string[] {
  return (page?.items ?? []).map(({ name }) => name);
}

function Pick<Name extends string>({
  label,
  value,
  names,
  onPick,
}: {
  label: string;
  value: Name | "";
  names: readonly Name[];
  onPick: (name: Name | "") => void;
}) {
  // The chosen name may not be on the first page of names.
  const all = value === "" || names.includes(value) ? names : [value, ...names];
  const options = all.map((name) => [name, name.replaceAll("_", " ")] as const);
  return <SelectField label={label} value={value} options={[["", "any"], ...options]} onChange={onPick} />;
}
