/** Usage and cost: by client, delegation, model, key or project, each to drill into. The page's address holds what is shown. */
import { Link, useSearchParams } from "wouter";
import type { UsageView } from "../../../src/admin/views/usage.ts";
import { Chart } from "../charts/chart.tsx";
import { Button, Card, Empty, Failure, Loading, Notice, PageHead } from "../components/basics.tsx";
import { Segmented } from "../components/tabs.tsx";
import { useEachFigures, useFigures } from "../components/hooks.ts";
import { MONTHS, PeriodPicker, RECENT, type Period, type PeriodName } from "../components/period.tsx";
import { count, usd } from "../format.ts";
import { Rows } from "./usage-rows.tsx";
import { sharesOf } from "./usage-shares.ts";

const BY = [
  ["client", "Client"],
  ["delegation", "Delegation"],
  ["model", "Model"],
  ["key", "Key"],
  ["project", "Project"],
] as const;
type By = (typeof BY)[number][0];

const PERIODS = [...RECENT, ...MONTHS];
const EVERY = 30_000;
/** Names with a color of their own. */
const LEADING = 5;

interface Asked {
  period: PeriodName;
  by: By;
  /** What it is narrowed to. */
  only: Partial<Record<By, string>>;
}

export default function Usage() {
  const [params, setParams] = useSearchParams();
  const asked = askedOf(params);
  const { period, by, only } = asked;
  const report = useFigures("GET /usage", period, {
    question: (times) => ({ query: { ...only, by, ...times } }),
    every: EVERY,
  });
  const show = (change: Partial<Asked>) => setParams(paramsOf({ ...asked, ...change }));
  return (
    <>
      <PageHead
        title="Usage and cost"
        about="Costs are estimates by the price table (see Settings), not a bill. Calls without a known price are shown, never counted as free. Months are in UTC."
      >
        <PeriodPicker options={PERIODS} chosen={period} onChoose={(chosen) => show({ period: chosen })} />
        <Segmented label="By" options={BY} chosen={by} onChoose={(chosen) => show({ by: chosen })} />
      </PageHead>
      <div className="stack">
        <Narrowed only={only} onChange={(changed) => show({ only: changed })} />
        {report.isError && <Failure error={report.error} retry={() => void report.refetch()} />}
        {report.isPending && <Loading lines={6} />}
        {report.data && (
          <div aria-busy={report.isPlaceholderData}>
            <Report report={report.data} asked={asked} />
          </div>
        )}
      </div>
    </>
  );
}

function Narrowed({ only, onChange }: { only: Asked["only"]; onChange: (only: Asked["only"]) => void }) {
  const names = BY.filter(([by]) => only[by] !== undefined);
  if (names.length === 0) return null;
  return (
    <div className="row">
      {names.map(([by, label]) => (
        <Button
          key={by}
          small
          onClick={() => {
            const { [by]: _removed, ...rest } = only;
            onChange(rest);
          }}
        >
          {label}: {only[by]} <span aria-hidden>×</span>
          <span className="visually-hidden">, remove</span>
        </Button>
      ))}
      <Link href={`/audit?${new URLSearchParams(only)}`}>Show the calls</Link>
    </div>
  );
}

function Report({ report, asked }: { report: UsageView; asked: Asked }) {
  const { series, intervalMs, totals, rows, by } = report;
  if (rows.length === 0)
    return (
      <Card>
        <Empty title="No calls in this period">
          <p>Choose a longer one, or make a call: Connect shows how.</p>
        </Empty>
      </Card>
    );
  const common = { times: series.map(({ at }) => at), intervalMs, kind: "bars" } as const;
  return (
    <div className="stack">
      {totals.unpricedCalls > 0 && (
        <Notice tone="warn">
          {count(totals.unpricedCalls)} calls have no known price and are not included in the cost. Add their
          models' prices in <code>prices.file</code>.
        </Notice>
      )}
      <div className="grid-2">
        <Cost report={report} asked={asked} />
        <Card title={`Tokens: ${count(totals.inputTokens + totals.outputTokens)}`}>
          <Chart
            {...common}
            label="Tokens"
            format={count}
            series={[
              { name: "input", values: series.map(({ inputTokens }) => inputTokens) },
              { name: "output", values: series.map(({ outputTokens }) => outputTokens) },
              { name: "cache read", values: series.map(({ cacheReadInputTokens }) => cacheReadInputTokens) },
              {
                name: "cache write",
                values: series.map(({ cacheWriteInputTokens }) => cacheWriteInputTokens),
              },
            ]}
          />
        </Card>
      </div>
      <Rows
        report={report}
        hrefOf={(name) =>
          `/usage?${paramsOf({ ...asked, by: nextOf(by), only: { ...asked.only, [by]: name } })}`
        }
      />
    </div>
  );
}

/** Cost, stacked by the names that cost most. */
function Cost({
  report: { series, rows, totals, intervalMs, by },
  asked: { period, only },
}: {
  report: UsageView;
  asked: Asked;
}) {
  const names = rows
    .toSorted((a, b) => b.costUsd - a.costUsd)
    .flatMap(({ name, costUsd }) => (name === null || costUsd === 0 ? [] : [name]))
    .slice(0, LEADING);
  const questions = names.map((name) => (times: Period) => ({
    query: { ...only, by, [by]: name, ...times },
  }));
  const each = useEachFigures("GET /usage", period, { questions, every: EVERY });
  const parts = names.flatMap((name, index) => {
    const answer = each[index]?.data;
    return answer ? [{ name, series: answer.series }] : [];
  });
  return (
    <Card title={`Cost: ${usd(totals.costUsd)}`}>
      <Chart
        label={`Cost by ${by}`}
        times={series.map(({ at }) => at)}
        intervalMs={intervalMs}
        kind="bars"
        format={usd}
        series={sharesOf(series, parts, ({ costUsd }) => costUsd)}
      />
    </Card>
  );
}

/** The next question about a name: a client's models, a model's clients. */
function nextOf(by: UsageView["by"]): By {
  return by === "model" ? "client" : "model";
}

function askedOf(params: URLSearchParams): Asked {
  const [period] = PERIODS.find(([name]) => name === params.get("period")) ?? (["7d"] as const);
  const [by] = BY.find(([name]) => name === params.get("by")) ?? BY[0];
  const only = Object.fromEntries(
    BY.flatMap(([name]) => {
      const value = params.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  return { period, by, only };
}

function paramsOf({ period, by, only }: Asked): URLSearchParams {
  return new URLSearchParams({ period, by, ...only });
}
