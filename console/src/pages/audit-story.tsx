/** Everything about one call: its facts, and its records in the log. */
import { Link } from "wouter";
import type { CallView } from "../../../src/admin/views/call.ts";
import { Button, Card, Facts, Failure, Loading, PageHead, State } from "../components/basics.tsx";
import { CopyButton, Code } from "../components/code.tsx";
import { useGet } from "../components/hooks.ts";
import { at, count, duration, usd } from "../format.ts";

export function Story({ id, onBack }: { id: string; onBack: () => void }) {
  const story = useGet("GET /audit/calls/{call}", { params: { call: id } });
  return (
    <>
      <PageHead title="Call details" about={<code className="break">{id}</code>}>
        <Button onClick={onBack}>Back to the calls</Button>
      </PageHead>
      {story.isError && <Failure error={story.error} />}
      {story.isPending && <Loading lines={5} />}
      {story.data && (
        <div className="stack">
          <Card title="Summary">
            <Known call={story.data.call} />
          </Card>
          <Card title="Audit records">
            <ol className="timeline">
              {story.data.records.map((record) => (
                <li key={record.seq}>
                  <div className="stack-s">
                    <h3>
                      {record.type}, record {record.seq}
                    </h3>
                    <p className="muted small">
                      {at(record.time)}
                      {record !== story.data.records[0] &&
                        `, ${duration(Date.parse(record.time) - Date.parse(story.data.call.time))} after it arrived`}
                    </p>
                    <p className="muted small">
                      Hash <code className="break">{record.hash}</code>
                    </p>
                    <Code label={`Record ${record.seq}`} text={JSON.stringify(record, null, 2)} />
                  </div>
                </li>
              ))}
            </ol>
          </Card>
        </div>
      )}
    </>
  );
}

function Known({ call }: { call: CallView }) {
  const { usage } = call;
  return (
    <Facts
      rows={[
        ["Outcome", <State key="outcome" state={call.outcome} />],
        ["Arrived", at(call.time)],
        [
          "Client",
          <>
            <Link href={`/clients/${encodeURIComponent(call.client)}`}>{call.client}</Link>, key{" "}
            <code>{call.key}</code>
          </>,
        ],
        [
          "Delegation",
          <Link key="delegation" href={`/delegations/${encodeURIComponent(call.delegation)}`}>
            {call.delegation}
          </Link>,
        ],
        ["From", call.remote],
        ["Request", `${call.operation ?? "–"} (${call.protocol}), ${call.model ?? "no model"}`],
        ["Region, account", `${call.region ?? "–"}, ${call.account ?? "–"}`],
        ["Project", call.project ?? "–"],
        ["Status", `${call.status ?? "none"}${call.error === null ? "" : `, ${call.error}`}`],
        ["AWS", <Upstream key="upstream" call={call} />],
        [
          "Usage",
          usage && usage.source !== "none"
            ? `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out, cache ${count(usage.cacheReadInputTokens)} read, ${count(usage.cacheWriteInputTokens)} written${usage.cacheWrite1hInputTokens ? `, ${count(usage.cacheWrite1hInputTokens)} of these for an hour` : ""} (${usage.source})`
            : "none",
        ],
        ["Cost", call.costUsd === null ? "unknown" : `${usd(call.costUsd)} by prices ${call.prices}`],
        [
          "Time",
          `${duration(call.totalMs)}, first byte after ${duration(call.firstByteMs)}, ${call.attempts === 1 ? "1 attempt" : `${call.attempts ?? 0} attempts`}`,
        ],
      ]}
    />
  );
}

function Upstream({ call }: { call: CallView }) {
  const { attempts, upstreamStatus, upstreamErrorType, upstreamRequestId, sessionName } = call;
  if (!attempts) return "not called";
  if (upstreamStatus === null) return "called, no answer";
  return (
    <div className="stack-s">
      <p>
        Status {upstreamStatus}
        {upstreamErrorType === null ? "" : `, ${upstreamErrorType}`}, session{" "}
        {sessionName ?? "of the base credentials"}
      </p>
      {upstreamRequestId !== null && (
        <div className="row">
          <span>
            Request id <code className="break">{upstreamRequestId}</code>, <code>requestID</code> in
            CloudTrail
          </span>
          <CopyButton text={upstreamRequestId} />
        </div>
      )}
    </div>
  );
}
