/** The tour's output, on a terminal or as one JSON object per line. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

export interface Show {
  /** Starts a step; `why` explains it in one line. */
  step(title: string, why: string): void;
  /** Something that was observed. */
  seen(what: string, detail?: string): void;
  /** Something that is wrong, as expected at this point. */
  wrong(what: string, detail?: string): void;
  /** A streamed word, as it arrives. */
  word(text: string): void;
  /** Ends a line of words. */
  endWords(): void;
  /** Indented lines, unchanged. */
  block(lines: string[]): void;
  failed(step: string, reason: string): void;
  done(milliseconds: number): void;
}

export function terminalShow(write: (text: string) => void, color: boolean): Show {
  const paint = (style: Style, text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const bar = paint("dim", "│");
  let steps = 0;
  return {
    step(title, why) {
      steps++;
      write(`${steps === 1 ? "" : `${bar}\n`}${paint("cyan", "◆")} ${paint("bold", `${steps}  ${title}`)}\n`);
      write(`${bar}    ${paint("dim", why)}\n`);
    },
    seen: (what, detail = "") =>
      write(`${bar}    ${paint("green", "✓")} ${what}${detail && `  ${paint("dim", detail)}`}\n`),
    wrong: (what, detail = "") =>
      write(`${bar}    ${paint("red", "✗")} ${what}${detail && `  ${paint("dim", detail)}`}\n`),
    word: (text) => write(text.replaceAll("\n", `\n${bar}      `)),
    endWords: () => write("\n"),
    block: (lines) => write(lines.map((line) => `${bar}      ${line}\n`).join("")),
    failed(step, reason) {
      write(
        `${bar}    ${paint("red", "✗")} ${reason}\n${paint("red", "■")} ${paint("bold", `The demo failed at: ${step}`)}\n`,
      );
    },
    done(milliseconds) {
      write(
        `${bar}\n${paint("green", "◆")} ${paint("bold", "Every step passed.")} ${paint("dim", `${(milliseconds / 1000).toFixed(1)} s`)}\n`,
      );
    },
  };
}

/** `{"step":…}`, `{"seen":…}` and so on, one per line; streamed words are joined into one. */
export function jsonShow(write: (text: string) => void): Show {
  const line = (value: object) => write(`${JSON.stringify(value)}\n`);
  let words = "";
  return {
    step: (step, why) => line({ step, why }),
    seen: (seen, detail) => line({ seen, ...(detail === undefined ? {} : { detail }) }),
    wrong: (wrong, detail) => line({ wrong, ...(detail === undefined ? {} : { detail }) }),
    word(text) {
      words += text;
    },
    endWords() {
      line({ words: words.trim() });
      words = "";
    },
    block: (lines) => line({ lines }),
    failed: (failed, reason) => line({ failed, reason }),
    done: (milliseconds) => line({ done: true, milliseconds: Math.round(milliseconds) }),
  };
}
