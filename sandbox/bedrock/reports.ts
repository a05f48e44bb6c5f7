/** Answers that report what arrived: `[[images]]`, `[[system]]` and `[[request]]`. */
import type { Marker } from "./markers.ts";
import type { Media, Turn } from "./turn.ts";

/** The report that the first such marker requests; null without one. */
export function reportOf(markers: Marker[], turn: Turn, body: unknown): string | null {
  for (const { name } of markers) {
    if (name === "images") return mediaReport(turn.media);
    if (name === "system") return turn.system;
    if (name === "request") return canonicalJson(body);
  }
  return null;
}

/** e.g. `Saw 2 images (png, jpeg, 136 bytes) and 1 document (pdf, 312 bytes)` */
function mediaReport(media: Media[]): string {
  const kinds = [...new Set(media.map(({ kind }) => kind))];
  const groups = kinds.map((kind) => {
    const group = media.filter((each) => each.kind === kind);
    const formats = [...new Set(group.map(({ format }) => format))].join(", ");
    const bytes = group.reduce((sum, each) => sum + each.bytes, 0);
    return `${counted(group.length, kind)} (${formats}, ${counted(bytes, "byte")})`;
  });
  return groups.length === 0 ? "Saw nothing but text" : `Saw ${groups.join(" and ")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** JSON without whitespace, each object's keys sorted: equal values give equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
