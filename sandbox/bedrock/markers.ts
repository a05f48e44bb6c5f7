/** Markers in a prompt, `[[name]]` or `[[name:argument]]`, that make the sandbox's models misbehave on purpose. */
export interface Marker {
  name: string;
  argument: string;
}

const NAMES = new Set(
  (
    "tool reasoning long slow cache stop images system request throttle not-subscribed error too-long " +
    "fail-mid-stream first-frame-error cut bad-crc block"
  ).split(" "),
);

/** Splits a prompt into its markers, in order, and the text without them. */
export function readMarkers(prompt: string): { markers: Marker[]; text: string } {
  const markers: Marker[] = [];
  let text = "";
  let at = 0;
  while (at < prompt.length) {
    const start = prompt.indexOf("[[", at);
    const found = start < 0 ? null : markerAt(prompt, start + 2);
    if (start < 0) break;
    if (found === null) {
      text += prompt.slice(at, start + 2);
      at = start + 2;
      continue;
    }
    text += prompt.slice(at, start);
    markers.push(found.marker);
    at = found.end;
  }
  text += prompt.slice(at);
  return { markers, text: text.replaceAll(/\s+/g, " ").trim() };
}

function markerAt(prompt: string, from: number): { marker: Marker; end: number } | null {
  for (let close = prompt.indexOf("]]", from); close >= 0; close = prompt.indexOf("]]", close + 1)) {
    const [name = "", ...rest] = prompt.slice(from, close).split(":");
    if (!NAMES.has(name)) return null;
    const argument = rest.join(":");
    // A tool's JSON may contain brackets: the marker ends where its JSON is complete.
    if (name === "tool" && toolCall(argument) === null) continue;
    return { marker: { name, argument }, end: close + 2 };
  }
  return null;
}

/** `NAME {json}`; no JSON means `{}`. Null if the JSON isn't an object. */
export function toolCall(argument: string): { name: string; input: object } | null {
  const [, name = "", json = ""] = /^(\S+)\s*(.*)$/s.exec(argument) ?? [];
  if (json === "") return { name, input: {} };
  try {
    const input: unknown = JSON.parse(json);
    return typeof input === "object" && input !== null ? { name, input } : null;
  } catch {
    return null;
  }
}
