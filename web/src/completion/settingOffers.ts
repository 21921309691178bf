import { quoteIdentifier } from "~/run/quote";
import type { Names } from "./names";
import { named, type Offer, RANK, type Typed } from "./offer";
import { settingAt } from "./place";
import type { KnownParameter } from "./serverNames";
import { words } from "./wordOffers";
import { isSymbol, isWord, type Word } from "./tokens";

/** What else can be set, shown and set back. */
const ALSO = {
  set: ["local", "session", "role", "session authorization", "time zone", "transaction", "constraints"],
  show: ["all", "transaction isolation level", "time zone"],
  reset: ["all", "role", "session authorization", "time zone"],
};
/** Contexts of what a session may change. */
const OF_SESSIONS = ["user", "superuser"];

/** Parameters that the words before can be about; `prefix` is what of a name with dots stands before the last one. */
export function parameters(before: readonly Word[], names: Names, typed: Typed, prefix = ""): Offer[] {
  const at = settingAt(before);
  const verb = before[at]?.value ?? "";
  const may = (parameter: KnownParameter) => mayBe(parameter, verb, isWord(before[1], "system"));
  const all = names.server.parameters.filter(
    (parameter) => may(parameter) && parameter.name.startsWith(prefix),
  );
  const offers = offersOf(
    all.map((parameter) => ({ ...parameter, name: parameter.name.slice(prefix.length) })),
    typed,
  );
  if (prefix !== "") return offers;
  const also = verb in ALSO && at === 0 ? ALSO[verb as keyof typeof ALSO] : verb === "reset" ? ["all"] : [];
  return [...offers, ...words(also)];
}

function mayBe({ context }: KnownParameter, verb: string, ofSystem: boolean): boolean {
  if (verb === "show") return true;
  if (ofSystem) return context !== "internal";
  return OF_SESSIONS.includes(context);
}

/** Names of parameters as texts: `current_setting('|`. */
export function quotedParameters(before: readonly Word[], names: Names, typed: Typed): Offer[] {
  const asked = isSymbol(before.at(-1), "(") && isWord(before.at(-2), "current_setting", "set_config");
  if (!asked) return [];
  return offersOf(names.server.parameters, typed).map((offer) => ({ ...offer, insert: `'${offer.insert}'` }));
}

function offersOf(all: readonly KnownParameter[], typed: Typed): Offer[] {
  return named(all, typed).map(({ name, type, values }) => ({
    label: name,
    kind: "parameter",
    insert: name,
    detail: values.length > 0 ? values.slice(0, 4).join(", ") : type,
    rank: RANK.parameter,
  }));
}

/** What the parameter may be that is being set: `set x = |`. */
export function parameterValues(before: readonly Word[], names: Names): Offer[] {
  const behind = before.slice(settingAt(before) + 1);
  const sign = behind.findIndex((word) => isSymbol(word, "=") || isWord(word, "to"));
  const begin = isWord(behind[0], "local", "session") ? 1 : 0;
  const name = behind
    .slice(begin, sign)
    .map(({ value }) => value)
    .join("");
  const known = names.server.parameters.find((parameter) => parameter.name.toLowerCase() === name);
  const list = known?.type === "bool" ? ["on", "off"] : (known?.values ?? []);
  const isPath = name === "search_path";
  const isFirst = sign === behind.length - 1;
  return [
    ...list.map((value, place): Offer => ({
      label: value,
      kind: "text",
      insert: /^[a-z_]+$/.test(value) ? value : `'${value}'`,
      detail: name,
      rank: RANK.value - place / 1000,
    })),
    ...(isPath ? pathEntries(names) : []),
    ...(isFirst ? words(["default"]) : []),
  ];
}

function pathEntries(names: Names): Offer[] {
  const own: Offer = {
    label: "$user",
    kind: "schema",
    insert: '"$user"',
    detail: "your own",
    rank: RANK.schema,
  };
  const schemas = names.schemaNames.map((name): Offer => ({
    label: name,
    kind: "schema",
    insert: quoteIdentifier(name),
    detail: "schema",
    rank: RANK.schema + 1,
  }));
  return [own, ...schemas];
}

/** Roles, and the words that stand for some. */
export function roles(before: readonly Word[], names: Names, typed: Typed): Offer[] {
  const all = names.server.roles.map((name) => ({ name }));
  const isSet = isWord(before[0], "set");
  const toAll = before.some((word) => isWord(word, "grant", "revoke", "policy"));
  const others = [
    ...(isSet ? ["none", "default"] : ["current_user", "session_user"]),
    ...(toAll ? ["public"] : []),
  ];
  return [
    ...named(all, typed).map(({ name }): Offer => ({
      label: name,
      kind: "role",
      insert: quoteIdentifier(name),
      detail: "role",
      rank: RANK.role - (name.startsWith("pg_") ? 10 : 0),
    })),
    ...words(others),
  ];
}
