import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../core/clock.ts";
import { newDelegation, storeContract } from "./contract.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { migrate } from "./sqlite-migrate.ts";
import { openSqliteStore } from "./sqlite.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-store-"));
  file = path.join(folder, "data", "signet.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the SQLite store", () => {
  storeContract(async () => {
    const place = mkdtempSync(path.join(os.tmpdir(), "signet-store-"));
    return {
      open: () => openSqliteStore(path.join(place, "signet.db")),
      remove: async () => rmSync(place, { recursive: true, force: true }),
    };
  });
});

describe("the SQLite file", () => {
  it("and its side files are readable by their owner only", async () => {
    const store = await openSqliteStore(file);
    await store.delegations.add(newDelegation());
    const modes = readdirSync(path.dirname(file)).map((name) => [
      name,
      (statSync(path.join(path.dirname(file), name)).mode & 0o777).toString(8),
    ]);
    expect(modes).toEqual([
      ["signet.db", "600"],
      ["signet.db-shm", "600"],
      ["signet.db-wal", "600"],
    ]);
    expect((statSync(path.dirname(file)).mode & 0o777).toString(8)).toBe("700");
    await store.close();
  });

  it("outlives the process that wrote it", async () => {
    const first = await openSqliteStore(file);
    await first.delegations.add(newDelegation());
    await first.close();
    await first.close();
    const second = await openSqliteStore(file);
    expect(await second.delegations.list()).toEqual([newDelegation()]);
    await second.close();
  });

  it("is not created by commands that only read", async () => {
    await expect(openSqliteStore(file, { mustExist: true })).rejects.toMatchObject({ code: "missing" });
    expect(existsSync(file)).toBe(false);
  });

  it("is left alone if it is not a database, or another program's", async () => {
    const text = path.join(folder, "text.db");
    writeFileSync(text, "not a database at all, but long enough to be read as one".repeat(20));
    await expect(openSqliteStore(text)).rejects.toMatchObject({ code: "foreign" });
    const other = path.join(folder, "other.db");
    const raw = new DatabaseSync(other);
    raw.exec("CREATE TABLE theirs (x)");
    raw.close();
    await expect(openSqliteStore(other)).rejects.toThrow(/other\.db: .*another program/);
  });

  it("is refused if a later version of Signet wrote it", async () => {
    await (await openSqliteStore(file)).close();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version = 999");
    raw.close();
    await expect(openSqliteStore(file)).rejects.toMatchObject({
      code: "newer",
      message: expect.stringContaining("upgrade Signet"),
    });
  });

  it("is reported once when it vanishes under a running process", async () => {
    const store = await openSqliteStore(file);
    const onError = vi.fn<(error: unknown) => void>();
    const following = store.watch(systemClock, () => undefined, onError);
    rmSync(file);
    await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(1), 20_000);
    expect(String(onError.mock.calls[0]?.[0])).toContain("deleted while in use");
    following.stop();
    await store.close();
  });
});

const schemaOf = (database: DatabaseSync) => database.prepare("SELECT name FROM sqlite_schema").all();

describe("migrations", () => {
  it("run once, in order, completely", () => {
    const database = new DatabaseSync(":memory:");
    const history = [...MIGRATIONS, "CREATE TABLE later (x)", "INSERT INTO later VALUES (1)"];
    migrate(database, MIGRATIONS);
    migrate(database, history);
    migrate(database, history);
    expect(database.prepare("SELECT count(*) AS n FROM later").get()).toEqual({ n: 1 });
  });

  it("leave nothing behind when one fails", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, MIGRATIONS);
    const before = schemaOf(database);
    expect(() => migrate(database, [...MIGRATIONS, "CREATE TABLE half (x)", "NOT SQL"])).toThrow(
      "syntax error",
    );
    expect(schemaOf(database)).toEqual(before);
    expect(database.isTransaction).toBe(false);
  });

  it("keep what earlier versions called a mend as the fix of its probe", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, MIGRATIONS.slice(0, 6));
    const passed = { probe: "assume", status: "pass" };
    const failed = { probe: "call", status: "fail", mend: { advice: "Allow it.", commands: ["aws …"] } };
    database.exec("PRAGMA foreign_keys = OFF");
    database
      .prepare("INSERT INTO verification (delegation, scope, at, report) VALUES ('acme', 'full', 1, ?)")
      .run(JSON.stringify({ verdict: "fail", probes: [passed, failed] }));
    migrate(database, MIGRATIONS);
    const { mend, ...rest } = failed;
    expect(JSON.parse(String(database.prepare("SELECT report FROM verification").get()?.["report"]))).toEqual(
      {
        verdict: "fail",
        probes: [passed, { ...rest, fix: mend }],
      },
    );
  });

  it("keep the headers that grants named as the settings that they say, and widen nothing", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, MIGRATIONS.slice(0, 7));
    database.exec("PRAGMA foreign_keys = OFF");
    const grant = { operations: ["Converse"], models: ["a.*"], regions: ["us-east-1"] };
    const named = (...names: string[]) => names.map((name) => `x-amzn-bedrock-${name}`);
    const grants = [
      { ...grant, headers: [] },
      { ...grant, headers: named("trace", "guardrailversion", "guardrailidentifier") },
      { ...grant, headers: named("service-tier", "request-metadata", "performanceconfig-latency") },
      { ...grant, headers: named("guardrailversion") },
    ];
    const insert = database.prepare("INSERT INTO membership (client, delegation, grants) VALUES (?, 'a', ?)");
    insert.run("app", JSON.stringify(grants));
    insert.run("wide", null);
    migrate(database, MIGRATIONS);
    const rows = database.prepare("SELECT grants FROM membership ORDER BY client").all();
    expect(JSON.parse(String(rows[0]?.["grants"]))).toEqual([
      { ...grant, settings: [] },
      { ...grant, settings: ["trace", "guardrailConfig"] },
      { ...grant, settings: ["serviceTier", "requestMetadata", "performanceConfig"] },
      { ...grant, settings: [] },
    ]);
    expect(rows[1]?.["grants"]).toBeNull();
  });
});
