/** Series over time as areas or stacked bars: values on hover or by arrow keys, and as a table for whoever can't see them. */
import { useId, useState } from "react";
import { tick } from "../format.ts";
import { stacked, steps } from "./scale.ts";

export interface Series {
  name: string;
  values: readonly number[];
}

const WIDTH = 640;
const HEIGHT = 190;
const LEFT = 52;
const BOTTOM = 22;
const TOP = 8;

export function Chart({
  label,
  times,
  intervalMs,
  series,
  format,
  kind = "area",
}: {
  label: string;
  times: readonly number[];
  intervalMs: number;
  series: readonly Series[];
  format: (value: number) => string;
  /** Areas lie over one another, bars upon one another. */
  kind?: "area" | "bars";
}) {
  const [at, setAt] = useState<number>();
  const id = useId();
  const layers = kind === "bars" ? stacked(series.map(({ values }) => values)) : series.map(flat);
  const max = Math.max(0, ...layers.flatMap((layer) => layer.map(({ to }) => to)));
  const marks = steps(max);
  const top = marks.at(-1) ?? 1;
  const x = (index: number) => LEFT + ((index + 0.5) / times.length) * (WIDTH - LEFT);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const every = Math.max(1, Math.ceil(times.length / 6));
  const shown = at === undefined ? undefined : times[at];
  const move = (step: number) =>
    setAt((before) =>
      Math.min(times.length - 1, Math.max(0, (before ?? (step > 0 ? -1 : times.length)) + step)),
    );
  return (
    <figure className="stack-s">
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${label}. A table of the values follows.`}
        onMouseLeave={() => setAt(undefined)}
        onMouseMove={({ clientX, currentTarget }) => {
          const box = currentTarget.getBoundingClientRect();
          const inner = ((clientX - box.left) / box.width) * WIDTH - LEFT;
          const index = Math.floor((inner / (WIDTH - LEFT)) * times.length);
          setAt(index >= 0 && index < times.length ? index : undefined);
        }}
      >
        {marks.map((mark) => (
          <g key={mark}>
            <line className="gridline" x1={LEFT} x2={WIDTH} y1={y(mark)} y2={y(mark)} />
            <text x={LEFT - 8} y={y(mark) + 4} textAnchor="end">
              {format(mark)}
            </text>
          </g>
        ))}
        {times.map((time, index) =>
          index % every === 0 ? (
            <text key={time} x={x(index)} y={HEIGHT - 4} textAnchor="middle">
              {tick(time, intervalMs)}
            </text>
          ) : null,
        )}
        {layers.map((layer, index) =>
          kind === "bars" ? (
            <g key={series[index]?.name} className={`s${(index % 6) + 1}`}>
              {layer.map(({ from, to }, point) => (
                <rect
                  key={times[point]}
                  className="bar"
                  x={x(point) - ((WIDTH - LEFT) / times.length) * 0.38}
                  width={((WIDTH - LEFT) / times.length) * 0.76}
                  y={y(to)}
                  height={Math.max(0, y(from) - y(to))}
                />
              ))}
            </g>
          ) : (
            <path key={series[index]?.name} className={`area s${(index % 6) + 1}`} d={areaOf(layer, x, y)} />
          ),
        )}
        {at !== undefined && <line className="cursor" x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} />}
      </svg>
      <figcaption className="row between">
        <ul className="legend" id={id}>
          {series.map(({ name, values }, index) => (
            <li key={name}>
              <span className={`swatch s${(index % 6) + 1}`} aria-hidden />
              {name}
              {at !== undefined && <strong>{format(values[at] ?? 0)}</strong>}
            </li>
          ))}
        </ul>
        <span className="row small">
          {shown !== undefined && <span className="muted">{new Date(shown).toLocaleString()}</span>}
          <button
            type="button"
            className="button ghost small"
            onClick={() => move(-1)}
            aria-label={`${label}: point before`}
          >
            ‹
          </button>
          <button
            type="button"
            className="button ghost small"
            onClick={() => move(1)}
            aria-label={`${label}: next point`}
          >
            ›
          </button>
        </span>
      </figcaption>
      <div className="visually-hidden">
        <Values label={label} times={times} series={series} format={format} />
      </div>
    </figure>
  );
}

function flat({ values }: Series): { from: number; to: number }[] {
  return values.map((value) => ({ from: 0, to: value }));
}

function areaOf(
  layer: readonly { from: number; to: number }[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  const line = layer.map(({ to }, index) => `${x(index).toFixed(1)},${y(to).toFixed(1)}`);
  return `M${x(0).toFixed(1)},${y(0)} L${line.join(" L")} L${x(layer.length - 1).toFixed(1)},${y(0)}`;
}

function Values({
  label,
  times,
  series,
  format,
}: {
  label: string;
  times: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
}) {
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
              <td key={name}>{format(values[index] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
