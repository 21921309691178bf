import { chainBefore, isName, isSymbol, isWord, openingOf, type Word } from "./tokens";

/** What is expected at a place of a statement. */
export type Place =
  | "start"
  | "relation"
  | "condition"
  | "insert_columns"
  | "inserted"
  | "inserted_value"
  | "table_columns"
  | "assigned"
  | "shared_columns"
  | "signature"
  | "type"
  | "column_type"
  | "table_element"
  | "column_constraint"
  | "table_action"
  | "column_action"
  | "procedure"
  | "trigger_function"
  | "explain_option"
  | "parameter"
  | "parameter_value"
  | "role"
  | "expression";

const BEFORE_RELATION = [
  ...["from", "join", "update", "into", "table", "only", "truncate", "references", "analyze", "vacuum"],
];

/** What is expected behind the words before the cursor. */
export function placeOf(before: readonly Word[]): Place {
  const explained = behindExplain(before);
  if (explained === null) return "explain_option";
  if (explained < before.length && explained > 0) return placeOf(before.slice(explained));
  const last = before.at(-1);
  if (!last || explained > 0) return "start";
  if (isWord(last, "call")) return "procedure";
  if (isWord(last, "function", "procedure") && isWord(before.at(-2), "execute")) return "trigger_function";
  return rolePlace(before) ?? typePlace(before) ?? parameterPlace(before) ?? queryPlace(before, last);
}

function queryPlace(before: readonly Word[], last: Word): Place {
  if (isWord(last, "from") && isFromOfExpression(before)) return "expression";
  if (isWord(last, ...BEFORE_RELATION) || namesRelation(before, last)) return "relation";
  if (isWord(last, "on") && before.some((word) => isWord(word, "join", "merge"))) return "condition";
  if (isWord(last, ...ROUTINES) && namesRoutine(before)) return "signature";
  if (isAssigned(before, last)) return "assigned";
  if (isSharedList(before)) return "shared_columns";
  // GRANT, CREATE INDEX, CREATE TRIGGER; of an INSERT it is ON CONFLICT.
  if (isWord(last, "on") && isWord(before[0], "grant", "revoke", "create")) return "relation";
  if (last.depth === 0 && isInsertTarget(before)) return "inserted";
  const depth = isSymbol(last, "(") ? last.depth + 1 : last.depth;
  if (depth > 0 && isInsertList(before, depth)) return "insert_columns";
  if (tableOfColumns(before) !== null) return "table_columns";
  if ((isSymbol(last, "(") || isSymbol(last, ",")) && insertedRowAt(before, openingOf(before))) {
    return "inserted_value";
  }
  if (isSymbol(last, ",")) {
    const clause = before.findLast(
      (word) =>
        word.depth === last.depth &&
        isWord(word, "from", "select", "where", "by", "set", "values", "returning", "using"),
    );
    if (isWord(clause, "from")) return "relation";
    if (isWord(clause, "set") && isWord(statementVerb(before), "update", "insert", "merge"))
      return "assigned";
  }
  return "expression";
}

/** `copy |`, `delete from t using |`, `partition of |` */
function namesRelation(before: readonly Word[], last: Word): boolean {
  if (isWord(last, "copy")) return before.length === 1;
  if (isWord(last, "view")) return isWord(before[0], "refresh", "drop", "alter");
  if (isWord(last, "concurrently")) return isWord(before[0], "refresh");
  if (isWord(last, "of")) return isWord(before.at(-2), "partition");
  return isWord(last, "using") && isWord(statementVerb(before), "delete", "merge");
}

const ROUTINES = ["function", "procedure", "routine", "aggregate"] as const;

/** `drop function |`, `comment on function |`, `grant execute on function |` */
function namesRoutine(before: readonly Word[]): boolean {
  if (isWord(before[0], "drop", "alter")) return before.length === 2;
  return isWord(before.at(-2), "on") && isWord(before[0], "comment", "grant", "revoke");
}

/** Only columns of the table that is changed: `update t set |`, `when not matched then insert (|` of a MERGE. */
function isAssigned(before: readonly Word[], last: Word): boolean {
  const verb = statementVerb(before);
  if (isWord(last, "set")) return isWord(verb, "update", "insert", "merge");
  return isWord(verb, "merge") && isWord(before[openingOf(before) - 1], "insert");
}

