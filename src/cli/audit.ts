/** `signet audit`: reads, verifies and exports the audit log. It never writes to it, and works while a gateway is running. */
import { styleText } from "node:util";
import { existsSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { CALL_RESULTS } from "../audit/call-record.ts";
import { readCalls } from "../audit/calls.ts";
import type { Call, CallFilter } from "../audit/calls.ts";
import { EXPORT_FORMATS, exportCalls } from "../audit/export.ts";
import type { WallClock } from "../core/clock.ts";
import { messageOf } from "../core/reason.ts";
import type { Remote } from "../admin/remote.ts";
import { readChanges } from "../audit/changes.ts";
import type { ChangeFilter } from "../audit/changes.ts";
import type { ExportFormat } from "../audit/export.ts";
import { callDetails, callHeading, callLine, changeLines, verdictText } from "../audit/present.ts";
import type { Paint } from "../audit/present.ts";
import { OUTCOMES } from "../audit/call-record.ts";
import { verifyAudit } from "../audit/verify.ts";
import type { VerifyOptions } from "../audit/verify.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { remoteOf } from "./perform.ts";

const UNREADABLE = 2;

/** The log's folder on this machine, or a server that has one. */
type Source = string | Remote;

interface Common {
  dir?: string;
  json?: boolean;
}

/** Exit status: 0 on success, 1 if `verify` found problems or `show` no such call, 2 if nothing could be read. */
export function auditCommand(context: CliContext): Command {
  const audit = new Command("audit").description("read, verify and export the audit log");
  const moment = momentBy(context.clock);
  const add = (name: string, description: string) =>
    audit
      .command(name)
      .description(description)
      .option("--dir <folder>", "the log's folder (default: as configured)");

  add("tail", "show the latest calls")
    .option("-n, --lines <count>", "how many", wholeNumber, 20)
    .option("-f, --follow", "keep printing calls as they end")
    .option("--json", "print one JSON object per line")
    .action(reading(context, tail));
  add("show", "show everything about one call")
    .argument("<call>", "its request id")
    .option("--json", "print JSON, with content if it was recorded")
    .action((call: string, options: Common, command: Command) =>
      reading<Common>(context, (source) => show(source, call, options, context))(options, command),
    );
  add("changes", "show changes of delegations, clients and keys, and who made them")
    .option(
      "--since <when>",
      "since a date, time or age: 2026-11-23, 2026-11-23T08:00Z, 90m, 12h, 7d",
      moment,
    )
    .option("--subject <name>", "only for this subject: delegation/acme, client/app, key/3fQ0zJk81LmX")
    .option("--json", "print one JSON object per line")
    .action(reading(context, changes));
  add("verify", "verify that the log is unaltered, or report where it was altered")
    .option(
      "--since <when>",
      "since a date, time or age: 2026-11-23, 2026-11-23T08:00Z, 90m, 12h, 7d",
      moment,
    )
    .option("--public-key <file>", "PEM file (default: audit-signing.pub.pem beside the folder)")
    .option(
      "--checkpoints <file>",
      "a copy kept elsewhere of checkpoints.jsonl, or of the folder with those of all chains",
    )
    .option("--json", "print JSON")
    .action(reading(context, verify));
  add("export", "export calls for other programs")
    .addOption(new Option("--format <format>", "format").choices(EXPORT_FORMATS).default("json"))
    .option("--since <when>", "calls that arrived at or after", moment)
    .option("--until <when>", "calls that arrived before", moment)
    .option("--client <name>", "only of this client")
    .option("--delegation <name>", "only under this delegation")
    .option("--model <name>", "only of this model, as granted")
    .addOption(
      new Option("--outcome <outcome>", "only with this outcome").choices([...OUTCOMES, ...CALL_RESULTS]),
    )
    .action(reading(context, exportAll));
  return audit;
}

/** Runs a subcommand on the log. */
function reading<O extends Common>(
  context: CliContext,
  run: (source: Source, options: O, context: CliContext) => Promise<void>,
): (options: O, command: Command) => Promise<void> {
  return async (options, command) => {
    let source: Source | undefined;
    try {
      source = await sourceOf(context, command);
      await run(source, options, context);
    } catch (error) {
      const reason =
        typeof source === "string" && !existsSync(source)
          ? `there is no audit log in ${source}; signet serve creates it`
          : messageOf(error);
      context.note(`signet audit: ${reason}`);
      context.fail(UNREADABLE);
    }
  };
}

/** The folder or the server given, or the folder in the configuration. */
async function sourceOf(context: CliContext, command: Command): Promise<Source> {
  const { dir } = command.opts<Common>();
  return dir ?? remoteOf({ context, command }) ?? (await loadConfigOf(context, command)).audit.dir;
}

type TailOptions = Common & { lines: number; follow?: boolean };

async function tail(source: Source, options: TailOptions, context: CliContext): Promise<void> {
  if (typeof source === "string") return tailFolder(source, options, context);
  const { remoteTail } = await import("./audit-remote.ts");
  if (!options.json) context.out(callHeading(paint));
  for await (const call of remoteTail(source, options.lines, options.follow === true))
    context.out(options.json ? JSON.stringify(call) : callLine(call, paint));
}

async function tailFolder(dir: string, options: TailOptions, context: CliContext): Promise<void> {
  const line = (call: Call) => (options.json ? JSON.stringify(call) : callLine(call, paint));
  const latest: Call[] = [];
  const stop = new AbortController();
  let caughtUp = false;
  process.once("SIGINT", () => stop.abort());
  const onEnd = () => {
    if (caughtUp || !options.follow) return;
    caughtUp = true;
    for (const call of latest.splice(0)) context.out(line(call));
  };
  const follow = options.follow ? { follow: { signal: stop.signal, clock: context.clock } } : {};
  if (!options.json) context.out(callHeading(paint));
  const scan = { latest: options.lines, onEnd, ...follow };
  for await (const call of readCalls(dir, {}, scan)) {
    if (stop.signal.aborted) return;
    if (caughtUp) context.out(line(call));
    else if (latest.push(call) > options.lines) latest.shift();
  }
  for (const call of latest) context.out(line(call));
}

async function show(source: Source, id: string, options: Common, context: CliContext): Promise<void> {
  const call = await callNamed(source, id);
  if (call) return context.out(options.json ? JSON.stringify(call, null, 2) : callDetails(call, paint));
  context.note(`signet audit: no call ${id} in ${typeof source === "string" ? source : source.server}`);
  context.fail();
}

async function callNamed(source: Source, id: string): Promise<Call | undefined> {
  if (typeof source === "string") {
    for await (const call of readCalls(source, { call: id })) return call;
    return undefined;
  }
  const { remoteCall } = await import("./audit-remote.ts");
  return remoteCall(source, id).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "not_found") return undefined;
    throw error;
  });
}

