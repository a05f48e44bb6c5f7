/** The store, the audit log and its key: each problem caused on real files, reported with its fix, and fixed. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
  closeSync,
} from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAudit } from "../../audit/writer.ts";
import { checkpointsPath, listSegments } from "../../audit/segments.ts";
import { systemClock } from "../../core/clock.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import { MIGRATIONS } from "../../store/migrations/index.ts";
import { auditCheck, spaceFinding } from "./audit.ts";
import { signingKeyCheck } from "./checkpoint.ts";
import { networkFileSystem } from "./files.ts";
import { findingsOf, newFolder } from "./fixtures.ts";
import { storeCheck } from "./store.ts";

let cwd: string;
let data: string;
const env = { SIGNET_LISTEN_PORT: "0" };
beforeEach(() => {
  cwd = newFolder();
  data = path.join(cwd, "signet-data");
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe("the store", () => {
  const store = () => findingsOf(storeCheck, { cwd, env });
  let file: string;
  beforeEach(async () => {
    file = path.join(data, "signet.db");
    await (await openSqliteStore(file)).close();
  });

  it("is fine if it is intact, in use or not, and if it doesn't exist yet", async () => {
    const fine = [`ok | ${file}: intact, schema ${MIGRATIONS.length}, delegations: 0, keys: 0`];
    expect(await store()).toEqual(fine);
    const opened = await openSqliteStore(file);
    await opened.clients.add({ name: "app", delegations: [], createdAt: 0 });
    expect(await store()).toEqual(fine);
    await opened.close();
    rmSync(data, { recursive: true });
    expect(await store()).toEqual([`ok | none yet; \`signet delegation create\` creates ${file}`]);
  });

  it("is warned of if other users can access it", async () => {
    chmodSync(file, 0o640);
    expect((await store())[1]).toBe(
      `warning | ${file} has mode 640: other users may access it | chmod go-rwx ${file}`,
    );
    chmodSync(file, 0o600);
    expect(await store()).toHaveLength(1);
  });

  it("is recognized as another program's, a later or earlier Signet's, or empty", async () => {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    expect((await store())[0]).toMatch(
      /^failed \| .*later version of Signet.* \| upgrade Signet, or restore/,
    );
    database.exec("PRAGMA user_version = 1");
    expect((await store())[0]).toMatch(/^warning \| .*schema 1 from an earlier Signet \| back it up: /);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; PRAGMA application_id = 7`);
    expect((await store())[0]).toMatch(/^failed \| .*another program.* \| set another file in store\.file/);
    database.close();
    writeFileSync(file, "not a database, but as long as one would be\n".repeat(50));
    expect((await store())[0]).toMatch(/^failed \| .*not a Signet store \| set another file/);
    truncateSync(file);
    expect((await store())[0]).toMatch(/^ok \| .* is empty/);
  });

  it("is recognized as damaged, and as intact once restored from its backup", async () => {
    copyFileSync(file, path.join(cwd, "backup.db"));
    const { size } = statSync(file);
    const fd = openSync(file, "r+");
    writeSync(fd, Buffer.alloc(size - 4096, 0x5a), 0, size - 4096, 4096);
    closeSync(fd);
    expect((await store())[0]).toMatch(/^failed \| .* is damaged: .* \| stop Signet and restore/);
    copyFileSync(path.join(cwd, "backup.db"), file);
    expect((await store())[0]).toMatch(/^ok/);
  });

  it("is recognized as locked by another program", async () => {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    writeFileSync(`${file}-wal`, ""); // As a program of another kind leaves one.
    expect((await store())[0]).toMatch(/^failed \| .*locked.* \| .*stop the program that locks it/);
    database.close();
  });

  it("fails if its folder is a file", async () => {
    rmSync(data, { recursive: true });
    writeFileSync(data, "");
    expect(await store()).toEqual([
      `failed | ${data} is a file, but must be a folder | move it away, or configure another path`,
    ]);
  });

  it("must be on a local disk: network file systems are known by their numbers", () => {
    expect([0x6969, 0xff534d42, 0xff534d42 | 0].map(networkFileSystem)).toEqual(["NFS", "CIFS", "CIFS"]);
    expect([0xef53, 0x01021994, 0x794c7630].map(networkFileSystem)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("the audit log", () => {
  const log = () => findingsOf(auditCheck, { cwd, env });
  const key = () => findingsOf(signingKeyCheck, { cwd, env });
  let dir: string;
  let signingKey: string;

  /** Starts the writer, as `signet serve` does; closing it signs a checkpoint. */
  const write = () =>
    openAudit({
      dir,
      signingKey,
      segmentBytes: 1 << 20,
      reserveBytes: 1 << 20,
      checkpointRecords: 1000,
      checkpointSeconds: 60,
      clock: systemClock,
      version: "0.0.0",
      onTrouble: () => undefined,
    });

  beforeEach(async () => {
    dir = path.join(data, "audit");
    signingKey = path.join(data, "audit-signing.pem");
    await (await write()).close();
  });

  it("is fine if it was closed properly, while it is being written, and if it doesn't exist yet", async () => {
    const [folder, space, chain] = await log();
    expect(folder).toBe(`ok | ${dir} is writable`);
    expect(space).toMatch(/^ok \| \d+ MiB free, \d+ MiB written in the last day, 4 MiB needed as reserve$/);
    expect(chain).toMatch(/^ok \| signed up to record \d+ at 20/);
    const writer = await write();
    expect((await log())[0]).toBe(`ok | ${dir} is in use by a running Signet`);
    await writer.close();
    expect(await key()).toEqual([`ok | ${signingKey}, an Ed25519 key, and its public half`]);
    rmSync(data, { recursive: true });
    expect((await log())[0]).toBe(`ok | none yet; \`signet serve\` creates ${dir}`);
    expect(await key()).toEqual([`ok | none yet; \`signet serve\` creates ${signingKey}`]);
  });

  it("is warned of, like its key, if other users can access it", async () => {
    chmodSync(dir, 0o755);
    chmodSync(signingKey, 0o644);
    expect((await log())[1]).toBe(
      `warning | ${dir} has mode 755: other users may access it | chmod go-rwx ${dir}`,
    );
    expect((await key())[1]).toMatch(/^warning \| .* has mode 644: other users may access it/);
    chmodSync(dir, 0o700);
    chmodSync(signingKey, 0o600);
    expect([(await log()).length, (await key()).length]).toEqual([3, 1]);
  });

  it("is warned of if there is too little space for a day like the last (T20)", async () => {
    // Sparse files: large by their sizes, without filling the disk.
    const segment = path.join(dir, listSegments(dir)[0]!.name);
    truncateSync(segment, 2 ** 43);
    // The kernel's time need not be that of the tests.
    utimesSync(segment, new Date(), new Date());
    expect((await log())[1]).toMatch(
      /^warning \| .* 8388608 MiB written in the last day.* \| free space there/,
    );
  });

  it("needs twice its reserve to start, and space for a segment or a day after that (T20)", () => {
    const statusOf = (freeMiB: number, lastDayMiB: number, isReserved = false) =>
      spaceFinding(
        { free: freeMiB << 20, lastDay: lastDayMiB << 20, isReserved },
        { reserveMiB: 4, segmentMiB: 64 },
      ).status;
    expect([statusOf(7, 0), statusOf(8, 0), statusOf(71, 0), statusOf(72, 0)]).toEqual([
      "failed",
      "warning",
      "warning",
      "ok",
    ]);
    expect([statusOf(107, 100), statusOf(108, 100)]).toEqual(["warning", "ok"]);
    expect([statusOf(0, 0, true), statusOf(64, 0, true)]).toEqual(["warning", "ok"]);
  });

  it("fails if it has lost records that a checkpoint signs (T19)", async () => {
    const segment = listSegments(dir)[0]!.path;
    const whole = readFileSync(segment, "utf8");
    writeFileSync(segment, `${whole.split("\n")[0]}\n`);
    expect((await log()).at(-1)).toMatch(
      /^failed \| the log ends at record 1, but the last checkpoint signs up to \d+ \| `signet audit verify`/,
    );
    writeFileSync(segment, whole);
    expect((await log()).at(-1)).toMatch(/^ok/);
  });

  it("fails if its last checkpoint is forged or unreadable", async () => {
    const checkpoints = checkpointsPath(dir);
    const whole = readFileSync(checkpoints, "utf8");
    writeFileSync(checkpoints, whole.replaceAll(/"time":"20\d\d/g, '"time":"1999'));
    expect((await log()).at(-1)).toMatch(/^failed \| the last checkpoint: forged signature \| /);
    writeFileSync(checkpoints, whole);
    appendFileSync(checkpoints, '{"seq":7');
    expect((await log()).at(-1)).toMatch(/^ok/);
    appendFileSync(checkpoints, "}\n");
    expect((await log()).at(-1)).toMatch(/^failed \| the last checkpoint can't be read/);
  });

  it("fails if its key, or one half of it, is missing or another's", async () => {
    const away = `${signingKey}.away`;
    renameSync(signingKey, away);
    expect(await key()).toEqual([
      expect.stringMatching(/^failed \| .*audit-signing\.pem is missing, but .*pub\.pem exists \| restore/),
    ]);
    writeFileSync(signingKey, "no key", { mode: 0o600 });
    expect((await key())[0]).toMatch(/^failed \| .* \| restore it and .*pub\.pem from a backup/);
    renameSync(away, signingKey);
    const publicFile = path.join(data, "audit-signing.pub.pem");
    const ours = readFileSync(publicFile);
    await (await openAuditElsewhere()).close();
    copyFileSync(path.join(cwd, "other", "audit-signing.pub.pem"), publicFile);
    expect((await key())[0]).toMatch(/^failed \| .* is not the public half of .* \| restore both/);
    rmSync(publicFile);
    expect((await log()).at(-1)).toMatch(/^failed \| checkpoints can't be checked: .* is missing/);
    writeFileSync(publicFile, ours);
    expect((await key())[0]).toMatch(/^ok/);
  });

  it("fails if it is a file", async () => {
    rmSync(dir, { recursive: true });
    writeFileSync(dir, "");
    expect(await log()).toEqual([`failed | ${dir} is not a folder | move it away, or set another audit.dir`]);
    rmSync(dir);
    mkdirSync(dir, { mode: 0o700 });
    expect((await log()).at(-1)).toBe("ok | no records yet");
  });

  function openAuditElsewhere() {
    dir = path.join(cwd, "other", "audit");
    signingKey = path.join(cwd, "other", "audit-signing.pem");
    const opened = write();
    dir = path.join(data, "audit");
    signingKey = path.join(data, "audit-signing.pem");
    return opened;
  }
});
