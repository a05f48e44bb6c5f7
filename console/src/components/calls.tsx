/** Calls in a table, each with a link to its details. */
import { Link } from "wouter";
import type { CallView } from "../../../src/admin/views/call.ts";
import { ago, at, count, duration, usd } from "../format.ts";
import { State } from "./basics.tsx";

export function CallTable({
  calls,
  label,
  hrefOf = (call) => `/audit?call=${call}`,
}: {
  calls: readonly CallView[];
  label: string;
  hrefOf?: (call: string) => string;
}) {
  return (
    <div className="table-wrap">
      <table>
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Client</th>
            <th scope="col">Model</th>
            <th scope="col">Operation</th>
            <th scope="col">Outcome</th>
            <th scope="col" className="num">
              Tokens
            </th>
            <th scope="col" className="num">
              Cost
            </th>
            <th scope="col" className="num">
              Time
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <CallRow key={call.call} call={call} href={hrefOf(call.call)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CallRow({ call, href }: { call: CallView; href: string }) {
  return (
    <tr>
      <td className="nowrap">
        <Link href={href} title={at(call.time)}>
          {ago(call.time)}
        </Link>
      </td>
      <td className="nowrap">
        {call.client}
        <div className="muted small">{call.delegation}</div>
      </td>
      <td className="break model">{call.model ?? "–"}</td>
      <td>
        {call.operation ?? "–"}
        <div className="muted small">{call.protocol}</div>
      </td>
      <td>
        <State state={call.outcome} />
        {call.error !== null && <div className="muted small">{call.error}</div>}
      </td>
      <td className="num">{tokensOf(call)}</td>
      <td className="num">{costOf(call)}</td>
      <td className="num">{duration(call.totalMs)}</td>
    </tr>
  );
}

function tokensOf({ usage }: CallView): string {
  if (!usage || usage.source === "none") return "–";
  return `${usage.source === "estimated" ? "~" : ""}${count(usage.inputTokens)} → ${count(usage.outputTokens)}`;
}

/** Usage without a known price isn't free. */
function costOf({ usage, costUsd }: CallView): string {
  if (costUsd !== null) return usd(costUsd);
  return usage && usage.source !== "none" ? "unknown" : "–";
}
