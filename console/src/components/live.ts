/** Calls as they end, from the server's stream of events. */
import { useEffect, useState } from "react";
import type { CallView } from "../../../src/admin/views.ts";
import { pathOf } from "../api.ts";

const SHOWN = 12;

/** The latest first; nothing new while paused. */
export function useLive(paused: boolean): CallView[] {
  const [calls, setCalls] = useState<CallView[]>([]);
  useEffect(() => {
    if (paused) return undefined;
    const source = new EventSource(pathOf("/live"));
    source.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const call = JSON.parse(data) as CallView;
      setCalls((before) => [call, ...before].slice(0, SHOWN));
    });
    return () => source.close();
  }, [paused]);
  return calls;
}
