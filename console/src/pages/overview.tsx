/** The overview: calls, tokens, cost, errors, latency and sessions, live. */
import { useState } from "react";
import { Link } from "wouter";
import type { OverviewView, TotalsView } from "../../../src/admin/views/usage.ts";
import { Chart } from "../charts/chart.tsx";
import { Card, Empty, Failure, Loading, Notice, PageHead, Stat } from "../components/basics.tsx";
import { useFigures, useMay } from "../components/hooks.ts";
import { PeriodPicker, type PeriodName } from "../components/period.tsx";
import { change, count, duration, usd } from "../format.ts";
import { Delegations, Endings, Errors, Events, Live, Sessions, Top } from "./overview-panels.tsx";

const EVERY = 5_000;

export function Overview() {
  const [period, setPeriod] = useState<PeriodName>("24h");
  const seen = useFigures("GET /overview", period, { question: (query) => ({ query }), every: EVERY });
  return (
    <>
      <PageHead title="Overview" about="Usage, cost and health">
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
          The audit log is being read for the first time: the figures are still incomplete.
        </Notice>
      )}
      {none && <FirstSteps />}
      <Endings />
      <Totals totals={seen.totals} before={seen.before} />
      <Charts seen={seen} />
      <div className="grid-3">
        <Top title="Clients" rows={seen.clients} hrefOf={(name) => `/audit?client=${name}`} />
        <Top title="Models" rows={seen.models} hrefOf={(name) => `/audit?model=${name}`} />
        <Delegations seen={seen} />
      </div>
      <Live running={seen.running} />
      <div className="grid-3">
        <Errors errors={seen.errors} />
        <Sessions sessions={seen.sessions} />
        <Events />
      </div>
    </div>
  );
}

function FirstSteps() {
  const may = useMay("operator");
  return (
    <Card>
      <Empty title="No delegations yet">
        <p>
          A delegation is one AWS role that Signet may assume with an External ID. Its clients get keys; AWS
          credentials are never handed out.
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

function Totals({ totals, before }: { totals: TotalsView; before: TotalsView }) {
  const tokens = totals.inputTokens + totals.outputTokens;
  const tokensBefore = before.inputTokens + before.outputTokens;
  const ratio = totals.calls === 0 ? "–" : `${((totals.failed / totals.calls) * 100).toFixed(1)} %`;
  return (
    <dl className="stats">
      <Stat
        label="Calls"
        value={count(totals.calls)}
        hint={compared(totals.calls, before.calls, "none in the previous period")}
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
            : compared(totals.costUsd, before.costUsd, "at list prices")
        }
      />
      <Stat
        label="Failed"
        value={ratio}
        hint={`${count(totals.failed)} failed, ${count(totals.refused)} refused`}
      />
      <Stat
        label="Latency p50"
        value={duration(totals.totalMs.p50)}
        hint={`p95 ${duration(totals.totalMs.p95)}, p99 ${duration(totals.totalMs.p99)}`}
      />
      <Stat
        label="First byte p50"
        value={duration(totals.firstByteMs.p50)}
        hint={`p95 ${duration(totals.firstByteMs.p95)}, p99 ${duration(totals.firstByteMs.p99)}`}
      />
    </dl>
  );
}

function compared(now: number, before: number, otherwise: string): string {
  const difference = change(now, before);
  return difference === undefined ? otherwise : `${difference} from the previous period`;
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
      <Card title="Latency">
        <Chart
          {...common}
          label="Latency"
          kind="lines"
          format={duration}
          series={[
            { name: "p50", values: series.map(({ totalMs }) => totalMs.p50) },
            { name: "p95", values: series.map(({ totalMs }) => totalMs.p95) },
            { name: "p99", values: series.map(({ totalMs }) => totalMs.p99) },
          ]}
        />
      </Card>
    </div>
  );
}
