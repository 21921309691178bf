/** The part of a problem document that names things for people who search or report. */
interface Coded {
  code: string;
  sqlstate?: string | null;
  step?: StepName | null;
}

const steps = {
  credential: "Credential",
  dns: "DNS",
  tunnel: "SSH tunnel",
  tcp: "TCP",
  tls: "TLS",
  authentication: "Authentication",
  role: "Role",
  post_connection_sql: "Post-connection SQL",
  version: "Version",
};

export type StepName = keyof typeof steps;

/** The steps of connecting, as they are called everywhere. */
export const stepNames: Readonly<typeof steps> = steps;

/** What to do about an SSH server whose key nobody has confirmed; null where the problem is another. */
export function hostKeyRemedy(problem: { host_key?: object | null }): string | null {
  if (problem.host_key == null) return null;
  return "The server's owner does that: open the server's settings and test the connection.";
}

/** `Authentication, SQLSTATE 28P01, database_login_refused`: where it failed, what PostgreSQL calls it, what Howdah does. */
export function codesOf({ code, sqlstate, step }: Coded): string {
  return [step != null && stepNames[step], sqlstate != null && `SQLSTATE ${sqlstate}`, code]
    .filter(Boolean)
    .join(", ");
}
