/** Joins intents with outcomes: holds the calls that have not ended, in memory and, between transactions, in the file. */
import type { DatabaseSync } from "node:sqlite";
import { CallJoiner } from "../audit/calls.ts";
import type { IntentRecord, StoredRecord } from "../audit/records.ts";
import { isSound } from "./rows.ts";
import type { IndexedCall } from "./types.ts";

export interface Running {
  /** The call that ends with this record, unless something in it can't be read. */
  join(record: StoredRecord): IndexedCall | undefined;
  /** Writes what changed since the last time. */
  save(): void;
}

export function openRunning(database: DatabaseSync): Running {
  const joiner = new CallJoiner();
  const running = new Map<string, IntentRecord>();
  const saved = new Set<string>();
  const insert = database.prepare("INSERT OR REPLACE INTO running VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM running WHERE call = ?");
  const begin = (intent: IntentRecord) => {
    running.set(intent.call, intent);
    joiner.take(intent);
  };
  for (const row of database.prepare("SELECT intent FROM running").iterate()) {
    const intent = JSON.parse(String(row["intent"])) as IntentRecord;
    begin(intent);
    saved.add(intent.call);
  }
  return {
    join(record) {
      if (record.type === "intent" && typeof record.call === "string") begin(withoutContent(record));
      if (record.type !== "outcome" && record.type !== "refusal") return undefined;
      running.delete(record.call);
      const { content: _content, ...call } = joiner.take(record) ?? {};
      return "call" in call && isSound(call) ? call : undefined;
    },
    save() {
      for (const [call, intent] of running) if (!saved.has(call)) insert.run(call, JSON.stringify(intent));
      for (const call of saved) if (!running.has(call)) remove.run(call);
      saved.clear();
      for (const call of running.keys()) saved.add(call);
    },
  };
}

function withoutContent({ content: _content, ...intent }: IntentRecord): IntentRecord {
  return intent;
}
