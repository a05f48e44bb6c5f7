/** Calls and verdicts as text for a terminal. Nothing in a record can move the cursor or change colors. */
import type { Usage } from "./call-record.ts";
import type { Call } from "./calls.ts";
import type { RecordedChange } from "./changes.ts";
import type { Verdict } from "./verify.ts";

export type Tone = "green" | "yellow" | "red" | "dim" | "bold";
/** Colors a text, or returns it unchanged if the output isn't a terminal. */
export type Paint = (tone: Tone, text: string) => string;

const COLUMNS: { title: string; width: number; cell: (call: Call) => string; tone?: (call: Call) => Tone }[] =
  [
    { title: "TIME", width: 24, cell: (c) => text(c.time), tone: () => "dim" },
    { title: "OUTCOME", width: 14, cell: (c) => text(c.outcome), tone: toneOf },
    { title: "STATUS", width: 6, cell: (c) => text(c.status) },
    { title: "CLIENT", width: 16, cell: (c) => text(c.client) },
    { title: "DELEGATION", width: 16, cell: (c) => text(c.delegation) },
    { title: "OPERATION", width: 20, cell: (c) => text(c.operation) },
    { title: "MODEL", width: 44, cell: (c) => text(c.model) },
    { title: "TOKENS", width: 13, cell: tokens },
    { title: "MS", width: 7, cell: (c) => text(c.totalMs && Math.round(c.totalMs)) },
    { title: "CALL", width: 0, cell: (c) => text(c.call) },
  ];

export function callHeading(paint: Paint): string {
  return COLUMNS.map(({ title, width }) => paint("bold", title.padEnd(width))).join("  ");
}

export function callLine(call: Call, paint: Paint): string {
  return COLUMNS.map(({ width, cell, tone }) => {
    const padded = plain(cell(call)).padEnd(width);
    return tone ? paint(tone(call), padded) : padded;
  }).join("  ");
}

/** Everything known about a call, one field per line. */
export function callDetails(call: Call, paint: Paint): string {
  const { outcome, usage, costUsd, prices, reserved, records, content, ...rest } = call;
  const fields: [string, string][] = [
    ...Object.entries(rest).map(([name, value]): [string, string] => [name, text(value)]),
    ["usage", usage ? `${tokens(call)} in/out, ${usage.source}` : "-"],
    ["cache", usage ? cache(usage) : "-"],
    ["cost", costUsd === null ? "-" : `$${costUsd} (prices ${prices})`],
    [
      "reserved",
      reserved
        ? `${reserved.tokens} tokens${reserved.costUsd === null ? "" : `, $${reserved.costUsd}`}`
        : "-",
    ],
    ["records", records.join(", ")],
    ["content", content ? "recorded: see --json" : "not recorded"],
  ];
  const width = Math.max(...fields.map(([name]) => name.length));
  const lines = fields.map(([name, value]) => `${paint("dim", name.padEnd(width))}  ${plain(value)}`);
  return [`${"outcome".padEnd(width)}  ${paint(toneOf(call), outcome)}`, ...lines].join("\n");
}

/** A change in one line, with its differences below. */
export function changeLines(change: RecordedChange, paint: Paint): string {
  const { at, actor, action, subject, reason, before, after } = change;
  const head = [paint("dim", at), paint("bold", action), plain(subject), plain(`by ${actor}`)].join("  ");
  const names = Object.keys({ ...before, ...after });
  const differences = before
    ? names.map((name) => `    ${name}: ${fieldText(before[name])} → ${fieldText(after[name])}`)
    : names.map((name) => `    ${name}: ${fieldText(after[name])}`);
  return [head, ...(reason === undefined ? [] : [`    because ${plain(reason)}`]), ...differences].join("\n");
}

function fieldText(field: unknown): string {
  if (field === undefined) return "none";
  return plain(typeof field === "string" ? field : JSON.stringify(field));
}

export function verdictText(verdict: Verdict, paint: Paint): string {
  const { ok, chains, problems } = verdict;
  const described = chains.map(({ name, records, segments, checkpoints, last, signed }) => {
    const which = chains.length === 1 ? "" : `${name}: `;
    const read = `${count(records, "record")} in ${count(segments, "segment")}, ${count(checkpoints, "valid checkpoint")}`;
    return `${which}${read}${ok ? `; complete up to record ${last}, signed up to record ${signed}` : ""}`;
  });
  if (ok) return described.map((chain) => `${paint("green", "ok")}  ${chain}`).join("\n");
  const named = problems.map(({ file, line, seq, kind, message }) =>
    plain(`${file}:${line}  record ${seq}  ${kind}: ${message}`),
  );
  return [`${paint("red", count(problems.length, "problem"))}  ${described.join("; ")}`, ...named].join("\n");
}

function toneOf({ outcome }: Call): Tone {
  switch (outcome) {
    case "ok":
      return "green";
    case "running":
    case "refused":
    case "client_gone":
    case "client_error":
    case "throttled":
      return "yellow";
    case "upstream_error":
    case "denied":
    case "truncated":
    case "revoked":
    case "gateway_error":
    case "unknown":
      return "red";
    default: {
      const unexpected: never = outcome;
      return unexpected;
    }
  }
}

function cache(usage: Usage): string {
  const { cacheReadInputTokens, cacheWriteInputTokens, cacheWrite1hInputTokens } = usage;
  const hour = cacheWrite1hInputTokens ? `, ${cacheWrite1hInputTokens} of these for an hour` : "";
  return `${cacheReadInputTokens}/${cacheWriteInputTokens} read/written${hour}`;
}

function tokens({ usage }: Call): string {
  if (!usage || usage.source === "none") return "-";
  return `${usage.source === "estimated" ? "~" : ""}${usage.inputTokens}/${usage.outputTokens}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A missing value is shown as a dash: in a log that was tampered with, any field may be missing. */
function text(value: string | number | null | undefined): string {
  return value === null || value === undefined ? "-" : String(value);
}

/** A refused call's model is any text from its caller: control and formatting characters are shown as U+FFFD. */
function plain(value: string): string {
  return value.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\uFFFD");
}
