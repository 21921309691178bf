import {
  AtSign,
  Braces,
  Columns3,
  FolderTree,
  Link2,
  type LucideIcon,
  Quote,
  Shapes,
  SlidersHorizontal,
  SquareFunction,
  Table2,
  UserRound,
} from "lucide-react";
import { createElement } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";

import type { Offer } from "~/completion/offer";
import { Icon } from "~/ui/Icon";

/** Keywords are what is left without one. */
const ICONS: Readonly<Record<Exclude<Offer["kind"], "keyword">, LucideIcon>> = {
  column: Columns3,
  relation: Table2,
  schema: FolderTree,
  function: SquareFunction,
  join: Link2,
  snippet: Braces,
  alias: AtSign,
  text: Quote,
  type: Shapes,
  parameter: SlidersHorizontal,
  role: UserRound,
};

const drawn = new Map<string, Node>();

/** The icon of a kind of offer, as the explorer has it, for the list of completions, which is not React's. */
export function kindIcon(kind: string | undefined): HTMLElement {
  const place = document.createElement("span");
  place.className = "cm-kindIcon";
  place.ariaHidden = "true";
  const icon = Object.entries(ICONS).find(([name]) => name === kind)?.[1];
  if (icon) place.append(drawing(icon, kind ?? "").cloneNode(true));
  return place;
}

/** Each is drawn once and copied from then on: the list is built anew with every key. */
function drawing(icon: LucideIcon, kind: string): Node {
  const known = drawn.get(kind);
  if (known) return known;
  const host = document.createElement("span");
  const root = createRoot(host);
  flushSync(() => root.render(createElement(Icon, { of: icon, size: 14 })));
  const picture = host.firstChild?.cloneNode(true) ?? document.createTextNode("");
  root.unmount();
  drawn.set(kind, picture);
  return picture;
}
