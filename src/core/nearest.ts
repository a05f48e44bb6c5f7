/** The known name that was probably meant. */

/** The `most` nearest of `names`, the nearest first. */
export function nearestNames(name: string, names: readonly string[], most: number): string[] {
  const wanted = name.toLowerCase();
  return names
    .map((known) => ({ known, distance: editDistance(wanted, known.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ known }) => known);
}

/** The nearest of `names` within a third of its length in edits, or undefined. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((known) => ({ known, distance: editDistance(name.toLowerCase(), known.toLowerCase()) }))
    .filter(({ known, distance }) => distance <= Math.max(1, Math.floor(known.length / 3)))
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.known;
}

/** Insertions, deletions, replacements and swaps of neighbors that turn one text into the other. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const replaced = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const least = Math.min(replaced, cell(i - 1, j) + 1, cell(i, j - 1) + 1);
      rows[i]?.push(swapped ? Math.min(least, cell(i - 2, j - 2) + 1) : least);
    }
  }
  return cell(a.length, b.length);
}
