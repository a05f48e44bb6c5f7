/** What is on disk: the store, the audit log and its key. Nothing is made and nothing is changed. */
import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../../config/schema.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import { failed, ok, reasonOf, warning, type Check, type Finding } from "./check.ts";

const MIB = 1024 * 1024;

export const storeCheck: Check = {
  name: "store",
  async run({ store: { file } }) {
    const facts = await stat(file).catch(() => undefined);
    if (!facts) return [await canBeMade(file), ok("there is none yet: `signet delegation create` makes it")];
    try {
      const store = await openSqliteStore(file, { mustExist: true });
      try {
        await store.changesSince(0);
      } finally {
        await store.close();
      }
    } catch (error) {
      return [
        failed(`${file}: ${reasonOf(error)}`, "restore it from a backup, or free it from what locks it"),
      ];
    }
    // Opening it makes it its owner's alone.
    return [ok(`${file} can be read`)];
  },
};

export const auditCheck: Check = {
  name: "audit log",
  async run({ audit }) {
    const findings: Finding[] = [];
    const facts = await stat(audit.dir).catch(() => undefined);
    findings.push(facts ? await writable(audit.dir) : await canBeMade(audit.dir));
    if (facts) findings.push(modeFinding(audit.dir, facts.mode));
    findings.push(await spaceFinding(facts ? audit.dir : await existingAbove(audit.dir), audit));
    const key = await stat(audit.signingKeyFile).catch(() => undefined);
    if (key) findings.push(modeFinding(audit.signingKeyFile, key.mode));
    return findings;
  },
};

function modeFinding(file: string, mode: number): Finding {
  if ((mode & 0o077) === 0) return ok(`${file} is its owner's alone`);
  const bits = (mode & 0o777).toString(8);
  return warning(`${file} has mode ${bits}`, `chmod go= ${file}`);
}

async function writable(folder: string): Promise<Finding> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return ok(`${folder} can be written`);
  } catch (error) {
    return failed(reasonOf(error), `let Signet's user write ${folder}`);
  }
}

async function canBeMade(file: string): Promise<Finding> {
  const above = await existingAbove(file);
  const finding = await writable(above);
  return finding.status === "ok" ? ok(`${file} can be made`) : finding;
}

async function existingAbove(file: string): Promise<string> {
  const above = path.dirname(file);
  if (above === file) return file;
  return (await stat(above).catch(() => undefined)) ? above : existingAbove(above);
}

/** Twice the reserve, and one more segment: below that, Signet would soon refuse calls. */
async function spaceFinding(folder: string, audit: Config["audit"]): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / MIB);
  const wanted = 2 * audit.reserveMiB + audit.segmentMiB;
  const seen = `${free} MiB free where the audit log is`;
  return free >= wanted
    ? ok(seen)
    : failed(
        seen,
        `make room: below ${wanted} MiB Signet would soon refuse calls, as it forwards none unrecorded`,
      );
}
