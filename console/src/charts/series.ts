/** What a chart shows. */
export interface Series {
  name: string;
  /** Null where there is no value, which is not a value of 0. */
  values: readonly (number | null)[];
  /** Where a colour means something; else by position. */
  tone?: "ok" | "warn" | "bad";
}

export interface ChartProps {
  label: string;
  times: readonly number[];
  intervalMs: number;
  series: readonly Series[];
  format: (value: number) => string;
  /** Lines and areas lie over one another, bars upon one another. */
  kind?: "area" | "bars" | "lines";
}
