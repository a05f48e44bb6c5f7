/** Usage as a table to sort, drill into and save. */
import { Download } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { UsageView } from "../../../src/admin/views/usage.ts";
import { Button, Card } from "../components/basics.tsx";
import { csvOf, download } from "../csv.ts";
import { count, duration, usd } from "../format.ts";

type Row = UsageView["rows"][number];

const COLUMNS = [
  ["Calls", ({ calls }: Row) => calls, count],
  ["Failed", ({ failed }: Row) => failed, count],
  ["Refused", ({ refused }: Row) => refused, count],
  ["Input", ({ inputTokens }: Row) => inputTokens, count],
  ["Output", ({ outputTokens }: Row) => outputTokens, count],
  ["Cache read", ({ cacheReadInputTokens }: Row) => cacheReadInputTokens, count],
  ["Cache write", ({ cacheWriteInputTokens }: Row) => cacheWriteInputTokens, count],
  ["Cost", ({ costUsd }: Row) => costUsd, usd],
  ["p50", ({ totalMs }: Row) => totalMs.p50 ?? 0, duration],
] as const;

interface Sort {
  column: string;
  upwards: boolean;
}

export function Rows({
  report: { rows, by, since },
  hrefOf,
}: {
  report: UsageView;
  /** The link of a row's name. */
  hrefOf: (name: string) => string;
}) {
  const [sort, setSort] = useState<Sort>({ column: "Cost", upwards: false });
  const sorted = sortedBy(rows, sort);
  const save = () =>
    download(
      `signet-usage-by-${by}-${new Date(since).toISOString().slice(0, 10)}.csv`,
      "text/csv",
      tableOf(by, sorted),
    );
  const choose = (column: string) =>
    setSort({ column, upwards: sort.column === column ? !sort.upwards : column === by });
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
          <caption className="visually-hidden">Usage by {by}</caption>
          <thead>
            <tr>
              {[by, ...COLUMNS.map(([name]) => name)].map((name, index) => (
                <Heading
                  key={name}
                  name={name}
                  number={index > 0}
                  sort={sort}
                  onChoose={() => choose(name)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <UsageRow key={row.name ?? ""} row={row} hrefOf={hrefOf} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function UsageRow({ row, hrefOf }: { row: Row; hrefOf: (name: string) => string }) {
  return (
    <tr>
      <th scope="row" className="break">
        {row.name === null ? "none" : <Link href={hrefOf(row.name)}>{row.name}</Link>}
      </th>
      {COLUMNS.map(([name, of, format]) => (
        <td key={name} className="num">
          {name === "Cost" ? costOf(row) : format(of(row))}
        </td>
      ))}
    </tr>
  );
}

function Heading({
  name,
  number,
  sort: { column, upwards },
  onChoose,
}: {
  name: string;
  number: boolean;
  sort: Sort;
  onChoose: () => void;
}) {
  const order = upwards ? "ascending" : "descending";
  const chosen = column === name;
  return (
    <th scope="col" className={number ? "num" : ""} aria-sort={chosen ? order : "none"}>
      <button type="button" onClick={onChoose}>
        {name === "p50" ? name : name.charAt(0).toUpperCase() + name.slice(1)}
        <span aria-hidden>{chosen ? (upwards ? " ↑" : " ↓") : ""}</span>
      </button>
    </th>
  );
}

function sortedBy(rows: readonly Row[], { column, upwards }: Sort): Row[] {
  const [, of] = COLUMNS.find(([name]) => name === column) ?? [];
  const order = (a: Row, b: Row) => (of ? of(a) - of(b) : (a.name ?? "").localeCompare(b.name ?? ""));
  return rows.toSorted((a, b) => (upwards ? order(a, b) : order(b, a)));
}

/** Whole numbers, as spreadsheets expect them; an unknown cost is left empty. */
function tableOf(by: string, rows: readonly Row[]): string {
  const heading = [
    by,
    "calls",
    "failed",
    "refused",
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_write_input_tokens",
    "cost_usd",
    "calls_without_price",
    "p50_ms",
  ];
  const cells = rows.map((row) => [
    row.name ?? "",
    row.calls,
    row.failed,
    row.refused,
    row.inputTokens,
    row.outputTokens,
    row.cacheReadInputTokens,
    row.cacheWriteInputTokens,
    row.costUsd === 0 && row.unpricedCalls > 0 ? null : row.costUsd,
    row.unpricedCalls,
    row.totalMs.p50,
  ]);
  return csvOf([heading, ...cells]);
}

function costOf({ costUsd, unpricedCalls }: Row): string {
  if (unpricedCalls === 0) return usd(costUsd);
  return costUsd === 0 ? "unknown" : `${usd(costUsd)} + unknown`;
}
