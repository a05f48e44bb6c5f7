/** `signet audit` with `--server`: the same queries, sent to its admin API. */
import type { Call, CallFilter } from "../audit/calls.ts";
import type { ChangeFilter, RecordedChange } from "../audit/changes.ts";
import type { ExportFormat } from "../audit/export.ts";
import type { Verdict } from "../audit/verify.ts";
import type { Remote } from "../admin/remote.ts";
import { allPages } from "./perform.ts";

/** The latest calls, oldest first; with `follow`, then each as it ends. */
export async function* remoteTail(remote: Remote, lines: number, follow: boolean): AsyncGenerator<Call> {
  const [{ performRemotely, streamRemotely }, { searchCalls }, { live }, { callView }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
    import("../admin/operations/insight.ts"),
    import("../admin/views/call.ts"),
  ]);
  const { items } = await performRemotely(remote, searchCalls, { query: { limit: Math.min(lines, 200) } });
  yield* items.toReversed();
  if (!follow) return;
  let rest = "";
  for await (const piece of streamRemotely(remote, live, {})) {
    const events = (rest + piece).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events)
      if (event.startsWith("data: ")) yield callView.parse(JSON.parse(event.slice(6)));
  }
}

/** Rejects with AdminError `not_found`. */
export async function remoteCall(remote: Remote, id: string): Promise<Call> {
  const [{ performRemotely }, { getCall }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  const { call } = await performRemotely(remote, getCall, { params: { call: id } });
  return call;
}

/** In chronological order. */
export async function remoteChanges(remote: Remote, filter: ChangeFilter): Promise<RecordedChange[]> {
  const [{ performRemotely }, { listChanges }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  const changes = await allPages((page) =>
    performRemotely(remote, listChanges, { query: { ...filter, ...page } }),
  );
  return changes.toReversed();
}

export async function remoteVerdict(remote: Remote, since: number | undefined): Promise<Verdict> {
  const [{ performRemotely }, { verify }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  return performRemotely(remote, verify, { body: since === undefined ? {} : { since } });
}

export async function* remoteExport(
  remote: Remote,
  query: CallFilter & { format: ExportFormat },
): AsyncGenerator<string> {
  const [{ streamRemotely }, { exportLog }] = await Promise.all([
    import("../admin/remote.ts"),
    import("../admin/operations/audit.ts"),
  ]);
  yield* streamRemotely(remote, exportLog, { query });
}
