/** The overview's lists: leading clients and models, errors, calls as they end, sessions, events. */
import { Pause, Play } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import type { EndingView } from "../../../src/admin/views/models.ts";
import type { OverviewView } from "../../../src/admin/views/usage.ts";
import { Button, Card, Failure, Notice, State } from "../components/basics.tsx";
import { CallTable } from "../components/calls.tsx";
import { useGet } from "../components/hooks.ts";
import { useLive } from "../components/live.ts";
import { ago, at, count, usd, utcDay } from "../format.ts";

const ROWS = 6;
const STATES = ["active", "pending", "suspended", "revoked"] as const;

type Rows = OverviewView["clients"];

export function Top(props: { title: string; rows: Rows; hrefOf: (name: string) => string }) {
  return (
    <Card title={props.title} tools={<Link href="/usage">Usage</Link>}>
      <Leading {...props} />
    </Card>
  );
}

/** Names whose calls were all refused are left out. */
function Leading({ title, rows, hrefOf }: { title: string; rows: Rows; hrefOf: (name: string) => string }) {
  const called = rows.filter(({ calls }) => calls > 0).slice(0, ROWS);
  if (called.length === 0) return <p className="muted">No calls in this period.</p>;
  return (
    <List label={title} columns={["Name", "Calls", "Cost"]}>
      {called.map(({ name, calls, costUsd, unpricedCalls }) => (
        <tr key={name ?? ""}>
          <td className="break">
            {name === null ? "none" : <Link href={hrefOf(encodeURIComponent(name))}>{name}</Link>}
          </td>
          <td className="num">{count(calls)}</td>
          <td className="num">{costUsd === 0 && unpricedCalls > 0 ? "unknown" : usd(costUsd)}</td>
        </tr>
      ))}
    </List>
  );
}

export function Delegations({ seen: { states, delegations } }: { seen: OverviewView }) {
  const some = STATES.filter((state) => states[state] > 0);
  return (
    <Card title="Delegations" tools={<Link href="/delegations">All</Link>}>
      <div className="stack-s">
        <p className="row">
          {some.map((state) => (
            <span key={state} className="row">
              <strong>{count(states[state])}</strong> <State state={state} />
            </span>
          ))}
        </p>
        <Leading title="Delegations" rows={delegations} hrefOf={(name) => `/delegations/${name}`} />
      </div>
    </Card>
  );
}

export function Errors({ errors }: Pick<OverviewView, "errors">) {
  return (
    <Card title="Errors">
      {errors.length === 0 ? (
        <p className="muted">None in this period.</p>
      ) : (
        <List label="Errors" columns={["Code", "Calls"]}>
          {errors.slice(0, ROWS).map(({ error, calls }) => (
            <tr key={error}>
              <td className="break">
                <Link href={`/audit?text=${encodeURIComponent(error)}`}>{error}</Link>
              </td>
              <td className="num">{count(calls)}</td>
            </tr>
          ))}
        </List>
      )}
    </Card>
  );
}

export function Live({ running }: { running: number }) {
  const [paused, setPaused] = useState(false);
  const { calls, lost } = useLive(paused);
  const Icon = paused ? Play : Pause;
  return (
    <Card
      title="Live"
      tools={
        <span className="row">
          <span className="muted small" role="status">
            {lost ? "Connection lost; reconnecting" : `${count(running)} in progress`}
          </span>
          <Button small onClick={() => setPaused(!paused)}>
            <Icon size={14} aria-hidden /> {paused ? "Resume" : "Pause"}
          </Button>
        </span>
      }
    >
      {calls.length === 0 ? (
        <p className="muted">Calls appear here as they end.</p>
      ) : (
        <CallTable calls={calls} label="Calls as they end" />
      )}
    </Card>
  );
}

export function Sessions({ sessions }: Pick<OverviewView, "sessions">) {
  return (
    <Card title="AWS sessions in memory">
      {sessions.length === 0 ? (
        <p className="muted">None: a role is assumed at the first call of each client.</p>
      ) : (
        <List label="AWS sessions" columns={["Delegation, client", "Ends"]}>
          {sessions.slice(0, ROWS).map(({ delegation, client, expiresAt }) => (
            <tr key={`${delegation} ${client}`}>
              <td className="break">
                {delegation}, {client}
              </td>
              <td className="num" title={expiresAt === null ? "" : at(expiresAt)}>
                {expiresAt === null ? "never" : ago(expiresAt)}
              </td>
            </tr>
          ))}
        </List>
      )}
      {sessions.length > ROWS && (
        <p className="muted small">and {count(sessions.length - ROWS)} that end later</p>
      )}
    </Card>
  );
}

const ENDINGS_EVERY = 10 * 60_000;

/** Granted models that end soon or have ended, of one delegation or of all; nothing if there are none. */
export function Endings({ delegation }: { delegation?: string }) {
  const query = delegation === undefined ? {} : { delegation };
  const found = useGet("GET /endings", { query }, ENDINGS_EVERY);
  const endings = found.data?.items ?? [];
  if (endings.length === 0) return null;
  return (
    <Notice tone="warn">
      <p>Granted models end: grant their successors, and move callers and aliases there.</p>
      <ul>
        {endings.map((ending) => (
          <li key={`${ending.delegation} ${ending.granted}`} className="break">
            {delegation === undefined && (
              <>
                <Link href={`/delegations/${encodeURIComponent(ending.delegation)}`}>
                  {ending.delegation}
                </Link>
                :{" "}
              </>
            )}
            <code>{ending.granted}</code> {ending.ended ? "ended" : "ends"} on {utcDay(ending.endsAt)}
            <span className="muted">{` (${detailsOf(ending)})`}</span>
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function detailsOf({ aliases, calls, source, successor }: EndingView): string {
  return [
    ...(aliases.length > 0 ? [`used by ${aliases.join(", ")}`] : []),
    `${count(calls)} calls in 30 days`,
    source === "aws" ? "by the account's own list" : "by the catalogue",
    ...(successor === undefined ? [] : [`successor: ${successor}`]),
  ].join("; ");
}

export function Events() {
  const events = useGet("GET /events", { query: { limit: ROWS } }, 5_000);
  const latest = events.data?.items ?? [];
  return (
    <Card title="Events">
      {events.isError && <Failure error={events.error} retry={() => void events.refetch()} />}
      {events.data && latest.length === 0 && (
        <p className="muted">No events since startup. Suspensions, budgets and expiring keys appear here.</p>
      )}
      <ul className="stack-s">
        {latest.map(({ id, at: time, type, subject, message }) => (
          <li key={id} className="break">
            <strong>{subject}</strong>: {message}
            <div className="muted small" title={at(time)}>
              {type}, {ago(time)}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** A small table: names first, numbers after. */
function List({
  label,
  columns,
  children,
}: {
  label: string;
  columns: readonly string[];
  children: ReactNode;
}) {
  return (
    <table>
      <caption className="visually-hidden">{label}</caption>
      <thead>
        <tr>
          {columns.map((column, index) => (
            <th key={column} scope="col" className={index === 0 ? "" : "num"}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
