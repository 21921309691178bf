/** A parameter of the server's configuration. */
export interface KnownParameter {
  readonly name: string;
  /** Who may change it, and when: `pg_settings.context`. */
  readonly context: string;
  /** `pg_settings.vartype`. */
  readonly type: string;
  /** What an enum may be. */
  readonly values: readonly string[];
}

/** What all databases of a server share. */
export interface ServerNames {
  readonly roles: readonly string[];
  readonly parameters: readonly KnownParameter[];
  /** `server_version_num`; 0 where it is not known. */
  readonly version: number;
  /** What says whether it has changed; null while nothing is known. */
  readonly tag: string | null;
}

export const UNKNOWN_SERVER: ServerNames = { roles: [], parameters: [], version: 0, tag: null };

/** What the API answered for a server. Entries in a form that is not known are left out. */
export function serverNames(objects: readonly (readonly unknown[])[], tag: string | null): ServerNames {
  const of = (kind: string) => objects.filter(([first, name]) => first === kind && name !== undefined);
  return {
    roles: of("role").map(([, name]) => String(name)),
    parameters: of("parameter").map(([, name, context, type, values]) => ({
      name: String(name),
      context: String(context),
      type: String(type),
      values: Array.isArray(values) ? values.map(String) : [],
    })),
    version: of("version").map(([, number]) => Number(number))[0] ?? 0,
    tag,
  };
}
