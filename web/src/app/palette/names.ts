import { useEffect, useRef, useState } from "react";
import { searchText } from "~/api/catalog";
import { problemFrom } from "~/api/problem";
import type { NamedObject } from "~/api/types";
import { completions } from "~/completion/completions";
import type { FoundName } from "~/completion/find";
import { browseRows } from "~/explorer/actions";
import { hasRows, kindWords } from "~/explorer/kinds";
import { matcher } from "~/ui/match";
import { currentTarget } from "../newQuery";
import { openObject, openObjectBeside, type ObjectPlaceName } from "../objectTabs";
import { knownServer } from "../servers";
import { askedOf } from "./asked";
import type { Found } from "./entries";
import { useServerNames } from "./serverNames";
import { TextSearch } from "lucide-react";

const SHOWN = 16;
const SHOWN_ALONE = 40;
/** One letter is in nearly every name: PostgreSQL would sort all of them for a list that the next key replaces. */
const LETTERS_TO_ASK = 2;

interface Names {
  readonly found: readonly Found[];
  /** The database that is searched, in words; null where there is none. */
  readonly where: string | null;
  /** Whether nothing but names was asked for. */
  readonly alone: boolean;
  /** Why the search did not answer. */
  readonly problem: string | null;
  /** PostgreSQL has not answered yet, or is asked with the next letter. */
  readonly waiting: boolean;
  /** The first matches for this query are there; more may come from PostgreSQL. */
  readonly settled: boolean;
}

interface NamesFound {
  /** What they answer to. */
  asked: string | null;
  found: readonly FoundName[];
}

/** The objects of the database in front that answer to a query: what an editor knows at once, the rest from PostgreSQL. */
export function useNamesFound(query: string): Names {
  const [target] = useState(currentTarget);
  const [names, setNames] = useState<NamesFound>({ asked: null, found: [] });
  const [loads, setLoads] = useState(0);
  const [texts, setTexts] = useState<TextsFound>({ query: "", found: [], problem: null });
  const latest = useRef(0);
  const { serverId, database } = target;
  const connected =
    serverId !== null &&
    database !== null &&
    (knownServer(serverId)?.connected === true || completions.knows(serverId, database));
  const { filter, kinds, text, alone } = askedOf(query);
  const silent = (text === "" && !alone) || query.startsWith(">") || query.startsWith(":");
  const limit = alone ? SHOWN_ALONE : SHOWN;
  const asked = JSON.stringify([text, filter, limit]);

  useEffect(() => {
    if (serverId === null || database === null || !connected) return;
    void completions.load(serverId, database).then(() => setLoads((count) => count + 1));
  }, [serverId, database, connected]);
  useEffect(() => {
    const turn = (latest.current += 1);
    if (serverId === null || database === null || silent || filter === null) return;
    const tell = (found: readonly FoundName[]) => {
      if (turn === latest.current) setNames({ asked, found });
    };
    completions.find(serverId, database, text, filter, limit).then(tell, () => tell([]));
  }, [serverId, database, silent, text, filter, limit, asked, loads]);
  const selects = alone || text.length >= LETTERS_TO_ASK || /[^\x20-\x7e]/.test(text);
  const asks = serverId !== null && database !== null && connected && !silent && kinds !== null && selects;
  const others = useServerNames(asks ? { serverId, database, text, kinds, limit } : null);

  if (serverId === null || database === null)
    return { found: [], where: null, alone, problem: null, waiting: false, settled: true };
  const where = `${knownServer(serverId)?.name ?? ""} / ${database}`;
  const place = { serverId, database };
  const found = silent
    ? []
    : merged(filter === null ? [] : names.found, namesOf(others.found, text), limit).map((name) =>
        entryOf(name, place),
      );
  const texted = texts.query === text;
  if (texted && !silent) found.push(...texts.found.map((one) => textEntry(one, place)));
  else if (connected && !silent && text.length >= 3)
    found.push(searchEntry(text, () => void searchTexts(place, text).then(setTexts)));
  // What no editor knows, PostgreSQL alone can tell.
  const settled = silent || (filter === null ? !others.waiting : names.asked === asked);
  const problem = texted ? texts.problem : others.problem;
  return {
    found,
    where,
    alone,
    problem,
    waiting: others.waiting || (connected && !silent && !selects),
    settled,
  };
}

/** Behind tables of the same name: what is asked for by name is mostly a table, then what can be called. */
const BEHIND: Readonly<Record<string, number>> = { constraint: 4, index: 4, function: 1, procedure: 1 };

/** What PostgreSQL found, by the same measure as the names that are known here. */
function namesOf(objects: readonly NamedObject[], text: string): FoundName[] {
  const match = matcher(text);
  const qualified = text.includes(".");
  return objects.flatMap((object) => {
    const { catalog, oid, kind, schema, relation, name, arguments: args } = object;
    const path = [schema, relation].filter((part) => part != null).join(".");
    const whole = path === "" ? name : `${path}.${name}`;
    const hit = match(qualified ? whole : name);
    // An answer to what was typed before it.
    if (hit === null) return [];
    const before = qualified ? whole.length - name.length : 0;
    return {
      address: `${catalog}/${oid}`,
      kind,
      schema: path,
      title: args == null ? name : `${name}(${args})`,
      at: hit.at.map((place) => place - before).filter((place) => place >= 0),
      note: kindWords(kind).one,
      relation: hasRows(kind) ? name : null,
      cost: hit.cost + (BEHIND[kind] ?? (hasRows(kind) ? 0 : 2)),
    };
  });
}

function nameIn({ schema, title }: FoundName): string {
  return JSON.stringify([schema, title]);
}

/** The best of both; what is in both counts once. */
function merged(known: readonly FoundName[], others: readonly FoundName[], limit: number): FoundName[] {
  const there = new Set(known.filter(({ kind }) => kind !== "column").map(({ address }) => address));
  // A constraint and its index have one name: the constraint is enough.
  const constraints = new Set(others.filter(({ kind }) => kind === "constraint").map(nameIn));
  const rest = others.filter(
    (one) => !there.has(one.address) && !(one.kind === "index" && constraints.has(nameIn(one))),
  );
  return [...known, ...rest].sort((a, b) => a.cost - b.cost).slice(0, limit);
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
    title: schema === "" ? title : `${schema}.${relation ?? title}`,
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
