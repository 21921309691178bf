import { Copy, Download, X } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";

import type { Cell } from "~/run/rowStore";
import { IconButton } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatBytes, formatCount, plural } from "~/ui/format";
import { Checkbox } from "~/ui/Input";
import { Segmented } from "~/ui/Segmented";
import type { CellSource } from "../cells";
import type { GridColumnView } from "../columns";
import { invisiblePieces, nameOf } from "../invisible";
import type { CellPlace } from "../ResultGrid";
import { fileKind, hexDump, SVG } from "./bytes";
import styles from "./CellViewer.module.css";
import { formatJson } from "./formatJson";
import { formatXml } from "./formatXml";
import { JsonTree } from "./JsonTree";
import { localTime, uuidFacts } from "./localTime";
import { MapView } from "./MapView";
import tools from "./viewers.module.css";
import { Beginning } from "./Beginning";
import { MAX_READ, type View, viewsOf } from "./views";

interface CellViewerProps {
  readonly rows: CellSource;
  readonly columns: readonly GridColumnView[];
  readonly place: CellPlace;
  readonly onCopy: (text: string) => void;
  readonly onSave: (content: Blob, name: string) => void;
  readonly onClose: () => void;
  /** What is to be said of the value besides. */
  readonly note?: string | null;
  /** What can be done with it besides; it takes the place of saving the bytes that are here. */
  readonly actions?: ReactNode;
}

/** One value, whole, beside the grid, in the ways that its type is best looked at. It follows the current cell. */
export function CellViewer(props: CellViewerProps) {
  const { rows, columns, place, onCopy, onSave, onClose, note = null, actions = null } = props;
  const [wanted, setWanted] = useState<View["kind"] | null>(null);
  const [wrap, setWrap] = useState(true);
  const column = columns[place.column];
  // The same place is gone to again and again, such as by a search.
  const cell = useMemo(() => rows.cell(place.row, place.column), [rows, place.row, place.column]);
  const views = useMemo(() => (column ? viewsOf(cell, column) : []), [cell, column]);
  if (!column) return null;
  const view = views.find(({ kind }) => kind === wanted) ?? views[0];
  const isText = view?.kind === "text" || view?.kind === "xml" || view?.kind === "formatted_json";
  const bytes = view?.kind === "hex" || view?.kind === "image" ? view.bytes : null;
  return (
    <aside className={styles.viewer} aria-label="Value">
      <header className={styles.head}>
        <h2 className={styles.title}>
          {column.name} <span className={styles.type}>{column.type}</span>
        </h2>
        {actions}
        {bytes && !actions && (
          <IconButton
            icon={Download}
            size="sm"
            label="Download value"
            onClick={() => {
              const { mediaType, ending } = fileKind(bytes);
              onSave(new Blob([bytes], { type: mediaType }), `${column.name}-${place.row + 1}.${ending}`);
            }}
          />
        )}
        {cell.kind !== "null" && (
          <IconButton icon={Copy} size="sm" label="Copy value" onClick={() => onCopy(cell.text)} />
        )}
        <IconButton icon={X} size="sm" label="Close value" keys="Esc" onClick={onClose} />
      </header>
      <p className={styles.facts}>{factsOf(cell, column, place, bytes)}</p>
      {note !== null && (
        <p className={styles.facts} role="status">
          {note}
        </p>
      )}
      {(views.length > 1 || isText) && cell.kind !== "null" && (
        <div className={styles.views}>
          {views.length > 1 && view && (
            <Segmented
              label="View as"
              value={view.kind}
              choices={views.map(({ kind, label }) => ({ value: kind, label }))}
              onChange={setWanted}
            />
          )}
          {isText && (
            <Checkbox label="Wrap lines" checked={wrap} onChange={({ target }) => setWrap(target.checked)} />
          )}
        </div>
      )}
      {view && (
        <Value
          key={`${place.row} ${place.column} ${view.kind}`}
          cell={cell}
          view={view}
          wrap={wrap}
          column={column}
          onCopy={onCopy}
        />
      )}
    </aside>
  );
}

