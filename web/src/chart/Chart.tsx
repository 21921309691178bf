import "uplot/dist/uPlot.min.css";

import { useEffect, useRef } from "react";
import uPlot from "uplot";

import { usePalette } from "~/grid/palette";
import styles from "./ChartView.module.css";
import type { ChartChoice, ChartData } from "./series";

interface ChartProps {
  readonly data: ChartData;
  readonly kind: ChartChoice["kind"];
  readonly xName: string;
  readonly names: readonly string[];
  readonly label: string;
}

const COLOURS = ["chart-1", "chart-2", "chart-3", "chart-4"];
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

/** The chart itself, as large as its place. */
export function Chart({ data, kind, xName, names, label }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const palette = usePalette(); // a new one with each theme
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const size = () => ({ width: element.clientWidth, height: Math.max(120, element.clientHeight - LEGEND) });
    const plot = new uPlot(
      { ...optionsOf(data, kind, xName, names, palette.fontUi), ...size() },
      [data.x, ...data.y] as uPlot.AlignedData,
      element,
    );
    const watcher = new ResizeObserver(() => plot.setSize(size()));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [data, kind, xName, names, palette]);
  return <div ref={place} className={styles.chart} role="img" aria-label={label} />;
}

const LEGEND = 40;

function optionsOf(
  data: ChartData,
  kind: ChartChoice["kind"],
  xName: string,
  names: readonly string[],
  font: string,
): Omit<uPlot.Options, "width" | "height"> {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis: uPlot.Axis = {
    stroke: token("fg-2"),
    grid: { stroke: token("chart-grid"), width: 1 },
    ticks: { stroke: token("chart-grid"), width: 1 },
    font: `11px ${font}`,
  };
  const word = (place: number) => (Number.isInteger(place) ? (data.labels[place] ?? "") : "");
  const words = data.scale === "words";
  return {
    // A time without a zone was read as UTC, and is shown as what it says.
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    scales: {
      x: {
        time: data.scale === "time",
        ...(words && { range: [-0.5, data.labels.length - 0.5] }),
        ...(!words && kind === "bar" && { range: withRoom(data.x.length) }),
      },
      ...(kind === "bar" && { y: { range: fromZero } }),
    },
    axes: [
      {
        ...axis,
        ...(data.scale === "time" && { values: TIMES }),
        ...(words && {
          incrs: WHOLE,
          grid: { show: false },
          values: (_, splits) => splits.map((at) => short(word(at))),
        }),
      },
      { ...axis, size: roomForValues },
    ],
    series: [
      {
        label: xName,
        value: (_, place: number | null) =>
          place == null || data.scale === "number" ? spoken(place) : words ? word(place) : moment(place),
      },
      ...names.map((name, index): uPlot.Series => ({
        label: name,
        value: (_, value: number | null) => spoken(value),
        stroke: token(COLOURS[index] ?? "chart-1"),
        width: kind === "scatter" ? 0 : 2,
        ...(kind === "line" && { dash: DASHES[index] ?? [] }),
        ...(kind === "bar" && {
          fill: token(COLOURS[index] ?? "chart-1"),
          paths: bars(index, names.length),
          points: { show: false },
        }),
        ...(kind === "scatter" && {
          paths: () => null,
          points: {
            show: true,
            size: pointSize(data.x.length),
            width: 0,
            fill: token(COLOURS[index] ?? "chart-1"),
          },
        }),
      })),
    ],
    legend: { markers: { width: 0, fill: (_, series) => token(COLOURS[series - 1] ?? "chart-1") } },
    cursor: { drag: { x: true, y: false } },
  };
}

/** Many points are small, so that one sees where they are dense. */
function pointSize(count: number): number {
  return count > 5_000 ? 2 : count > 1_000 ? 3 : count > 300 ? 4 : 6;
}

/** Words stand at whole numbers. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];
/** Days before months and hours of 24, as everywhere; years, days and minutes stand below where they begin. */
const DAY = "\n{D} {MMM}";
const DAY_OF_YEAR = "\n{D} {MMM} {YYYY}";
const TIMES: NonNullable<uPlot.Axis["values"]> = [
  [365 * 86_400, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * 86_400, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86_400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", DAY_OF_YEAR, null, DAY, null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", DAY_OF_YEAR, null, DAY, null, null, null, 1],
  [0.001, ":{ss}.{fff}", `${DAY_OF_YEAR} {HH}:{mm}`, null, `${DAY} {HH}:{mm}`, null, "\n{HH}:{mm}", null, 1],
];

/** The library gives every axis the same room, and long numbers are cut. */
function roomForValues(plot: uPlot, values: string[] | null, place: number): number {
  const axis = plot.axes[place];
  const besides = (axis?.ticks?.size ?? 0) + (axis?.gap ?? 0);
  const [font] = axis?.font ?? [];
  if (typeof font === "string") plot.ctx.font = font;
  const widths = (values ?? []).map((value) => plot.ctx.measureText(value).width / devicePixelRatio);
  return Math.ceil(besides + Math.max(0, ...widths));
}

const write = uPlot.fmtDate("{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}");

function moment(seconds: number): string {
  return write(uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"));
}

/** A value beside its name below the chart; a dash while the pointer is elsewhere. */
function spoken(value: number | null): string {
  return value == null ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

const WIDEST_BAR = 60;

/** Several bars of one place stand side by side. */
function bars(index: number, count: number): uPlot.Series.PathBuilder {
  return (plot, series, first, last) => {
    const xs = plot.data[0];
    const ys = plot.data[series] ?? [];
    const room = plot.bbox.width / Math.max(1, xs.length);
    const width = Math.max(1, Math.min((room * 0.8) / count, WIDEST_BAR * devicePixelRatio));
    const ground = plot.valToPos(Math.max(0, plot.scales.y?.min ?? 0), "y", true);
    const path = new Path2D();
    for (let at = first; at <= last; at += 1) {
      const [x, y] = [xs[at], ys[at]];
      if (x == null || y == null) continue;
      const left = plot.valToPos(x, "x", true) + (index - count / 2) * width;
      const top = plot.valToPos(y, "y", true);
      path.rect(left, Math.min(top, ground), Math.max(1, width - 1), Math.abs(ground - top));
    }
    return { stroke: null, fill: path, flags: 0 };
  };
}

/** The first and the last bar are as wide as the others. */
function withRoom(count: number): (plot: uPlot, least: number, greatest: number) => [number, number] {
  return (_, least, greatest) => {
    const room = count > 1 ? (greatest - least) / (count - 1) / 2 : 0.5;
    return [least - room, greatest + room];
  };
}

/** Bars are measured from nothing, so that their lengths can be compared. */
function fromZero(_: uPlot, least: number, greatest: number): [number, number] {
  const [low, high] = [Math.min(0, least), Math.max(0, greatest)];
  const margin = (high - low) * 0.05 || 1;
  return [low < 0 ? low - margin : 0, high > 0 ? high + margin : 0];
}

function short(text: string): string {
  return text.length > 14 ? `${text.slice(0, 13)}…` : text;
}