async function changes(
  source: Source,
  { json, ...filter }: Common & ChangeFilter,
  context: CliContext,
): Promise<void> {
  const { remoteChanges } = await import("./audit-remote.ts");
  const found =
    typeof source === "string" ? readChanges(source, filter) : await remoteChanges(source, filter);
  for await (const change of found) context.out(json ? JSON.stringify(change) : changeLines(change, paint));
}

async function verify(source: Source, options: Common & VerifyOptions, context: CliContext): Promise<void> {
  const { remoteVerdict } = await import("./audit-remote.ts");
  const verdict =
    typeof source === "string"
      ? await verifyAudit(source, options)
      : await remoteVerdict(source, options.since);
  context.out(options.json ? JSON.stringify(verdict, null, 2) : verdictText(verdict, paint));
  if (!verdict.ok) context.fail();
}

async function exportAll(
  source: Source,
  { format, dir: _dir, ...filter }: Common & CallFilter & { format: ExportFormat },
  context: CliContext,
): Promise<void> {
  const { remoteExport } = await import("./audit-remote.ts");
  const pieces =
    typeof source === "string"
      ? exportCalls(readCalls(source, filter), format)
      : remoteExport(source, { ...filter, format });
  for await (const piece of pieces) await context.write(piece);
}

const paint: Paint = (tone, text) => styleText(tone, text, { stream: process.stdout });

function wholeNumber(value: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(value)) throw new InvalidArgumentError("It must be a whole number above 0.");
  return Number(value);
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** An ISO 8601 date or time, or an age such as `90m`, `12h`, `7d`; gives epoch milliseconds. */
function momentBy(clock: WallClock): (value: string) => number {
  return (value) => {
    const age = /^([0-9]{1,6})([mhd])$/.exec(value);
    if (age) return clock.now() - Number(age[1]) * UNITS[age[2] as keyof typeof UNITS];
    const time = /^[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(time))
      throw new InvalidArgumentError("It must be a date, a time or an age such as 12h.");
    return time;
  };
}