/** `join t using (|` */
function isSharedList(before: readonly Word[]): boolean {
  return isWord(before[openingOf(before) - 1], "using") && before.some((word) => isWord(word, "join"));
}

/** The verb behind WITH and its like. */
function statementVerb(before: readonly Word[]): Word | undefined {
  return before.find(
    (word) => word.depth === 0 && isWord(word, "select", "insert", "update", "delete", "merge"),
  );
}

/** `a is distinct from |`, `extract(year from |` */
function isFromOfExpression(before: readonly Word[]): boolean {
  const called = before[openingOf(before) - 1];
  return isWord(before.at(-2), "distinct") || isWord(called, "extract", "substring", "trim", "overlay");
}

/** Where in `explain (analyze) select` the statement begins that is explained, 0 without EXPLAIN; null among its options. */
function behindExplain(before: readonly Word[]): number | null {
  if (!isWord(before[0], "explain")) return 0;
  if (isSymbol(before[1], "(")) {
    const close = before.findIndex((word) => isSymbol(word, ")") && word.depth === 0);
    return close < 0 ? null : close + 1;
  }
  const begin = before.findIndex((word, at) => at > 0 && !isWord(word, "analyze", "analyse", "verbose"));
  return begin < 0 ? before.length : begin;
}

/** `insert into t (a, |` */
function isInsertList(before: readonly Word[], depth: number): boolean {
  const open = before.findLastIndex((word) => isSymbol(word, "(") && word.depth === depth - 1);
  const name = before.slice(0, open);
  const into = name.findLastIndex((word) => isWord(word, "into"));
  const target = name.slice(into + 1);
  const isAliased = isWord(target.at(-2), "as");
  return into >= 0 && isRelationName(isAliased ? target.slice(0, -2) : target);
}

/** Where INTO and VALUES of an INSERT stand, if the parenthesis at `open` begins one of its rows. */
export function insertedRowAt(
  before: readonly Word[],
  open: number,
): { readonly into: number; readonly values: number } | null {
  const depth = before[open]?.depth;
  const values = before.findLastIndex((word) => isWord(word, "values") && word.depth === depth);
  const into = before.findLastIndex(
    (word, at) => at < values && isWord(word, "into") && word.depth === depth,
  );
  const rows = before.slice(values + 1, Math.max(open, 0)).filter((word) => word.depth === depth);
  const isRow = values >= 0 && into >= 0 && rows.every(({ value }) => ["(", ")", ","].includes(value));
  return isRow ? { into, values } : null;
}

/** `insert into shop.orders |` */
function isInsertTarget(before: readonly Word[]): boolean {
  const into = before.findLastIndex((word) => isWord(word, "into"));
  const name = before.slice(into + 1);
  return into > 0 && isWord(before[into - 1], "insert") && isName(name.at(-1)) && isRelationName(name);
}

function isRelationName(words: readonly Word[]): boolean {
  if (!words.every((word) => isName(word) || isSymbol(word, "."))) return false;
  return words.length === 1 || (words.length === 3 && isSymbol(words[1], "."));
}

/** Where the name of the table begins of which the columns are expected; null where none is. */
export function tableOfColumns(before: readonly Word[]): number | null {
  const open = openingOf(before);
  return indexedAt(before, open) ?? changedAt(before, open) ?? namedBefore(before, open);
}

/** `create index on shop.orders (|`, `create index … on orders using gin (|` */
function indexedAt(before: readonly Word[], open: number): number | null {
  if (!isWord(before[0], "create") || !before.slice(1, 3).some((word) => isWord(word, "index"))) return null;
  const on = before.findIndex((word) => isWord(word, "on"));
  return on >= 0 && open > on && isName(before[on + 1]) ? on + 1 : null;
}

/** `alter table orders drop column |`, `alter table orders add unique (|` */
function changedAt(before: readonly Word[], open: number): number | null {
  const altered = alteredTable(before);
  if (!altered) return null;
  const [verb, second] = altered.action;
  const isNamed =
    isWord(verb, "alter", "drop", "rename") &&
    (altered.action.length === 1 || (altered.action.length === 2 && isWord(second, "column")));
  const isListed = open >= 0 && isWord(before[open - 1], "key", "unique");
  return isNamed || isListed ? altered.name : null;
}

