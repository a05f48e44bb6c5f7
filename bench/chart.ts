/** A figure as an SVG: its value beside its target, and the absolute figures behind it. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Figure } from "./sides.ts";

const WIDTH = 640;
const BAR = 380;
const ROW = 34;
const LEFT = 130;

/** Writes `<folder>/<id>.svg` for each figure. */
export function writeCharts(folder: string, figures: readonly Figure[]): void {
  mkdirSync(folder, { recursive: true });
  for (const figure of figures)
    writeFileSync(path.join(folder, `${figure.id.replaceAll(" ", "-")}.svg`), chartOf(figure));
}

function chartOf({ id, what, value, unit, target, details }: Figure): string {
  const reached = value <= target;
  const rows = [
    { name: "measured", number: value, fill: reached ? "#1a7f37" : "#cf222e" },
    { name: "target", number: target, fill: "#8c959f" },
  ];
  const longest = Math.max(value, target);
  const bars = rows.map(({ name, number, fill }, at) => {
    const y = 60 + at * ROW;
    const width = Math.max(1, (number / longest) * BAR);
    return `<text x="${LEFT - 10}" y="${y + 16}" text-anchor="end">${name}</text>
<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="22" rx="3" fill="${fill}"/>
<text x="${LEFT + width + 8}" y="${y + 16}">${number.toFixed(2)} ${unit}</text>`;
  });
  const behind = Object.entries(details).map(([name, number]) => `${name} ${number.toFixed(1)}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="160" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="24" font-weight="bold">${id}</text>
<text x="16" y="44" fill="#57606a">${escaped(what)}</text>
${bars.join("\n")}
<text x="16" y="146" fill="#57606a">${escaped(behind.join(", "))}</text>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
