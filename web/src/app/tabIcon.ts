import { FileCode, type LucideIcon, Rows3 } from "lucide-react";
import { kindWords } from "~/explorer/kinds";
import { objectOf } from "./objectTabs";
import { kindOf, type Tab } from "./tabs";

/** An object's page has the icon of its kind; its rows and queries have their own. */
export function iconOfTab(tab: Tab): LucideIcon {
  const object = objectOf(tab);
  if (object !== null) return kindWords(object.kind).icon;
  return kindOf(tab.id) === "data" ? Rows3 : FileCode;
}