/** ALTER TABLE: where the table's name begins, and the words of what is done to it so far. */
export function alteredTable(
  before: readonly Word[],
): { readonly name: number; readonly action: readonly Word[] } | null {
  if (!isWord(before[0], "alter") || !before.slice(1, 3).some((word) => isWord(word, "table"))) return null;
  const name = before.findIndex((word, at) => at > 1 && !isWord(word, "table", "if", "exists", "only"));
  if (!isName(before[name])) return null;
  const end = isSymbol(before[name + 1], ".") ? name + 3 : name + 1;
  const comma = before.findLastIndex((word) => isSymbol(word, ",") && word.depth === 0);
  return { name, action: before.slice(Math.max(end, comma + 1)) };
}

/** What is expected in ALTER TABLE outside of parentheses, behind the table's name. */
function actionPlace(before: readonly Word[]): Place | null {
  const { action } = alteredTable(before) ?? {};
  if (!action || (before.at(-1)?.depth ?? 0) > 0) return null;
  const [verb, ...rest] = action;
  if (!verb) return "table_action";
  if (isWord(verb, "add") && rest.length === 0) return "table_element";
  const named = rest.filter((word) => !isWord(word, "column", "if", "not", "exists"));
  if (isWord(verb, "alter") && named.length > 0) return "column_action";
  if (!isWord(verb, "add", "alter", "drop", "rename")) return "table_action";
  if (!isWord(verb, "add") || isWord(named[0], ...CONSTRAINTS)) return null;
  return named.length === 1 ? "column_type" : named.length > 1 ? behindType(rest) : null;
}

/** `references customers (|`, `copy orders (|` */
function namedBefore(before: readonly Word[], open: number): number | null {
  const name = chainBefore(before, open);
  return name && isWord(before[name.from - 1], "references", "copy", "analyze") ? name.from : null;
}

/** Words behind CREATE TABLE ( or ADD that no column begins with. */
const CONSTRAINTS = ["constraint", "primary", "unique", "check", "foreign", "exclude", "like"] as const;
const ARGUMENT_MODES = ["in", "out", "inout", "variadic"] as const;

function typePlace(before: readonly Word[]): Place | null {
  const [first, second] = before;
  const last = before.at(-1);
  if (isSymbol(last, "::")) return "type";
  if (isWord(last, "as")) {
    const isCast = isWord(before[openingOf(before) - 1], "cast");
    return isCast || (isWord(first, "create") && isWord(second, "domain")) ? "type" : null;
  }
  if (isWord(last, "returns", "setof") && isWord(first, "create")) return "type";
  if (isWord(last, "type", "domain")) {
    const isNamed = before.length === 2 && isWord(first, "alter", "drop");
    const isChanged = isWord(last, "type") && isWord(first, "alter") && before.length > 3;
    return isNamed || isChanged ? "type" : null;
  }
  if (isWord(before.at(-2), "attribute") && isWord(before.at(-3), "add")) return "type";
  return actionPlace(before) ?? listedPlace(before);
}

/** Within lists of columns, attributes and arguments: `create table t (a |`. */
function listedPlace(before: readonly Word[]): Place | null {
  const open = openingOf(before);
  const list = open > 0 ? listAt(before, open) : null;
  if (list === null) return null;
  const depth = (before[open]?.depth ?? 0) + 1;
  const comma = before.findLastIndex((word, at) => at > open && isSymbol(word, ",") && word.depth === depth);
  const entry = before.slice(Math.max(open, comma) + 1);
  const named = list === "arguments" && isWord(entry[0], ...ARGUMENT_MODES) ? entry.slice(1) : entry;
  const isConstraint = list === "table" && isWord(named[0], ...CONSTRAINTS);
  if (named.length === 1 && !isConstraint) return list === "table" ? "column_type" : "type";
  if (list !== "table") return null;
  if (named.length === 0) return "table_element";
  if (isConstraint) return isWord(named.at(-1), "references", "like") ? "relation" : null;
  return behindType(named);
}

