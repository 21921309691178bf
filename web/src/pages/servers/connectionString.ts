import { newParameter, type ServerForm } from "./form";

/** What a connection string says, as fields of the form; the password is for the test only. */
export interface FromString {
  fields: Partial<ServerForm>;
  password: string;
}

/** Reads `postgresql://…`, as psql and most drivers write it; null for any other text. */
export function readConnectionString(text: string): FromString | null {
  const trimmed = text.trim().replace(/^jdbc:/, "");
  if (!/^postgres(?:ql)?:\/\//.test(trimmed) || !URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  const query = url.searchParams;
  const take = (keyword: string) => {
    const value = query.get(keyword) ?? "";
    query.delete(keyword);
    return value;
  };
  const username = decodeURIComponent(url.username) || take("user");
  const password = decodeURIComponent(url.password) || take("password");
  const database = decodeURIComponent(url.pathname.slice(1)) || take("dbname");
  const host = url.hostname.replace(/^\[|\]$/g, "") || take("host");
  const port = url.port || take("port");
  const sslmode = take("sslmode");
  return {
    password,
    fields: {
      ...(host === "" ? {} : { host, name: host }),
      ...(port === "" ? {} : { port }),
      ...(database === "" ? {} : { maintenance_db: database }),
      ...(username === "" ? {} : { username }),
      ...(sslmode === "" ? {} : { sslmode }),
      ...(query.size === 0
        ? {}
        : { parameters: [...query].map(([keyword, value]) => newParameter(keyword, value)) }),
    },
  };
}
