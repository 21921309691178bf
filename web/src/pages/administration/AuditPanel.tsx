import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import type { AuditEvent } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { Button, IconButton } from "~/ui/Button";
import { formatCount, formatDuration, formatInstant } from "~/ui/format";
import styles from "./AuditPanel.module.css";
import { factsOf, kindTitle, resultTone } from "./auditWords";
import panel from "./PersonPanel.module.css";

interface AuditPanelProps {
  event: AuditEvent;
  onClose: () => void;
  onPerson: (person: string) => void;
  onServer: (server: { id: string; name: string }) => void;
}

/** All that is written of one event. */
export function AuditPanel({ event, onClose, onPerson, onServer }: AuditPanelProps) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    const onKey = (pressed: KeyboardEvent) => {
      if (pressed.key === "Escape" && element.current?.contains(document.activeElement)) onClose();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onClose]);
  const { person, server_id: serverId, server, database, result, code } = event;
  return (
    <aside ref={element} className={panel.panel} aria-label="Selected event" data-region="event">
      <div className={panel.close}>
        <IconButton icon={X} size="sm" label="Close details" onClick={onClose} />
      </div>
      <section>
        <div className={panel.who}>
          <div>
            <h2>{kindTitle(event.kind)}</h2>
            <p>{formatInstant(new Date(event.time))}</p>
          </div>
        </div>
      </section>
      {event.statement != null && (
        <section>
          <h3>Statement</h3>
          <pre className={styles.statement} tabIndex={0} aria-label="Statement">
            {event.statement}
          </pre>
        </section>
      )}
      <section>
        <h3>Result</h3>
        <Facts
          facts={[
            ["Result", result === "ok" ? "ok" : <Badge tone={resultTone(result)}>{result}</Badge>],
            ["Code", code],
            ["Rows", event.rows == null ? undefined : formatCount(event.rows)],
            ["Took", event.duration_ms == null ? undefined : formatDuration(event.duration_ms)],
            ...factsOf(event.details),
          ]}
        />
      </section>
      <section>
        <h3>Who</h3>
        <Facts
          facts={[
            ["Person", person ?? "nobody known"],
            ["Issuer", event.issuer],
            ["Subject", event.subject],
            ["Address", event.client_address],
            ["Session", event.session_id],
            ["Request", event.request_id],
          ]}
        />
        {person != null && (
          <div className={styles.narrow}>
            <Button size="sm" onClick={() => onPerson(person)}>
              Only this person
            </Button>
          </div>
        )}
      </section>
      {serverId != null && (
        <section>
          <h3>Where</h3>
          <Facts
            facts={[
              ["Server", server ?? serverId],
              ["Database", database],
              ["Role", event.role],
            ]}
          />
          <div className={styles.narrow}>
            <Button size="sm" onClick={() => onServer({ id: serverId, name: server ?? serverId })}>
              Only this server
            </Button>
          </div>
        </section>
      )}
    </aside>
  );
}

/** What is known, each with its name. */
function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={panel.facts}>
      {facts
        .filter(([, value]) => value != null && value !== "")
        .map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
