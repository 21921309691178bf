import { useQuery } from "@tanstack/react-query";

import { fetchQuery } from "~/api/history";
import { problemFrom } from "~/api/problem";
import type { SavedQuery } from "~/api/types";
import { useServer } from "~/app/servers";
import { SqlBlock } from "~/editor/SqlBlock";
import { formatInstant } from "~/ui/format";
import { Skeleton } from "~/ui/Skeleton";
import { QUERIES_KEY } from "./savedQueryActions";
import styles from "./QueryPreview.module.css";
import { StatementText } from "./StatementText";

/** What a saved query holds, whose it is, and who else sees it. */
export function QueryPreview({ query }: { query: SavedQuery }) {
  const { id, version, owned, owner, audience, updated_at: updatedAt, database } = query;
  const { data, error } = useQuery({
    queryKey: [...QUERIES_KEY, id, version],
    queryFn: () => fetchQuery(id),
  });
  const server = useServer(query.server_id ?? null);
  const facts: [string, string][] = [
    ["Whose", owned ? "yours" : owner],
    ...(owned ? [["Seen by", audienceWords(audience)] as [string, string]] : []),
    ...(server ? [["For", [server.name, database].filter(Boolean).join(" / ")] as [string, string]] : []),
    ["Changed", formatInstant(new Date(updatedAt))],
  ];
  return (
    <aside className={styles.side} aria-label={`Preview of ${query.name}`}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <StatementText label="Text">
        {error ? (
          problemFrom(error).detail
        ) : data ? (
          <SqlBlock sql={data.sql ?? ""} />
        ) : (
          <Skeleton width={160} />
        )}
      </StatementText>
    </aside>
  );
}

function audienceWords(audience: SavedQuery["audience"]): string {
  if (audience === "everyone") return "everyone who signs in";
  return audience === "private" || audience == null ? "you alone" : "people with a claim";
}
