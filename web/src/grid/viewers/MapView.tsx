import { useMemo } from "react";

import { formatCount, plural } from "~/ui/format";
import type { Geometries, Geometry, Point } from "./wkb";
import styles from "./viewers.module.css";

const SIZE = 256;
const MARGIN = 12;

/** Lines to hold on to; they go on beside the drawing, which is square. */
const LINES = Array.from({ length: 24 }, (_, quarter) => ((quarter - 10) * SIZE) / 4);
const [NEAR, FAR] = [-3 * SIZE, 4 * SIZE];
const GRATICULE = LINES.map((at) => `M${at} ${NEAR}V${FAR}M${NEAR} ${at}H${FAR}`).join("");

/** A geometry by itself, drawn to fit: no map is loaded from anywhere. */
export function MapView({ geometries }: { geometries: Geometries }) {
  const { shapes, srid } = geometries;
  const box = useMemo(() => boxOf(shapes), [shapes]);
  const place = placer(box);
  const points = shapes.reduce((sum, shape) => sum + pointsOf(shape).length, 0);
  const words = `${plural(shapes.length, "shape")}, ${plural(points, "point")}`;
  return (
    <div className={styles.map}>
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={`Drawing of ${words}`}>
        <path d={GRATICULE} className={styles.graticule} />
        {shapes.map((shape, index) => (
          <Shape key={index} shape={shape} place={place} />
        ))}
      </svg>
      <dl className={styles.facts}>
        <dt>Holds</dt>
        <dd>{words}</dd>
        <dt>From x</dt>
        <dd>
          {short(box.left)} to {short(box.right)}
        </dd>
        <dt>From y</dt>
        <dd>
          {short(box.bottom)} to {short(box.top)}
        </dd>
        {srid !== null && (
          <>
            <dt>SRID</dt>
            <dd>{srid}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

type Place = (point: Point) => Point;

function Shape({ shape, place }: { shape: Geometry; place: Place }) {
  switch (shape.kind) {
    case "point": {
      const [x, y] = place(shape.at);
      return <circle cx={x} cy={y} r={4} className={styles.dot} />;
    }
    case "line":
      return <path d={pathOf(shape.points, place)} className={styles.stroke} />;
    case "polygon":
      return (
        <path
          d={shape.rings.map((ring) => `${pathOf(ring, place)}Z`).join("")}
          fillRule="evenodd"
          className={styles.area}
        />
      );
  }
}

function pathOf(points: readonly Point[], place: Place): string {
  return points
    .map((point, index) => {
      const [x, y] = place(point);
      return `${index === 0 ? "M" : "L"}${x.toFixed(2)} ${y.toFixed(2)}`;
    })
    .join("");
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

function pointsOf(shape: Geometry): readonly Point[] {
  switch (shape.kind) {
    case "point":
      return [shape.at];
    case "line":
      return shape.points;
    case "polygon":
      return shape.rings.flat();
  }
}

function boxOf(shapes: readonly Geometry[]): Box {
  let box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (const shape of shapes) {
    for (const [x, y] of pointsOf(shape)) {
      box = {
        left: Math.min(box.left, x),
        right: Math.max(box.right, x),
        bottom: Math.min(box.bottom, y),
        top: Math.max(box.top, y),
      };
    }
  }
  return box;
}

/** To the same measure in both directions, with the north up. */
function placer({ left, right, bottom, top }: Box): Place {
  const room = SIZE - 2 * MARGIN;
  const extent = Math.max(right - left, top - bottom);
  const scale = extent > 0 ? room / extent : 1;
  const [midX, midY] = [(left + right) / 2, (bottom + top) / 2];
  return ([x, y]) => [SIZE / 2 + (x - midX) * scale, SIZE / 2 - (y - midY) * scale];
}

function short(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(9)));
}
