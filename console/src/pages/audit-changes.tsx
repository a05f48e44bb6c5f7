/** Who changed what, the latest first. */
import { useState } from "react";
import type { ChangeView } from "../../../src/admin/views/audit.ts";
import { Button, Empty, Failure, Loading } from "../components/basics.tsx";
import { useSearch } from "../components/hooks.ts";
import { SearchField } from "../components/search-field.tsx";
import { ago, at } from "../format.ts";

export function Changes() {
  const [subject, setSubject] = useState("");
  const [cursors, setCursors] = useState<string[]>([]);
  const query = { subject, limit: 20, cursor: cursors.at(-1) };
  const found = useSearch("GET /audit/changes", { query }, 10_000);
  return (
    <div className="stack">
      <SearchField
        label="Subject"
        help="For example delegation/acme, client/app or key/3fQ0zJk81LmX"
        value={subject}
        onSettle={(text) => {
          setSubject(text);
          setCursors([]);
        }}
      />
      {found.isError && <Failure error={found.error} />}
      {found.isPending && <Loading lines={4} />}
      {found.data?.items.length === 0 && <Empty title="No changes found" />}
      <ol className="timeline">
        {found.data?.items.map((change) => (
          <li key={change.id}>
            <div className="stack-s">
              <p>
                <strong>{change.action}</strong> <code className="break">{change.subject}</code>
              </p>
              <p className="muted small">
                <span title={at(change.at)}>{ago(change.at)}</span> by {change.actor}
                {change.reason === undefined ? "" : `, because: ${change.reason}`}
              </p>
              <Differences change={change} />
            </div>
          </li>
        ))}
      </ol>
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

function Differences({ change: { before, after } }: { change: ChangeView }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])];
  if (names.length === 0) return null;
  return (
    <details>
      <summary className="small">Changed: {names.join(", ")}</summary>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="mono break">{textOf(before?.[name])}</td>
                <td className="mono break">{textOf(after[name])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
