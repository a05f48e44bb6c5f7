/** The price table, searched by model and page by page. */
import { useState } from "react";
import type { PriceRow } from "../../../src/admin/views/limits.ts";
import { Button, Card, Failure, Loading } from "../components/basics.tsx";
import { useSearch } from "../components/hooks.ts";
import { SearchField } from "../components/search-field.tsx";
import { count } from "../format.ts";

const RATES = ["Input", "Output", "Cache read", "Cache write", "For an hour"];

const dollars = (price: number | null) => (price === null ? "unknown" : `$${price}`);

export function Prices({ version }: { version: string }) {
  const [model, setModel] = useState("");
  const [cursors, setCursors] = useState<string[]>([]);
  const query = { limit: 100, cursor: cursors.at(-1), model: model || undefined };
  const prices = useSearch("GET /prices", { query });
  if (prices.isError) return <Failure error={prices.error} retry={() => void prices.refetch()} />;
  if (!prices.data) return <Loading />;
  const { items, next } = prices.data;
  return (
    <Card title={`Prices ${version}`}>
      <p className="muted">
        US dollars per million tokens; the first price that matches a call applies. A row with a threshold
        applies to all tokens of a call that has more tokens of input, cached ones included. Your own rows
        (prices.file) come first.
      </p>
      <SearchField
        label="Model"
        value={model}
        onSettle={(text) => {
          setModel(text);
          setCursors([]);
        }}
      />
      <Table rows={items} />
      <div className="row">
        <Button small disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
          Previous
        </Button>
        <Button small disabled={next === null} onClick={() => setCursors([...cursors, next ?? ""])}>
          Next
        </Button>
      </div>
    </Card>
  );
}

function Table({ rows }: { rows: readonly PriceRow[] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Region</th>
            <th scope="col">Tier</th>
            {["Above", ...RATES].map((name) => (
              <th key={name} scope="col" className="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <th scope="row" className="mono">
                {row.model}
              </th>
              <td>{row.regions.join(", ")}</td>
              <td>{row.tier}</td>
              <td className="num">{row.above === 0 ? "" : count(row.above)}</td>
              {[row.input, row.output, row.cacheRead, row.cacheWrite, row.cacheWrite1h].map(
                (price, column) => (
                  <td key={column} className="num">
                    {dollars(price)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
