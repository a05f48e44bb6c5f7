/** Joins intents with outcomes: keeps running calls in memory and, between transactions, in the file. */
import type { DatabaseSync } from "node:sqlite";
import { CallJoiner } from "../audit/calls.ts";
import type { IntentRecord } from "../audit/records.ts";
import type { Scanned } from "../audit/scan.ts";
import { isSound } from "./rows.ts";
import type { IndexedCall } from "./types.ts";

export interface Running {
  /** The call that ends with this record, unless it is malformed. */
  join(scanned: Scanned): IndexedCall | undefined;
  /** Writes what changed since the last time. */
  save(): void;
}

interface Begun {
  chain: string;
  record: IntentRecord;
}

export function openRunning(database: DatabaseSync): Running {
  const joiner = new CallJoiner();
  const running = new Map<string, Begun>();
  const saved = new Set<string>();
  const insert = database.prepare("INSERT OR REPLACE INTO running VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM running WHERE call = ?");
  const begin = (begun: Begun) => {
    running.set(begun.record.call, begun);
    joiner.take(begun);
  };
  for (const row of database.prepare("SELECT intent FROM running").iterate()) {
    const begun = JSON.parse(String(row["intent"])) as Begun;
    begin(begun);
    saved.add(begun.record.call);
  }
  return {
    join(scanned) {
      const { chain, record } = scanned;
      if (record.type === "intent" && typeof record.call === "string")
        begin({ chain, record: withoutContent(record) });
      if (record.type !== "outcome" && record.type !== "refusal") return undefined;
      running.delete(record.call);
      const { content: _content, ...call } = joiner.take(scanned) ?? {};
      return "call" in call && isSound(call) ? call : undefined;
    },
    save() {
      for (const [call, begun] of running) if (!saved.has(call)) insert.run(call, JSON.stringify(begun));
      for (const call of saved) if (!running.has(call)) remove.run(call);
      saved.clear();
      for (const call of running.keys()) saved.add(call);
    },
  };
}

function withoutContent({ content: _content, ...intent }: IntentRecord): IntentRecord {
  return intent;
}
