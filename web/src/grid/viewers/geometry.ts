import type { Geometries, Geometry, Point } from "./wkb";
import { readWkb } from "./wkb";

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;
const PAIR = new RegExp(String.raw`(${NUMBER})[\s,]+(${NUMBER})`, "g");
const WKT =
  /^(?:SRID=(\d+);)?\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)\s*(?:ZM?|M)?\s*\(/i;

/** Types whose values are drawn. */
const DRAWN = new Set(["geometry", "geography", "point", "lseg", "path", "box", "polygon", "circle"]);

/** What can be drawn of a value; null for what is no geometry. `type` is the column's, in words. */
export function readGeometry(text: string, type: string): Geometries | null {
  const plain = type.replace(/\(.*$/, "");
  const name = plain.slice(plain.lastIndexOf(".") + 1);
  if (name === "json" || name === "jsonb") return readGeoJson(text);
  const byWords = WKT.test(text) ? readWkt(text) : null;
  if (byWords) return byWords;
  if (!DRAWN.has(name)) return null;
  return name === "geometry" || name === "geography" ? readWkb(text) : readBuiltIn(text, name);
}

/** PostgreSQL's own types (manual, 8.8). */
function readBuiltIn(text: string, type: string): Geometries | null {
  const points = pairs(text);
  const [first, second] = points;
  if (!first) return null;
  const one = (shape: Geometry): Geometries => ({ shapes: [shape], srid: null });
  switch (type) {
    case "point":
      return one({ kind: "point", at: first });
    case "path":
      return one(
        text.startsWith("[") ? { kind: "line", points } : { kind: "line", points: [...points, first] },
      );
    case "polygon":
      return one({ kind: "polygon", rings: [points] });
    case "lseg":
      return one({ kind: "line", points });
    case "box": {
      if (!second) return null;
      const [[right, top], [left, bottom]] = [first, second];
      const corners: Point[] = [
        [left, bottom],
        [right, bottom],
        [right, top],
        [left, top],
      ];
      return one({ kind: "polygon", rings: [corners] });
    }
    case "circle":
      return one({ kind: "polygon", rings: [circle(first, Number(/,([^,)>]+)>$/.exec(text)?.[1]))] });
    default:
      return null;
  }
}

function circle([x, y]: Point, radius: number): Point[] {
  const corners = 64;
  return Array.from({ length: corners }, (_, corner): Point => {
    const angle = (2 * Math.PI * corner) / corners;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

function pairs(text: string): Point[] {
  return [...text.matchAll(PAIR)].map(([, x, y]): Point => [Number(x), Number(y)]);
}

const PART =
  /(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON)\s*(?:ZM?|M)?\s*(\([^A-Z]*\))/gi;

function readWkt(text: string): Geometries | null {
  const srid = /^SRID=(\d+);/i.exec(text)?.[1];
  const shapes = [...text.matchAll(PART)].flatMap(([, name = "", inside = ""]): Geometry[] => {
    // Coordinates are separated by blanks and points by commas; further dimensions are not drawn.
    const lists = [...inside.matchAll(/\(([^()]+)\)/g)].map(([, list = ""]) =>
      list.split(",").flatMap((point): Point[] => {
        const [x, y] = point.trim().split(/\s+/).map(Number);
        return x === undefined || y === undefined || Number.isNaN(x + y) ? [] : [[x, y]];
      }),
    );
    if (/POINT$/i.test(name)) return lists.flat().map((at): Geometry => ({ kind: "point", at }));
    if (/LINESTRING$/i.test(name)) return lists.map((points): Geometry => ({ kind: "line", points }));
    return lists.length === 0 ? [] : [{ kind: "polygon", rings: lists }];
  });
  return shapes.length === 0 ? null : { shapes, srid: srid === undefined ? null : Number(srid) };
}

/** RFC 7946. */
function readGeoJson(text: string): Geometries | null {
  if (!/"(?:coordinates|geometries|features)"/.test(text)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const shapes = shapesOf(value);
  return shapes.length === 0 ? null : { shapes, srid: 4326 };
}

function shapesOf(value: unknown): Geometry[] {
  if (typeof value !== "object" || value === null) return [];
  const { type, coordinates, geometry, geometries, features } = value as Record<string, unknown>;
  const parts = [geometries, features].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  if (parts.length > 0) return parts.flatMap(shapesOf);
  if (geometry !== undefined) return shapesOf(geometry);
  const positions = (list: unknown): Point[] => (Array.isArray(list) ? list.filter(isPoint) : []);
  const lists = Array.isArray(coordinates) ? (coordinates as unknown[]) : [];
  switch (type) {
    case "Point":
      return isPoint(coordinates) ? [{ kind: "point", at: coordinates }] : [];
    case "MultiPoint":
      return positions(lists).map((at) => ({ kind: "point", at }));
    case "LineString":
      return [{ kind: "line", points: positions(lists) }];
    case "MultiLineString":
      return lists.map((list) => ({ kind: "line", points: positions(list) }));
    case "Polygon":
      return [{ kind: "polygon", rings: lists.map(positions) }];
    case "MultiPolygon":
      return lists.map((rings) => ({
        kind: "polygon",
        rings: Array.isArray(rings) ? rings.map(positions) : [],
      }));
    default:
      return [];
  }
}

function isPoint(value: unknown): value is Point {
  return Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "number";
}
