/** Axes: round steps, and where values lie. */

/** At most `most` round steps from 0 to at least `max`. */
export function steps(max: number, most = 4): number[] {
  if (max <= 0) return [0, 1];
  const rough = max / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? 10 * power;
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Series stacked point by point: each begins where the one below ends. */
export function stacked(series: readonly (readonly number[])[]): { from: number; to: number }[][] {
  const base: number[] = [];
  return series.map((values) =>
    values.map((value, index) => {
      const from = base[index] ?? 0;
      base[index] = from + value;
      return { from, to: from + value };
    }),
  );
}

/** The stretches without a gap: where each begins, and its values. */
export function runs(values: readonly (number | null)[]): { start: number; values: number[] }[] {
  const found: { start: number; values: number[] }[] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    const open = found.at(-1);
    if (open && open.start + open.values.length === index) open.values.push(value);
    else found.push({ start: index, values: [value] });
  }
  return found;
}
