/** Frees what large bodies leave behind before V8 would mark the whole heap for it (decision 0025). */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options: { type: "minor" }) => void;
setFlagsFromString("--no-expose-gc");

/** Bytes. V8 itself acts at 64 MiB, and by then marks. */
const MOST = 16 * 1024 * 1024;

let bytes = 0;

/** To be told of large Buffers that are garbage soon. */
export function leaves(more: number): void {
  bytes += more;
  if (bytes < MOST) return;
  bytes = 0;
  collect({ type: "minor" });
}
