/** The output of probes as they finish: on stdout for people, on stderr if stdout is for JSON. */
import { styleText } from "node:util";
import type { ProbeView, VerificationView } from "../admin/views/verifications.ts";
import type { CliContext } from "./context.ts";

const MARKS = { pass: "✓", fail: "✗", unknown: "?" } as const;
const COLORS = { pass: "green", fail: "red", unknown: "yellow" } as const;

/** One line for a passed probe; cause and fix too for others. */
export function probeLines(context: CliContext, result: ProbeView): string[] {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    context.isTerminal ? styleText(style, text) : text;
  const { status, title, answer, required, cause, fix } = result;
  const optional = status === "pass" || required ? "" : paint("dim", " (not required)");
  const head = `${paint(COLORS[status], MARKS[status])} ${title}${optional}  ${paint("dim", plain(answer))}`;
  if (status === "pass" || fix === undefined) return [head];
  return [
    head,
    `    ${paint("bold", "likely cause")}  ${(cause ?? "").replaceAll("_", " ")}`,
    `    ${paint("bold", "fix")}          ${fix.advice}`,
    ...fix.commands.map((command) => `      ${command}`),
  ];
}

export function verdictLine({ verdict, probes }: Pick<VerificationView, "verdict" | "probes">): string {
  const count = (status: ProbeView["status"]) => probes.filter((probe) => probe.status === status).length;
  const counts = `${count("pass")} passed, ${count("fail")} failed, ${count("unknown")} inconclusive`;
  const meaning = { pass: "verified", fail: "not verified", unknown: "inconclusive" }[verdict];
  return `${meaning}: ${counts}`;
}

/** AWS's texts are shown unchanged, except for what could move a terminal's cursor. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
