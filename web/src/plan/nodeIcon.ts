import {
  ArrowDownWideNarrow,
  GitMerge,
  Hash,
  Layers,
  ListEnd,
  type LucideIcon,
  Network,
  Pencil,
  Repeat,
  Rows3,
  SearchCode,
  Sigma,
  SquareFunction,
  Workflow,
} from "lucide-react";

const ICONS: readonly (readonly [RegExp, LucideIcon])[] = [
  [/Function Scan/, SquareFunction],
  [/CTE|WorkTable|Recursive/, Workflow],
  [/Index|Bitmap/, SearchCode],
  [/Scan|Values/, Rows3],
  [/Nested Loop/, Repeat],
  [/Join/, GitMerge],
  [/Aggregate|Group|Unique|Window/, Sigma],
  [/Hash/, Hash],
  [/Sort/, ArrowDownWideNarrow],
  [/Limit/, ListEnd],
  [/Gather/, Network],
  [/Insert|Update|Delete|Merge|ModifyTable/, Pencil],
];

/** What stands before a node's title. */
export function iconOf(title: string): LucideIcon {
  return ICONS.find(([pattern]) => pattern.test(title))?.[1] ?? Layers;
}
