/** One call's whole story: what is known of it, and its records as they stand in the log. */
import type { CallView, StoryView } from "../../../src/admin/views.ts";
import { Button, Card, Code, Facts, Failure, Loading, PageHead, State } from "../components/basics.tsx";
import { useGet } from "../components/hooks.ts";
import { at, count, duration, usd } from "../format.ts";

export function Story({ id, onBack }: { id: string; onBack: () => void }) {
  const story = useGet<StoryView>(`/audit/calls/${encodeURIComponent(id)}`);
  return (
    <>
      <PageHead title="A call's story" about={<code className="break">{id}</code>}>
        <Button onClick={onBack}>Back to the calls</Button>
      </PageHead>
      {story.isError && <Failure error={story.error} />}
      {story.isPending && <Loading lines={5} />}
      {story.data && (
        <div className="stack">
          <Card title="What is known of it">
            <Known call={story.data.call} />
          </Card>
          <Card title="Its records in the chain">
            <ol className="timeline">
              {story.data.records.map((record) => (
                <li key={record.seq}>
                  <div className="stack-s">
                    <h3>
                      {record.type}, record {record.seq}
                    </h3>
                    <p className="muted small">
                      {at(record.time)} · <code className="break">{record.hash}</code>
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
        ["Client", `${call.client}, key ${call.key}`],
        ["Delegation", call.delegation],
        ["From", call.remote],
        ["Asked", `${call.operation ?? "–"} (${call.protocol}) of ${call.model ?? "no model"}`],
        ["Region, account", `${call.region ?? "–"}, ${call.account ?? "–"}`],
        ["Status", `${call.status ?? "none sent"}${call.error === null ? "" : `, ${call.error}`}`],
        [
          "AWS",
          call.upstreamRequestId === null
            ? "not called"
            : `${call.upstreamStatus} ${call.upstreamErrorType ?? ""} · request id ${call.upstreamRequestId} (CloudTrail has the same), session ${call.sessionName ?? "of the base credentials"}`,
        ],
        [
          "Usage",
          usage && usage.source !== "none"
            ? `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out, cache ${count(usage.cacheReadInputTokens)} read, ${count(usage.cacheWriteInputTokens)} written (${usage.source})`
            : "none",
        ],
        ["Cost", call.costUsd === null ? "not known" : `${usd(call.costUsd)} by prices ${call.prices}`],
        [
          "Time",
          `${duration(call.totalMs)}, first byte after ${duration(call.firstByteMs)}, ${call.attempts ?? 0} attempts`,
        ],
      ]}
    />
  );
}
