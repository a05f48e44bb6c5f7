/** What happens at a glance: calls, tokens, cost, errors, latency, sessions; live. */
import { Pause, Play } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { EventView, OverviewView, TotalsView } from "../../../src/admin/views.ts";
import { Chart } from "../charts/chart.tsx";
import {
  Button,
  Card,
  Empty,
  Failure,
  Loading,
  Notice,
  PageHead,
  Stat,
  State,
} from "../components/basics.tsx";
import { CallTable } from "../components/calls.tsx";
import { useFigures, useGet, useMay, type Page } from "../components/hooks.ts";
import { useLive } from "../components/live.ts";
import { PeriodPicker, type PeriodName } from "../components/period.tsx";
import { ago, at, change, count, duration, usd } from "../format.ts";

const EVERY = 5_000;

export function Overview() {
  const [period, setPeriod] = useState<PeriodName>("24h");
  const seen = useFigures<OverviewView>("/overview", period, { every: EVERY });
  return (
    <>
      <PageHead title="Overview" about="Who uses what, at which cost, and how well it works.">
        <PeriodPicker chosen={period} onChoose={setPeriod} />
      </PageHead>
      {seen.isError && <Failure error={seen.error} retry={() => void seen.refetch()} />}
      {seen.isPending && <Loading lines={6} />}
      {seen.data && (
        <div aria-busy={seen.isPlaceholderData}>
          <Figures seen={seen.data} />
        </div>
      )}
    </>
  );
}

function Figures({ seen }: { seen: OverviewView }) {
  const { states, behindMs } = seen;
  const none = states.active + states.pending + states.suspended === 0;
  return (
    <div className="stack">
      {behindMs === null && (
        <Notice tone="info">
          The audit log is being read for the first time: figures are still growing.
        </Notice>
      )}
      {none && <FirstSteps />}
      <Totals totals={seen.totals} before={seen.before} running={seen.running} />
      <Charts seen={seen} />
      <div className="grid-3">
        <Top title="Clients" rows={seen.clients} />
        <Top title="Models" rows={seen.models} />
        <Errors seen={seen} />
      </div>
      <Live />
      <div className="grid-2">
        <Sessions seen={seen} />
        <Events />
      </div>
    </div>
  );
}

function FirstSteps() {
  const may = useMay("operator");
  return (
    <Card>
      <Empty title="Nothing is lent yet">
        <p>
          A delegation is one AWS role, lent to Signet under an External ID. Its clients get keys; AWS keys
          stay home.
        </p>
        {may && (
          <Link href="/delegations/new" className="button primary">
            Set up the first delegation
          </Link>
        )}
      </Empty>
    </Card>
  );
}

function Totals({ totals, before, running }: { totals: TotalsView; before: TotalsView; running: number }) {
  const tokens = totals.inputTokens + totals.outputTokens;
  const tokensBefore = before.inputTokens + before.outputTokens;
  const ratio = totals.calls === 0 ? "–" : `${((totals.failed / totals.calls) * 100).toFixed(1)} %`;
  return (
    <dl className="stats">
      <Stat
        label="Calls"
        value={count(totals.calls)}
        hint={compared(totals.calls, before.calls, `${running} under way`)}
      />
      <Stat
        label="Tokens"
        value={count(tokens)}
        hint={compared(
          tokens,
          tokensBefore,
          `${count(totals.inputTokens)} in, ${count(totals.outputTokens)} out`,
        )}
      />
      <Stat
        label="Cost"
        value={usd(totals.costUsd)}
        hint={
          totals.unpricedCalls > 0
            ? `and ${count(totals.unpricedCalls)} calls without a known price`
            : compared(totals.costUsd, before.costUsd, "by list prices")
        }
      />
      <Stat
        label="Failed"
        value={ratio}
        hint={`${count(totals.failed)} failed, ${count(totals.refused)} refused`}
      />
      <Stat
        label="Time, median"
        value={duration(totals.totalMs.p50)}
        hint={`95 %: ${duration(totals.totalMs.p95)}, 99 %: ${duration(totals.totalMs.p99)}`}
      />
      <Stat
        label="First byte, median"
        value={duration(totals.firstByteMs.p50)}
        hint={`95 %: ${duration(totals.firstByteMs.p95)}`}
      />
    </dl>
  );
}

function compared(now: number, before: number, otherwise: string): string {
  const difference = change(now, before);
  return difference === undefined ? otherwise : `${difference} against the period before`;
}

