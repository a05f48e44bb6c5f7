/** Calls as they end, from the server's stream of events. */
import { useEffect, useState } from "react";
import type { CallView } from "../../../src/admin/views/call.ts";
import { urlOf } from "../api.ts";

const SHOWN = 12;
const AGAIN_MS = 5_000;

/** The latest first; nothing new while paused. `lost` while there is no connection to the server. */
export function useLive(paused: boolean): { calls: CallView[]; lost: boolean } {
  const [calls, setCalls] = useState<CallView[]>([]);
  const [lost, setLost] = useState(false);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (paused) return undefined;
    const source = new EventSource(urlOf("GET /live", {}));
    let again: ReturnType<typeof setTimeout> | undefined;
    source.addEventListener("open", () => setLost(false));
    source.addEventListener("error", () => {
      setLost(true);
      // The browser reconnects by itself unless the server answered with an error.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(() => setTries(tries + 1), AGAIN_MS);
    });
    source.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const call: CallView = JSON.parse(data);
      setCalls((before) => [call, ...before].slice(0, SHOWN));
    });
    return () => {
      clearTimeout(again);
      source.close();
    };
  }, [paused, tries]);
  return { calls, lost };
}
