/** Series over time as lines, areas or stacked bars: values on hover or by buttons, and as a table for screen readers. */
import { useState, type MouseEvent } from "react";
import { tick } from "../format.ts";
import { runs, stacked, steps } from "./scale.ts";
import type { ChartProps, Series } from "./series.ts";
import { textOf, Values } from "./values.tsx";
import { useWidth } from "./width.ts";

/** The width until the chart's place is measured. */
const USUAL_WIDTH = 640;
const HEIGHT = 190;
const LEFT = 52;
const BOTTOM = 22;
const TOP = 8;
/** Width of a time label, in pixels. */
const LABEL = 84;

type Layer = readonly { from: number; to: number }[];

interface Scale {
  x: (index: number) => number;
  y: (value: number) => number;
  /** Width of one interval. */
  step: number;
  width: number;
}

const classOf = ({ tone }: Series, index: number) =>
  tone === undefined ? `s${(index % 6) + 1}` : `t-${tone}`;

export function Chart(props: ChartProps) {
  const { label, times, series, format, kind = "area" } = props;
  const [at, setAt] = useState<number>();
  const [figure, width] = useWidth(USUAL_WIDTH);
  const layers =
    kind === "bars" ? stacked(series.map(({ values }) => values.map((value) => value ?? 0))) : [];
  const marks = steps(
    Math.max(0, ...topsOf(series), ...layers.flatMap((layer) => layer.map(({ to }) => to))),
  );
  const top = marks.at(-1) ?? 1;
  const step = (width - LEFT) / times.length;
  const scale: Scale = {
    step,
    width,
    x: (index) => LEFT + (index + 0.5) * step,
    y: (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM),
  };
  const move = (by: number) =>
    setAt((before) => Math.min(times.length - 1, Math.max(0, (before ?? (by > 0 ? -1 : times.length)) + by)));
  return (
    <figure className="stack-s" ref={figure}>
      <svg
        className="chart"
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`${label}. A table of the values follows.`}
        onMouseLeave={() => setAt(undefined)}
        onMouseMove={(event) => setAt(indexAt(event, scale, times.length))}
      >
        <Axes {...props} marks={marks} scale={scale} />
        {series.map((one, index) => {
          const layer = layers[index];
          const className = classOf(one, index);
          return layer ? (
            <Bars key={one.name} layer={layer} times={times} scale={scale} className={className} />
          ) : (
            <Line key={one.name} series={one} scale={scale} className={className} filled={kind === "area"} />
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

function topsOf(series: readonly Series[]): number[] {
  return series.flatMap(({ values }) => values.map((value) => value ?? 0));
}

function Axes({
  times,
  intervalMs,
  format,
  marks,
  scale,
}: ChartProps & { marks: readonly number[]; scale: Scale }) {
  const { width, step } = scale;
  const every = Math.max(1, Math.ceil(LABEL / step));
  const span = times.length * intervalMs;
  return (
    <>
      {marks.map((mark) => (
        <g key={mark}>
          <line className="gridline" x1={LEFT} x2={width} y1={scale.y(mark)} y2={scale.y(mark)} />
          <text x={LEFT - 8} y={scale.y(mark) + 4} textAnchor="end">
            {format(mark)}
          </text>
        </g>
      ))}
      {times.map((time, index) =>
        index % every === 0 ? (
          <text
            key={time}
            x={scale.x(index)}
            y={HEIGHT - 4}
            // The last one ends where the chart does.
            textAnchor={scale.x(index) > width - LABEL / 2 ? "end" : "middle"}
          >
            {tick(time, span)}
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
            {at !== undefined && <strong>{textOf(one.values[at], format)}</strong>}
          </li>
        ))}
      </ul>
      <span className="row small">
        {shown !== undefined && <span className="muted">{new Date(shown).toLocaleString()}</span>}
        <button
          type="button"
          className="button ghost small"
          onClick={() => onMove(-1)}
          aria-label={`${label}: previous point`}
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

function indexAt(
  { clientX, currentTarget }: MouseEvent<SVGSVGElement>,
  { step, width }: Scale,
  points: number,
): number | undefined {
  const box = currentTarget.getBoundingClientRect();
  const index = Math.floor((((clientX - box.left) / box.width) * width - LEFT) / step);
  return index >= 0 && index < points ? index : undefined;
}

/** A line for each stretch that has values; a single point is a dot. */
function Line({
  series,
  scale: { x, y },
  className,
  filled,
}: {
  series: Series;
  scale: Scale;
  className: string;
  filled: boolean;
}) {
  return runs(series.values).map(({ start, values }) => {
    const points = values.map((value, index) => `${x(start + index).toFixed(1)},${y(value).toFixed(1)}`);
    const first = x(start).toFixed(1);
    const last = x(start + values.length - 1).toFixed(1);
    if (!filled && values.length === 1)
      return <circle key={start} className={className} cx={x(start)} cy={y(values[0] ?? 0)} r={2.5} />;
    return (
      <g key={start} className={className}>
        {filled && <path className="area" d={`M${first},${y(0)} L${points.join(" L")} L${last},${y(0)} Z`} />}
        <path className="line" d={`M${points.join(" L")}`} />
      </g>
    );
  });
}
