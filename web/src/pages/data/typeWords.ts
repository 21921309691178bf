/** A type's name as people write it: short, and without the schema that the table itself is in. */
export function typeWords(type: string, schema: string): string {
  const own = type.startsWith(`${schema}.`) ? type.slice(schema.length + 1) : type;
  return own
    .replace(
      /^(timestamp|time)(\(\d\))? with time zone/,
      (_, name: string, precision = "") => `${name}tz${precision}`,
    )
    .replace(
      /^(timestamp|time)(\(\d\))? without time zone/,
      (_, name: string, precision = "") => `${name}${precision}`,
    )
    .replace(/^character varying/, "varchar")
    .replace(/^character/, "char");
}
