/** The audit log's folder: whether the writer can work there, who is writing now, and the free space. */
import { stat, statfs } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { chainsOf, listSegments } from "../../audit/segments.ts";
import type { Config } from "../../config/schema.ts";
import { checkpointFinding } from "./checkpoint.ts";
import { failed, ok, warning, type Check, type Finding } from "./check.ts";
import {
  accessFindings,
  existingAbove,
  exists,
  makeFindings,
  modeFindings,
  networkFileSystemOf,
} from "./files.ts";
import type { PortState } from "./port.ts";

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const SQLITE_BUSY = 5;

export const auditCheck: Check = {
  name: "audit log",
  overdue: "its disk doesn't answer: check the file system that audit.dir is on",
  async run({ config, port, now }) {
    const { dir } = config.audit;
    if (!(await exists(dir))) {
      const trouble = await makeFindings(dir);
      const found = trouble.length > 0 ? trouble : [ok(`none yet; \`signet serve\` creates ${dir}`)];
      return [...found, spaceFinding(await spaceIn(config.audit, now), config.audit)];
    }
    if (!(await stat(dir)).isDirectory())
      return [failed(`${dir} is not a folder`, "move it away, or set another audit.dir")];
    const trouble = await accessFindings(dir);
    return [
      ...(trouble.length > 0 ? trouble : [writerFinding(dir, config.listen, await port)]),
      ...(await modeFindings(dir)),
      ...(await placeFindings(dir)),
      spaceFinding(await spaceIn(config.audit, now), config.audit),
      ...(await Promise.all(chainsOf(dir).map((chain) => checkpointFinding(chain, config.audit)))),
    ];
  },
};

function writerFinding(dir: string, { host, port }: Config["listen"], found: PortState): Finding {
  if (!isLocked(dir)) return ok(`${dir} is writable`);
  const mayServeElsewhere = port === 0;
  if (found.state === "signet" || mayServeElsewhere) return ok(`${dir} is in use by a running Signet`);
  return warning(
    `${dir} is in use by a running Signet, but none answers at ${host}:${port}`,
    `only one can write there: stop the other (\`fuser ${path.join(dir, "writer.lock")}\` shows it), or set another audit.dir`,
  );
}

/**
 * Whether a writer holds the folder's lock. It is tested by one read of an existing lock file.
 * The lock itself: src/audit/lock.ts.
 */
function isLocked(dir: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path.join(dir, "writer.lock"), { readOnly: true });
    database.prepare("PRAGMA schema_version").get();
    return false;
  } catch (error) {
    return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
  } finally {
    database?.close();
  }
}

async function placeFindings(dir: string): Promise<Finding[]> {
  const network = await networkFileSystemOf(dir);
  if (network === undefined) return [];
  return [
    warning(
      `${dir} is on a network file system (${network}): the lock of its only writer may not work, and each call waits for it`,
      "put audit.dir on a local disk or a block volume such as EBS",
    ),
  ];
}

export interface Space {
  /** Bytes that Signet's user may still write. */
  free: number;
  /** Whether the reserve already exists. */
  isReserved: boolean;
  /** Bytes that the log grew by in the last day, or slightly more. */
  lastDay: number;
}

async function spaceIn({ dir }: Config["audit"], now: number): Promise<Space> {
  const isThere = await exists(dir);
  const { bavail, bsize } = await statfs(isThere ? dir : await existingAbove(dir));
  const isReserved = isThere && (await exists(path.join(dir, "reserve")));
  return { free: bavail * bsize, isReserved, lastDay: isThere ? await lastDayOf(dir, now) : 0 };
}

/** The writer starts only with twice its reserve free, and should have space for another day like the last. */
export function spaceFinding(
  { free, isReserved, lastDay }: Space,
  { reserveMiB, segmentMiB }: Pick<Config["audit"], "reserveMiB" | "segmentMiB">,
): Finding {
  const least = isReserved ? 0 : 2 * reserveMiB * MIB;
  const seen = `${mib(free)} free, ${mib(lastDay)} written in the last day, ${reserveMiB} MiB needed as reserve`;
  const fix = "free space there, or archive old segments: Signet forwards no call that it can't record";
  if (free < least) return failed(`${seen}: too little to start with`, fix);
  return free < least + Math.max(lastDay, segmentMiB * MIB) ? warning(seen, fix) : ok(seen);
}

/** The sizes of the segments written to within a day: an upper estimate. */
async function lastDayOf(dir: string, now: number): Promise<number> {
  const segments = chainsOf(dir).flatMap((chain) => listSegments(chain.dir));
  const facts = await Promise.all(segments.map((segment) => stat(segment.path)));
  return facts.filter(({ mtimeMs }) => mtimeMs > now - DAY_MS).reduce((sum, { size }) => sum + size, 0);
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}
