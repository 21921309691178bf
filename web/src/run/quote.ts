/** Words that PostgreSQL 18 does not take as a table's name without quotes. */
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
  full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
  returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
  unique user using variadic verbose when where window with`.split(/\s+/),
);

/** An identifier as SQL wants it: bare where that is the same, quoted elsewhere. */
export function quoteIdentifier(name: string): string {
  if (/^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL that either setting of `standard_conforming_strings` reads alike, as `quote_literal` writes it. */
export function quoteLiteral(text: string): string {
  return text.includes("\\") ? `E${standardLiteral(text.replaceAll("\\", "\\\\"))}` : standardLiteral(text);
}

/** A text as SQL for `standard_conforming_strings` as it is by default: a backslash is itself. */
export function standardLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