function Charts({ seen: { series, intervalMs } }: { seen: OverviewView }) {
  const times = series.map(({ at: time }) => time);
  const common = { times, intervalMs };
  return (
    <div className="grid-2">
      <Card title="Calls">
        <Chart
          {...common}
          label="Calls"
          kind="bars"
          format={count}
          series={[
            { name: "ok", tone: "ok", values: series.map(({ calls, failed }) => calls - failed) },
            { name: "refused", tone: "warn", values: series.map(({ refused }) => refused) },
            { name: "failed", tone: "bad", values: series.map(({ failed }) => failed) },
          ]}
        />
      </Card>
      <Card title="Tokens">
        <Chart
          {...common}
          label="Tokens"
          kind="bars"
          format={count}
          series={[
            { name: "input", values: series.map(({ inputTokens }) => inputTokens) },
            { name: "output", values: series.map(({ outputTokens }) => outputTokens) },
          ]}
        />
      </Card>
      <Card title="Cost">
        <Chart
          {...common}
          label="Cost"
          format={usd}
          series={[{ name: "US dollars", values: series.map(({ costUsd }) => costUsd) }]}
        />
      </Card>
      <Card title="Time of calls">
        <Chart
          {...common}
          label="Time of calls"
          format={duration}
          series={[
            { name: "99 %", values: series.map(({ totalMs }) => totalMs.p99 ?? 0) },
            { name: "95 %", values: series.map(({ totalMs }) => totalMs.p95 ?? 0) },
            { name: "median", values: series.map(({ totalMs }) => totalMs.p50 ?? 0) },
          ]}
        />
      </Card>
    </div>
  );
}

function Top({ title, rows }: { title: string; rows: OverviewView["clients"] }) {
  return (
    <Card title={title} tools={<Link href="/usage">All</Link>}>
      {rows.length === 0 ? (
        <p className="muted">No calls in this period.</p>
      ) : (
        <table>
          <tbody>
            {rows.map(({ name, calls, costUsd, unpricedCalls }) => (
              <tr key={name ?? ""}>
                <td className="break">{name ?? "none"}</td>
                <td className="num">{count(calls)}</td>
                <td className="num">{costUsd === 0 && unpricedCalls > 0 ? "unknown" : usd(costUsd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Errors({ seen: { errors } }: { seen: OverviewView }) {
  return (
    <Card title="Errors">
      {errors.length === 0 ? (
        <p className="muted">None in this period.</p>
      ) : (
        <table>
          <tbody>
            {errors.slice(0, 5).map(({ error, calls }) => (
              <tr key={error}>
                <td className="break">
                  <Link href={`/audit?text=${encodeURIComponent(error)}`}>{error}</Link>
                </td>
                <td className="num">{count(calls)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Live() {
  const [paused, setPaused] = useState(false);
  const calls = useLive(paused);
  const Icon = paused ? Play : Pause;
  return (
    <Card
      title="As it happens"
      tools={
        <Button small onClick={() => setPaused(!paused)}>
          <Icon size={14} aria-hidden /> {paused ? "Go on" : "Pause"}
        </Button>
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

function Sessions({ seen: { sessions } }: { seen: OverviewView }) {
  return (
    <Card title="AWS sessions in memory">
      {sessions.length === 0 ? (
        <p className="muted">None: a role is assumed with the first call of each client.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Delegation</th>
              <th scope="col">Client</th>
              <th scope="col" className="num">
                Ends
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.slice(0, 8).map(({ delegation, client, expiresAt }) => (
              <tr key={`${delegation} ${client}`}>
                <td>{delegation}</td>
                <td>{client}</td>
                <td className="num" title={expiresAt === null ? "" : at(expiresAt)}>
                  {expiresAt === null ? "never" : ago(expiresAt)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Events() {
  const events = useGet<Page<EventView>>("/events", { limit: 8 }, EVERY);
  return (
    <Card title="Events">
      {events.data?.items.length ? (
        <table>
          <tbody>
            {events.data.items.map(({ id, at: time, type, subject, message }) => (
              <tr key={id}>
                <td className="nowrap muted" title={at(time)}>
                  {ago(time)}
                </td>
                <td>
                  <State state={type} />
                </td>
                <td className="break">
                  {subject}: {message}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="muted">
          Nothing to tell since the start: suspensions, budgets and expiring keys appear here.
        </p>
      )}
    </Card>
  );
}
