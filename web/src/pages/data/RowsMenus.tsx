import { Columns3, Download } from "lucide-react";

import type { TableShape } from "~/api/types";
import type { DataContent } from "~/app/dataTab";
import type { Tab } from "~/app/tabs";
import { type Arrangement, hideColumn, plainArrangement, showColumn } from "~/grid/arrangement";
import { download, DOWNLOAD_FORMATS } from "~/pages/query/download";
import { statementAlone } from "~/pages/query/ran";
import { quoteIdentifier } from "~/run/quote";
import { IconButton } from "~/ui/Button";
import { Menu, type MenuEntry } from "~/ui/Menu";
import { selectSql } from "./rowsSql";
import type { ArrangedColumns } from "./useColumns";

/** Which columns are shown, and how many of them stay in place. */
export function ColumnsMenu({ columns }: { columns: ArrangedColumns }) {
  const { all, arrangement, arrange } = columns;
  const shown = new Set(arrangement.columns);
  const toggle = (place: number) => (now: Arrangement) =>
    shown.has(place) ? hideColumn(now, place) : showColumn(now, place);
  const entries: MenuEntry[] = [
    { kind: "caption", label: `${shown.size} of ${all.length} columns` },
    ...all.map(({ name }, place): MenuEntry => ({
      kind: "choice",
      label: name,
      chosen: shown.has(place),
      run: () => arrange(toggle(place)),
    })),
    { kind: "separator" },
    {
      kind: "action",
      label: arrangement.frozen > 0 ? "Unfreeze columns" : "Freeze the first column",
      run: () => arrange((now) => ({ ...now, frozen: now.frozen > 0 ? 0 : 1 })),
    },
    {
      kind: "action",
      label: "Show all as in the table",
      run: () => arrange((now) => ({ ...plainArrangement(all.length), widths: now.widths })),
    },
  ];
  const label = shown.size === all.length ? "Columns" : `Columns: ${all.length - shown.size} hidden`;
  return (
    <Menu
      align="end"
      trigger={<IconButton icon={Columns3} size="sm" label={label} on={shown.size !== all.length} />}
      entries={entries}
    />
  );
}

interface DownloadMenuProps {
  readonly tab: Tab;
  readonly shape: TableShape;
  readonly content: DataContent;
  readonly columns: ArrangedColumns;
  readonly staged: number;
}

/** All rows that the table shows, filtered and sorted, as a file. */
export function DownloadMenu({ tab, shape, content, columns, staged }: DownloadMenuProps) {
  const names = columns.columns.map(({ name }) => quoteIdentifier(name));
  const sql = selectSql(shape, content, names);
  return (
    <Menu
      align="end"
      trigger={<IconButton icon={Download} size="sm" label="Download" disabled={names.length === 0} />}
      entries={[
        {
          kind: "caption",
          label: `All rows as filtered and sorted${staged > 0 ? ", without staged changes" : ""}`,
        },
        ...DOWNLOAD_FORMATS.map(({ format, label }): MenuEntry => ({
          kind: "action",
          label: `All rows as ${label}`,
          run: () => void download(tab, statementAlone(sql), format, false),
        })),
      ]}
    />
  );
}
