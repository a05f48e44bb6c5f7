/** A chart's values as a table. */
import type { ChartProps } from "./series.ts";

export function Values({
  label,
  times,
  series,
  format,
}: Pick<ChartProps, "label" | "times" | "series" | "format">) {
  return (
    <table>
      <caption>{label}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map(({ name }) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times.map((time, index) => (
          <tr key={time}>
            <th scope="row">{new Date(time).toLocaleString()}</th>
            {series.map(({ name, values }) => (
              <td key={name}>{textOf(values[index], format)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function textOf(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "none" : format(value);
}
