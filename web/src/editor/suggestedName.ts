const SUGGESTION = /^Perhaps you meant to reference the (?:column|table alias) "([^"]+)"\.$/;
const PLAIN_NAME = /^[a-z_][a-z0-9_$]*(?:\.[a-z_][a-z0-9_$]*)?$/;

/**
 * The name that a hint of PostgreSQL suggests, when there is one and no other. A name that needs quotes is left to the
 * person: the hint does not tell where they belong.
 */
export function suggestedName(hint: string | null | undefined): string | null {
  const name = SUGGESTION.exec(hint ?? "")?.[1];
  return name !== undefined && PLAIN_NAME.test(name) ? name : null;
}
