/** CPU time of a process and its children, from /proc: Linux only. */
import { readdirSync, readFileSync } from "node:fs";

/** User and system time so far of all living threads, microseconds. Source: Documentation/scheduler/sched-stats.rst */
export function cpuOfTree(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    nanoseconds += Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
    const children = readFileSync(`${folder}/children`, "utf8").trim();
    for (const child of children === "" ? [] : children.split(" "))
      nanoseconds += cpuOfTree(Number(child)) * 1000;
  }
  return nanoseconds / 1000;
}
