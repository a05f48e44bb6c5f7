/** Series over time as areas or stacked bars: values on hover or by buttons, and as a table for whoever can't see them. */
import { useState, type MouseEvent } from "react";
import { tick } from "../format.ts";
import { stacked, steps } from "./scale.ts";
import { Values } from "./values.tsx";

export interface Series {
  name: string;
  values: readonly number[];
  /** Where a colour means something; else by position. */
  tone?: "ok" | "warn" | "bad";
}

export interface ChartProps {
  label: string;
  times: readonly number[];
  intervalMs: number;
  series: readonly Series[];
  format: (value: number) => string;
  /** Areas lie over one another, bars upon one another. */
  kind?: "area" | "bars";
}

const WIDTH = 640;
const HEIGHT = 190;
const LEFT = 52;
const BOTTOM = 22;
const TOP = 8;

type Layer = readonly { from: number; to: number }[];

interface Scale {
  x: (index: number) => number;
  y: (value: number) => number;
  /** Width of one interval. */
  step: number;
}

const classOf = ({ tone }: Series, index: number) =>
  tone === undefined ? `s${(index % 6) + 1}` : `t-${tone}`;

export function Chart(props: ChartProps) {
  const { label, times, series, format, kind = "area" } = props;
  const [at, setAt] = useState<number>();
  const layers: Layer[] = kind === "bars" ? stacked(series.map(({ values }) => values)) : series.map(flat);
  const marks = steps(Math.max(0, ...layers.flatMap((layer) => layer.map(({ to }) => to))));
  const top = marks.at(-1) ?? 1;
  const step = (WIDTH - LEFT) / times.length;
  const scale: Scale = {
    step,
    x: (index) => LEFT + (index + 0.5) * step,
    y: (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM),
  };
  const move = (by: number) =>
    setAt((before) => Math.min(times.length - 1, Math.max(0, (before ?? (by > 0 ? -1 : times.length)) + by)));
  return (
    <figure className="stack-s">
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${label}. A table of the values follows.`}
        onMouseLeave={() => setAt(undefined)}
        onMouseMove={(event) => setAt(indexAt(event, times.length))}
      >
        <Axes {...props} marks={marks} scale={scale} />
        {layers.map((layer, index) => {
          const one = series[index];
          if (!one) return null;
          return kind === "bars" ? (
            <Bars key={one.name} layer={layer} times={times} scale={scale} className={classOf(one, index)} />
          ) : (
            <path key={one.name} className={`area ${classOf(one, index)}`} d={areaOf(layer, scale)} />
          );
        })}
        {at !== undefined && (
          <line className="cursor" x1={scale.x(at)} x2={scale.x(at)} y1={TOP} y2={HEIGHT - BOTTOM} />
        )}
      </svg>
      <Caption {...props} at={at} onMove={move} />
      <div className="visually-hidden">
        <Values label={label} times={times} series={series} format={format} />
      </div>
    </figure>
  );
}

function Axes({
  times,
  intervalMs,
  format,
  marks,
  scale,
}: ChartProps & { marks: readonly number[]; scale: Scale }) {
  const every = Math.max(1, Math.ceil(times.length / 6));
  return (
    <>
      {marks.map((mark) => (
        <g key={mark}>
          <line className="gridline" x1={LEFT} x2={WIDTH} y1={scale.y(mark)} y2={scale.y(mark)} />
          <text x={LEFT - 8} y={scale.y(mark) + 4} textAnchor="end">
            {format(mark)}
          </text>
        </g>
      ))}
      {times.map((time, index) =>
        index % every === 0 ? (
          <text key={time} x={scale.x(index)} y={HEIGHT - 4} textAnchor="middle">
            {tick(time, intervalMs)}
          </text>
        ) : null,
      )}
    </>
  );
}

function Bars({
  layer,
  times,
  scale: { x, y, step },
  className,
}: {
  layer: Layer;
  times: readonly number[];
  scale: Scale;
  className: string;
}) {
  return (
    <g className={className}>
      {layer.map(({ from, to }, point) => (
        <rect
          key={times[point]}
          className="bar"
          x={x(point) - step * 0.38}
          width={step * 0.76}
          y={y(to)}
          height={Math.max(0, y(from) - y(to))}
        />
      ))}
    </g>
  );
}

function Caption({
  label,
  times,
  series,
  format,
  at,
  onMove,
}: ChartProps & { at: number | undefined; onMove: (by: number) => void }) {
  const shown = at === undefined ? undefined : times[at];
  return (
    <figcaption className="row between">
      <ul className="legend">
        {series.map((one, index) => (
          <li key={one.name}>
            <span className={`swatch ${classOf(one, index)}`} aria-hidden />
            {one.name}
            {at !== undefined && <strong>{format(one.values[at] ?? 0)}</strong>}
          </li>
        ))}
      </ul>
      <span className="row small">
        {shown !== undefined && <span className="muted">{new Date(shown).toLocaleString()}</span>}
        <button
          type="button"
          className="button ghost small"
          onClick={() => onMove(-1)}
          aria-label={`${label}: point before`}
        >
          ‹
        </button>
        <button
          type="button"
          className="button ghost small"
          onClick={() => onMove(1)}
          aria-label={`${label}: next point`}
        >
          ›
        </button>
      </span>
    </figcaption>
  );
}

function indexAt({ clientX, currentTarget }: MouseEvent<SVGSVGElement>, points: number): number | undefined {
  const box = currentTarget.getBoundingClientRect();
  const inner = ((clientX - box.left) / box.width) * WIDTH - LEFT;
  const index = Math.floor((inner / (WIDTH - LEFT)) * points);
  return index >= 0 && index < points ? index : undefined;
}

function flat({ values }: Series): Layer {
  return values.map((value) => ({ from: 0, to: value }));
}

function areaOf(layer: Layer, { x, y }: Scale): string {
  const line = layer.map(({ to }, index) => `${x(index).toFixed(1)},${y(to).toFixed(1)}`);
  return `M${x(0).toFixed(1)},${y(0)} L${line.join(" L")} L${x(layer.length - 1).toFixed(1)},${y(0)}`;
}