/** What may follow the type of a column, unless the last word wants something of its own. */
function behindType(column: readonly Word[]): Place | null {
  return isWord(column.at(-1), "default", "references", "collate") ? null : "column_constraint";
}

/** What kind of list a parenthesis opens, where names in it have types. */
function listAt(before: readonly Word[], open: number): "table" | "arguments" | "row" | null {
  const [first, second] = before;
  const head = before[open - 1];
  const isFirst = before.findIndex((word) => isSymbol(word, "(")) === open;
  if (isWord(head, "table")) return isWord(before[open - 2], "returns") ? "row" : null;
  if (isFirst && isWord(first, "create")) {
    const behind = before.slice(1, open);
    if (isWord(second, "type")) return isWord(head, "as") ? "row" : null;
    if (!isName(head)) return null;
    const says = (...words: string[]) => behind.slice(0, 4).some((word) => isWord(word, ...words));
    if (says("function", "procedure")) return says("trigger") ? null : "arguments";
    if (says("table") && !behind.some((word) => isWord(word, "as", "of", "partition"))) return "table";
    return null;
  }
  // `from json_to_recordset(…) as t (a |`; behind a subquery there are names alone.
  const alias = chainBefore(before, open);
  const as = alias && isWord(before[alias.from - 1], "as") ? alias.from - 1 : null;
  return as !== null && isSymbol(before[as - 1], ")") && !isWord(first, "with", "create") ? "row" : null;
}

function rolePlace(before: readonly Word[]): Place | null {
  const [first, second] = before;
  const [last, prior] = [before.at(-1), before.at(-2)];
  if (isWord(last, "to") && isWord(prior, "owner")) return "role";
  if (isWord(last, "by") && isWord(prior, "owned", "granted")) return "role";
  if (isWord(last, "authorization") && isWord(first, "set", "create")) return "role";
  if (isWord(last, "owner") && isWord(first, "create")) return "role";
  if (isWord(last, "to") && (isWord(second, "policy") || isWord(first, "reassign"))) return "role";
  if (isWord(last, "role", "user", "group")) {
    const isNamed = before.length === 2 && isWord(first, "alter", "drop", "set");
    const isSet = before.length === 3 && isWord(first, "set") && isWord(second, "local", "session");
    const isTold = isWord(prior, "in", "for") && isWord(first, "create", "alter");
    return isNamed || isSet || isTold ? "role" : null;
  }
  return isGrantee(before) ? "role" : null;
}

/** `grant select on t to a, |` */
function isGrantee(before: readonly Word[]): boolean {
  const grant = before.findLast((word) => isWord(word, "grant", "revoke"));
  const begins = grant === before[0] || (isWord(before[0], "alter") && isWord(before[1], "default"));
  if (!grant || !begins) return false;
  const to = before.findLastIndex((word) => isWord(word, grant.value === "grant" ? "to" : "from"));
  if (to < 0) return false;
  const last = before.at(-1);
  return (
    to === before.length - 1 || isSymbol(last, ",") || (isWord(last, "group") && to === before.length - 2)
  );
}

/** What else than tables and types has parameters of its own. */
const SETTABLE = ["system", "role", "user", "database", "function", "procedure", "routine"] as const;

/** Where SET, RESET or SHOW stands that is about a parameter; -1 where there is none. */
export function settingAt(before: readonly Word[]): number {
  const [first, second] = before;
  if (isWord(first, "set", "reset", "show")) return 0;
  const altered = isWord(first, "alter") && isWord(second, ...SETTABLE);
  const created =
    isWord(first, "create") && before.slice(1, 4).some((word) => isWord(word, "function", "procedure"));
  if (!altered && !created) return -1;
  return before.findLastIndex((word) => word.depth === 0 && isWord(word, "set", "reset"));
}

function parameterPlace(before: readonly Word[]): Place | null {
  const at = settingAt(before);
  if (at < 0) return null;
  const behind = before.slice(at + 1);
  const named = isWord(before[at], "set") && isWord(behind[0], "local", "session") ? behind.slice(1) : behind;
  if (named.length === 0) return "parameter";
  const assigns = named.some((word) => isSymbol(word, "=") || isWord(word, "to"));
  return isWord(before[at], "set") && assigns ? "parameter_value" : null;
}
