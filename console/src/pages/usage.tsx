/** Usage and cost: by client, delegation, model or key. */
import { Download } from "lucide-react";
import { useState } from "react";
import type { UsageView } from "../../../src/admin/views.ts";
import { Chart } from "../charts/chart.tsx";
import { Button, Card, Empty, Failure, Loading, Notice, PageHead, Segmented } from "../components/basics.tsx";
import { useFigures } from "../components/hooks.ts";
import { PeriodPicker, type PeriodName } from "../components/period.tsx";
import { csvOf, download } from "../csv.ts";
import { count, duration, usd } from "../format.ts";

const BY = [
  ["client", "Client"],
  ["delegation", "Delegation"],
  ["model", "Model"],
  ["key", "Key"],
] as const;
type By = (typeof BY)[number][0];
type Row = UsageView["rows"][number];

const COLUMNS = [
  ["calls", "Calls", ({ calls }: Row) => calls],
  ["failed", "Failed", ({ failed }: Row) => failed],
  ["refused", "Refused", ({ refused }: Row) => refused],
  ["input", "Input", ({ inputTokens }: Row) => inputTokens],
  ["output", "Output", ({ outputTokens }: Row) => outputTokens],
  ["cache", "Cache read", ({ cacheReadInputTokens }: Row) => cacheReadInputTokens],
  ["cost", "Cost", ({ costUsd }: Row) => costUsd],
] as const;
type Column = (typeof COLUMNS)[number][0];

export default function Usage() {
  const [period, setPeriod] = useState<PeriodName>("7d");
  const [by, setBy] = useState<By>("client");
  const report = useFigures<UsageView>("/usage", period, { query: { by }, every: 30_000 });
  return (
    <>
      <PageHead
        title="Usage and cost"
        about="Costs are by the price table (Settings); what has no known price is never counted as nothing."
      >
        <PeriodPicker chosen={period} onChoose={setPeriod} />
        <Segmented label="By" options={BY} chosen={by} onChoose={setBy} />
      </PageHead>
      {report.isError && <Failure error={report.error} retry={() => void report.refetch()} />}
      {report.isPending && <Loading lines={6} />}
      {report.data && (
        <div aria-busy={report.isPlaceholderData}>
          <Report report={report.data} />
        </div>
      )}
    </>
  );
}

function Report({ report }: { report: UsageView }) {
  const { series, intervalMs, totals, rows } = report;
  const times = series.map(({ at }) => at);
  if (rows.length === 0)
    return (
      <Card>
        <Empty title="No calls in this period">
          <p>Choose a longer one, or make a call: Connect shows how.</p>
        </Empty>
      </Card>
    );
  return (
    <div className="stack">
      {totals.unpricedCalls > 0 && (
        <Notice tone="warn">
          {count(totals.unpricedCalls)} calls have no known price and are in no sum of dollars. Add their
          models' prices by <code>prices.file</code>.
        </Notice>
      )}
      <div className="grid-2">
        <Card title={`Cost: ${usd(totals.costUsd)}`}>
          <Chart
            label="Cost"
            times={times}
            intervalMs={intervalMs}
            kind="bars"
            format={usd}
            series={[{ name: "US dollars", values: series.map(({ costUsd }) => costUsd) }]}
          />
        </Card>
        <Card title={`Tokens: ${count(totals.inputTokens + totals.outputTokens)}`}>
          <Chart
            label="Tokens"
            times={times}
            intervalMs={intervalMs}
            kind="bars"
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
      <Rows report={report} />
    </div>
  );
}

function Rows({ report: { rows, by } }: { report: UsageView }) {
  const [sort, setSort] = useState<Column>("cost");
  const value = COLUMNS.find(([id]) => id === sort)?.[2] ?? (() => 0);
  const sorted = rows.toSorted((a, b) => value(b) - value(a));
  const save = () => {
    const heading = [by, ...COLUMNS.map(([, name]) => name), "Calls without a price", "Median ms"];
    const cells = sorted.map((row) => [
      row.name ?? "",
      ...COLUMNS.map(([, , of]) => of(row)),
      row.unpricedCalls,
      row.totalMs.p50,
    ]);
    download(`signet-usage-by-${by}.csv`, "text/csv", csvOf([heading, ...cells]));
  };
  return (
    <Card
      title={`By ${by}`}
      tools={
        <Button small onClick={save}>
          <Download size={14} aria-hidden /> CSV
        </Button>
      }
    >
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">{by}</th>
              {COLUMNS.map(([id, name]) => (
                <th key={id} scope="col" className="num" aria-sort={id === sort ? "descending" : "none"}>
                  <button type="button" onClick={() => setSort(id)}>
                    {name}
                    {id === sort ? " ↓" : ""}
                  </button>
                </th>
              ))}
              <th scope="col" className="num">
                Median
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={row.name ?? ""}>
                <th scope="row" className="break">
                  {row.name ?? "none"}
                </th>
                {COLUMNS.map(([id, , of]) => (
                  <td key={id} className="num">
                    {id === "cost" ? costOf(row) : count(of(row))}
                  </td>
                ))}
                <td className="num">{duration(row.totalMs.p50)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function costOf({ costUsd, unpricedCalls }: Row): string {
  if (unpricedCalls === 0) return usd(costUsd);
  return costUsd === 0 ? "unknown" : `${usd(costUsd)} + unknown`;
}
