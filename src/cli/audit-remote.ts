/** `signet audit` at a server: the same questions, asked of its admin API. */
import type { Call, CallFilter } from "../audit/calls.ts";
import type { ChangeFilter, RecordedChange } from "../audit/changes.ts";
import type { ExportFormat } from "../audit/export.ts";
import type { Verdict } from "../audit/verify.ts";
import type { Remote } from "../admin/remote.ts";

const NOTHING = { params: {}, query: {}, body: undefined };
const ignore = () => undefined;

/** The latest calls, oldest first; with `follow`, then each as it ends. */
export async function* remoteTail(remote: Remote, lines: number, follow: boolean): AsyncGenerator<Call> {
  const [{ performRemotely, streamRemotely }, { searchCalls }, { live }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
    import("../admin/operations/insight.ts"),
  ]);
  const query = { limit: Math.min(lines, 200) };
  const { items } = await performRemotely(remote, searchCalls, { ...NOTHING, query }, ignore);
  yield* items.toReversed() as Call[];
  if (!follow) return;
  let rest = "";
  for await (const piece of streamRemotely(remote, live, {})) {
    const events = (rest + piece).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) if (event.startsWith("data: ")) yield JSON.parse(event.slice(6)) as Call;
  }
}

/** Rejects with AdminError `not_found`. */
export async function remoteCall(remote: Remote, id: string): Promise<Call> {
  const [{ performRemotely }, { getCall }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  const { call } = await performRemotely(remote, getCall, { ...NOTHING, params: { call: id } }, ignore);
  return call as Call;
}

/** In the order in which they were made. */
export async function remoteChanges(remote: Remote, filter: ChangeFilter): Promise<RecordedChange[]> {
  const [{ performRemotely }, { listChanges }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  const changes: RecordedChange[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...filter, limit: 200, cursor };
    const page = await performRemotely(remote, listChanges, { ...NOTHING, query }, ignore);
    changes.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return changes.toReversed();
}

export async function remoteVerdict(remote: Remote, since: number | undefined): Promise<Verdict> {
  const [{ performRemotely }, { verifyAuditOperation }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  const body = since === undefined ? {} : { since };
  return (await performRemotely(remote, verifyAuditOperation, { ...NOTHING, body }, ignore)) as Verdict;
}

export async function* remoteExport(
  remote: Remote,
  filter: CallFilter & { format: ExportFormat },
): AsyncGenerator<string> {
  const [{ streamRemotely }, { exportCallsOperation }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  yield* streamRemotely(remote, exportCallsOperation, filter);
}
