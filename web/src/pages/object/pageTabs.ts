import type { ObjectPage } from "~/api/types";
import { hasRows } from "~/explorer/kinds";
import type { SubTab } from "~/ui/SubTabs";
import { type PageTab, rowsOf, sections, tabTitles, totalOf } from "./sections";

/** The part that shows a table's rows. */
export const DATA = "data";

/** The parts of an object for which the page has something. `data`: its rows are one of them. */
export function tabsOf(page: ObjectPage | undefined, data = true): SubTab[] {
  const tabs: SubTab[] = [{ id: "overview", label: tabTitles.overview }];
  if (data && (!page || hasRows(page.kind))) tabs.push({ id: DATA, label: "Data" });
  tabs.push({ id: "ddl", label: tabTitles.ddl });
  for (const id of ["dependencies", "triggers", "policies", "privileges", "statistics"] as const) {
    const counted = page ? countOf(page, id) : 0;
    if (counted === 0) continue;
    const said = id === "dependencies" || id === "triggers" || id === "policies";
    tabs.push({ id, label: tabTitles[id], ...(said && { count: String(counted) }) });
  }
  return tabs;
}

function countOf(page: ObjectPage, tab: PageTab): number {
  return sections
    .filter((section) => section.tab === tab)
    .reduce((sum, section) => {
      const rows = rowsOf(page, section.id);
      return sum + (tab === "dependencies" ? totalOf(rows) : rows.length);
    }, 0);
}
