import { useEffect, useRef, useState } from "react";
import { searchText } from "~/api/catalog";
import { problemFrom } from "~/api/problem";
import { completions } from "~/completion/completions";
import type { FoundName, NameFilter } from "~/completion/find";
import { browseRows } from "~/explorer/actions";
import { kindWords } from "~/explorer/kinds";
import { currentTarget } from "../newQuery";
import { openObject, openObjectBeside, type ObjectPlaceName } from "../objectTabs";
import { knownServer } from "../servers";
import type { Found } from "./entries";
import { TextSearch } from "lucide-react";

const SHOWN = 12;
const SHOWN_ALONE = 40;

/** What a query asks for: names of a kind, after a prefix. */
interface Asked {
  readonly filter: NameFilter;
  readonly text: string;
  /** Nothing but names is asked for. */
  readonly alone: boolean;
}

const prefixes: readonly (readonly [string, NameFilter])[] = [
  ["t:", "tables"],
  ["v:", "views"],
  ["f:", "functions"],
  ["@", "columns"],
];

export function askedOf(query: string): Asked {
  for (const [prefix, filter] of prefixes) {
    if (query.startsWith(prefix)) return { filter, text: query.slice(prefix.length).trim(), alone: true };
  }
  return { filter: "all", text: query.trim(), alone: false };
}

interface Names {
  readonly found: readonly Found[];
  /** The database that is searched, in words; null where there is none. */
  readonly where: string | null;
  /** Whether nothing but names was asked for. */
  readonly alone: boolean;
  /** Why the search of texts did not answer. */
  readonly problem: string | null;
}

/** The objects of the database in front that answer to a query. The names are searched here, without the server. */
export function useNamesFound(query: string): Names {
  const [target] = useState(currentTarget);
  const [names, setNames] = useState<readonly FoundName[]>([]);
  const [loads, setLoads] = useState(0);
  const [texts, setTexts] = useState<TextsFound>({ query: "", found: [], problem: null });
  const latest = useRef(0);
  const { serverId, database } = target;
  const connected =
    serverId !== null &&
    database !== null &&
    (knownServer(serverId)?.connected === true || completions.knows(serverId, database));
  const { filter, text, alone } = askedOf(query);
  const silent = text === "" || query.startsWith(">");

  useEffect(() => {
    if (serverId === null || database === null || !connected) return;
    void completions.load(serverId, database).then(() => setLoads((count) => count + 1));
  }, [serverId, database, connected]);
  useEffect(() => {
    const turn = (latest.current += 1);
    if (serverId === null || database === null || silent) return;
    const limit = alone ? SHOWN_ALONE : SHOWN;
    void completions.find(serverId, database, text, filter, limit).then((found) => {
      if (turn === latest.current) setNames(found);
    });
  }, [serverId, database, silent, text, filter, alone, loads]);

  if (serverId === null || database === null) return { found: [], where: null, alone, problem: null };
  const where = `${knownServer(serverId)?.name ?? ""} / ${database}`;
  const place = { serverId, database };
  const found = silent ? [] : names.map((name) => entryOf(name, place));
  const texted = texts.query === text;
  if (texted && !silent) found.push(...texts.found.map((one) => textEntry(one, place)));
  else if (connected && !silent && text.length >= 3)
    found.push(searchEntry(text, () => void searchTexts(place, text).then(setTexts)));
  return { found, where, alone, problem: texted ? texts.problem : null };
}

interface TextsFound {
  query: string;
  found: readonly Awaited<ReturnType<typeof searchText>>[number][];
  problem: string | null;
}

async function searchTexts(
  { serverId, database }: { serverId: string; database: string },
  query: string,
): Promise<TextsFound> {
  try {
    const found = await searchText(serverId, database, query);
    const none = `Nothing has “${query}” in a body or a comment.`;
    return { query, found, problem: found.length === 0 ? none : null };
  } catch (thrown) {
    return { query, found: [], problem: problemFrom(thrown).detail };
  }
}

interface Place {
  serverId: string;
  database: string;
}

function entryOf(name: FoundName, place: Place): Found {
  const { address, kind, schema, title, relation, note } = name;
  const shown = kind === "column" ? "" : kind;
  const object: ObjectPlaceName = {
    ...place,
    address,
    kind: shown,
    title: `${schema}.${relation ?? title}`,
  };
  return {
    id: `${address}-${title}`,
    section: "Objects",
    icon: kindWords(kind).icon,
    title,
    path: schema,
    note,
    at: name.at,
    open: () => void openObject(object),
    openBeside: () => openObjectBeside(object),
    ...(relation !== null && { select: () => void browseRows({ ...place, schema, name: relation }) }),
  };
}

function textEntry(one: TextsFound["found"][number], place: Place): Found {
  const object: ObjectPlaceName = {
    ...place,
    address: `${one.catalog}/${one.oid}`,
    kind: one.kind,
    title: one.identity,
  };
  return {
    id: `text-${object.address}-${one.in_comment}`,
    section: "Objects",
    icon: kindWords(one.kind).icon,
    title: one.identity,
    path: one.excerpt.replace(/\s+/g, " "),
    note: one.in_comment ? "in its comment" : "in its body",
    at: [],
    open: () => void openObject(object),
    openBeside: () => openObjectBeside(object),
  };
}

function searchEntry(text: string, search: () => void): Found {
  return {
    id: "search-texts",
    section: "Search",
    icon: TextSearch,
    title: `Search bodies and comments for “${text}”`,
    path: "",
    note: "asks PostgreSQL",
    at: [],
    open: search,
    stays: true,
  };
}
