import type { Cell } from "~/run/rowStore";
import type { GridColumnView } from "../columns";
import { arrayItems, type ArrayItem } from "./arrayItems";
import { fileKind, isSvg, readBytes } from "./bytes";
import { readGeometry } from "./geometry";
import { parseJson, type JsonNode } from "./jsonNodes";
import type { Geometries } from "./wkb";

/** A way to look at a value. */
export type View =
  | { readonly kind: "text"; readonly label: "Text" }
  | { readonly kind: "json"; readonly label: "Tree"; readonly root: JsonNode }
  | { readonly kind: "formatted_json"; readonly label: "Formatted" }
  | { readonly kind: "xml"; readonly label: "Formatted" }
  | { readonly kind: "list"; readonly label: "List"; readonly items: readonly ArrayItem[] }
  | { readonly kind: "map"; readonly label: "Map"; readonly geometries: Geometries }
  | { readonly kind: "image"; readonly label: "Image"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "hex"; readonly label: "Hex"; readonly bytes: Uint8Array<ArrayBuffer> };

/** A longer value is shown as it is: to read it would make the page wait. */
export const MAX_READ = 8 * 1024 * 1024;
/** In hexadecimal digits: a point. */
const SHORTEST_WKB = 42;
const TEXT: View = { kind: "text", label: "Text" };

/** The ways to look at a value, the likeliest first. Of a value that was cut there is only the text. */
export function viewsOf(cell: Cell, column: GridColumnView): View[] {
  if (cell.kind !== "text" || cell.text === "") return [TEXT];
  const { text } = cell;
  if (text.length > MAX_READ) return [...plainViewsOf(text, column), TEXT];
  const views: View[] = [];
  const geometries = readGeometry(text, column.type);
  if (geometries && geometries.shapes.length > 0) {
    views.push({ kind: "map", label: "Map", geometries });
  }
  if (column.kind === "json") {
    const root = parseJson(text);
    if (root) views.push({ kind: "json", label: "Tree", root });
    return [...views, { kind: "formatted_json", label: "Formatted" }, TEXT];
  }
  if (column.type === "xml") return [{ kind: "xml", label: "Formatted" }, TEXT, ...pictureOf(text)];
  const items = column.element === null && !column.type.endsWith("[]") ? null : arrayItems(text);
  if (items) return [{ kind: "list", label: "List", items }, TEXT];
  const ofBytes = plainViewsOf(text, column);
  if (ofBytes.length > 0) {
    views.push(...ofBytes);
    const drawn = readGeometry(text.slice(2), "geometry");
    if (drawn && drawn.shapes.length > 0) views.push({ kind: "map", label: "Map", geometries: drawn });
  }
  // A text may hold what other types do; it is a text first.
  const hidden = views.length > 0 ? [] : [...pictureOf(text), ...documentOf(text)];
  return [...views, TEXT, ...hidden];
}

/** Those that need no reading. */
function plainViewsOf(text: string, column: GridColumnView): View[] {
  if (column.kind === "json") return [{ kind: "formatted_json", label: "Formatted" }];
  if (column.type === "xml") return [{ kind: "xml", label: "Formatted" }];
  const bytes = column.type === "bytea" ? readBytes(text) : null;
  if (!bytes) return [];
  const hex: View = { kind: "hex", label: "Hex", bytes };
  return fileKind(bytes).isImage ? [{ kind: "image", label: "Image", bytes }, hex] : [hex];
}

function pictureOf(text: string): View[] {
  return isSvg(text) ? [{ kind: "image", label: "Image", bytes: new TextEncoder().encode(text) }] : [];
}

function documentOf(text: string): View[] {
  if (!/^\s*[{[]/.test(text)) {
    const geometries = text.length < SHORTEST_WKB ? null : readGeometry(text, "geometry");
    return geometries ? [{ kind: "map", label: "Map", geometries }] : [];
  }
  const root = parseJson(text);
  const geometries = root && readGeometry(text, "json");
  return [
    ...(geometries ? [{ kind: "map", label: "Map", geometries } as const] : []),
    ...(root ? [{ kind: "json", label: "Tree", root } as const] : []),
  ];
}
