import { Download } from "lucide-react";

import type { Tab } from "~/app/tabs";
import type { CellSource } from "~/grid/cells";
import type { GridColumnView } from "~/grid/columns";
import type { CellPlace } from "~/grid/ResultGrid";
import { CellViewer } from "~/grid/viewers/CellViewer";
import { save } from "~/pages/query/download";
import { IconButton } from "~/ui/Button";
import { formatBytes } from "~/ui/format";
import type { Display } from "./display";
import type { TableRows } from "./tableRows";
import { downloadWhole, useWholeValue } from "./wholeValue";

interface ValueViewerProps {
  readonly tab: Tab;
  readonly rows: TableRows;
  readonly display: Display;
  readonly columns: readonly GridColumnView[];
  readonly place: CellPlace;
  readonly onCopy: (text: string) => void;
  readonly onClose: () => void;
}

/** A value beside the grid, whole: what was cut is fetched. */
export function ValueViewer({ tab, rows, display, columns, place, onCopy, onClose }: ValueViewerProps) {
  const whole = useWholeValue(tab, rows, display, place);
  const source: CellSource =
    whole.kind === "whole"
      ? {
          rowCount: display.rowCount,
          cell: (row, column, maxBytes) =>
            row === place.row && column === place.column
              ? { kind: "text", text: whole.text }
              : display.cell(row, column, maxBytes),
        }
      : display;
  const note =
    whole.kind === "fetching"
      ? `Fetching ${formatBytes(whole.bytes)}`
      : whole.kind === "failed"
        ? whole.words
        : null;
  return (
    <CellViewer
      key={whole.kind}
      rows={source}
      columns={columns}
      place={place}
      note={note}
      actions={
        display.row(place.row).kind === "read" && (
          <IconButton
            icon={Download}
            size="sm"
            label="Download value"
            onClick={() => downloadWhole(tab, rows, display, place)}
          />
        )
      }
      onCopy={onCopy}
      onSave={save}
      onClose={onClose}
    />
  );
}