/** What is known of a value besides itself. */
function factsOf(cell: Cell, column: GridColumnView, place: CellPlace, bytes: Uint8Array | null): ReactNode {
  const facts = [`Row ${formatCount(place.row + 1)}`];
  if (bytes) facts.push(formatBytes(bytes.length));
  else if (cell.kind === "text" && column.kind !== "number" && cell.text.length > 40)
    facts.push(plural(cell.text.length, "character"));
  if (cell.kind === "cut") {
    const [kept, full] = [formatBytes(cell.keptBytes), formatBytes(cell.fullBytes)];
    facts.push(`first ${kept} of ${full}. A download has all of it.`);
  }
  if (cell.kind === "text" && column.kind === "json" && cell.text.length > MAX_READ) {
    facts.push(`too long for a tree, which takes ${formatCount(MAX_READ)}`);
  }
  const hint =
    cell.kind !== "text" ? null : column.type === "uuid" ? uuidFacts(cell.text) : localTime(cell.text);
  return (
    <>
      {facts.join(", ")}
      {hint !== null && (
        <span className={styles.hint}>{column.type === "uuid" ? hint : `Here: ${hint}`}</span>
      )}
    </>
  );
}

const LINK = /^https?:\/\/\S+$/;

interface ValueProps {
  readonly cell: Cell;
  readonly view: View;
  readonly wrap: boolean;
  readonly column: GridColumnView;
  readonly onCopy: (text: string) => void;
}

function Value({ cell, view, wrap, column, onCopy }: ValueProps) {
  if (cell.kind === "null") return <p className={styles.nothing}>NULL</p>;
  if (cell.text === "" && cell.kind === "text") return <p className={styles.nothing}>empty text</p>;
  switch (view.kind) {
    case "json":
      return <JsonTree key={cell.text} root={view.root} column={column.name} onCopy={onCopy} />;
    case "map":
      return <MapView geometries={view.geometries} />;
    case "image":
      return <Picture bytes={view.bytes} />;
    case "hex":
      return (
        <Beginning of="bytes" whole={view.bytes.length}>
          {(end) => <Text text={hexDump(view.bytes, end)} wrap={false} />}
        </Beginning>
      );
    case "list":
      return (
        <Beginning of="elements" whole={view.items.length}>
          {(end) => (
            <ol className={tools.list} tabIndex={0} aria-label="Elements">
              {view.items.slice(0, end).map(({ place, text }) => (
                <li key={place} className={tools.item}>
                  <span className={tools.place}>{place}</span>
                  <span className={text === null ? tools.null : tools.text}>{text ?? "NULL"}</span>
                </li>
              ))}
            </ol>
          )}
        </Beginning>
      );
    case "xml":
    case "formatted_json":
    case "text":
      return (
        <Beginning of="characters" whole={cell.text.length}>
          {(end) => <Text text={WRITTEN[view.kind](beginningOf(cell.text, end))} wrap={wrap} />}
        </Beginning>
      );
  }
}

/** How a text is written. Each can do with the beginning alone. */
const WRITTEN = { text: (text: string) => text, xml: formatXml, formatted_json: formatJson };

/** The first characters; none is halved. */
function beginningOf(text: string, end: number): string {
  const code = text.charCodeAt(end - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 && end < text.length ? end - 1 : end);
}

function Text({ text, wrap }: { text: string; wrap: boolean }) {
  return (
    <pre
      className={classes(styles.value, !wrap && styles.unwrapped)}
      tabIndex={0}
      aria-label="Text of the value"
    >
      {LINK.test(text) ? (
        <a href={text} target="_blank" rel="noopener noreferrer">
          {text}
        </a>
      ) : (
        invisiblePieces(text).map((piece, place) =>
          place % 2 === 0 ? (
            piece
          ) : (
            <span key={place} className={styles.invisible} data-name={nameOf(piece)}>
              {piece}
            </span>
          ),
        )
      )}
    </pre>
  );
}

/** An image, from the bytes themselves. */
function Picture({ bytes }: { bytes: Uint8Array<ArrayBuffer> }) {
  const image = useRef<HTMLImageElement>(null);
  const [size, setSize] = useState("");
  useEffect(() => {
    const { mediaType } = fileKind(bytes);
    // An image runs nothing. Nor does what becomes of one in a window of its own, which has no origin then.
    if (mediaType === SVG) {
      if (image.current)
        image.current.src = `data:${SVG},${encodeURIComponent(new TextDecoder().decode(bytes))}`;
      return;
    }
    const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
    if (image.current) image.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [bytes]);
  return (
    <figure className={tools.picture}>
      <img
        ref={image}
        alt="The value as an image"
        onLoad={({ currentTarget }) =>
          setSize(`${currentTarget.naturalWidth} by ${currentTarget.naturalHeight} pixels`)
        }
        onError={() => setSize("The browser cannot show these bytes as an image.")}
      />
      <figcaption>{size}</figcaption>
    </figure>
  );
}
