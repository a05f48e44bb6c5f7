/** What a chart shows. */
export interface Series {
  name: string;
  /** Null for no value, as opposed to 0. */
  values: readonly (number | null)[];
  /** Where a color has a meaning; otherwise chosen by position. */
  tone?: "ok" | "warn" | "bad";
}

export interface ChartProps {
  label: string;
  times: readonly number[];
  intervalMs: number;
  series: readonly Series[];
  format: (value: number) => string;
  /** Lines and areas overlap; bars are stacked. */
  kind?: "area" | "bars" | "lines";
}
