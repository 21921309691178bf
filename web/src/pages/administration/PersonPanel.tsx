import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import {
  changePerson,
  closeConnection,
  endAnySession,
  endSessionsOf,
  unlinkIdentity,
} from "~/api/administration";
import { problemFrom } from "~/api/problem";
import type { ListedSession, OpenConnection, Person, PersonIdentity } from "~/api/types";
import { useAction } from "~/app/useAction";
import { Avatar } from "~/ui/Avatar";
import { ask } from "~/ui/ask";
import { Button, IconButton } from "~/ui/Button";
import { formatInstant, plural } from "~/ui/format";
import { ProblemText } from "~/ui/ProblemText";
import { Skeleton } from "~/ui/Skeleton";
import { readUserAgent } from "../account/userAgent";
import { Ago } from "./Ago";
import { personQuery, rereadAll } from "./lists";
import styles from "./PersonPanel.module.css";
import { PersonActions } from "./PersonActions";
import { PersonDialog, type PersonDialogKind } from "./PersonDialog";
import { disablingWords, purposeWords, roleWords } from "./words";

interface PersonPanelProps {
  id: string;
  onClose: () => void;
}

/** One person: who they are to the providers, where they are signed in, what they have open, and what to do about it. */
export function PersonPanel({ id, onClose }: PersonPanelProps) {
  const { data: person, error } = useQuery(personQuery(id));
  const { busy, problem, act } = useAction(rereadAll);
  const [dialog, setDialog] = useState<PersonDialogKind | null>(null);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector('[role="dialog"]'))
        return;
      if (panel.current?.contains(document.activeElement)) onClose();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onClose]);

  const failure = problem ?? (error ? problemFrom(error) : null);
  return (
    <aside
      ref={panel}
      className={styles.panel}
      aria-label={person?.display_name ?? "Selected person"}
      data-region="person"
    >
      <div className={styles.close}>
        <IconButton icon={X} size="sm" label="Close details" onClick={onClose} />
      </div>
      {failure && (
        <section>
          <ProblemText problem={failure} />
        </section>
      )}
      {person ? (
        <Details person={person} busy={busy} act={act} onDialog={setDialog} />
      ) : (
        !error && <Loading />
      )}
      {person && dialog && (
        <PersonDialog
          kind={dialog}
          person={person}
          onClose={() => setDialog(null)}
          onRemoved={() => {
            setDialog(null);
            onClose();
          }}
        />
      )}
    </aside>
  );
}

interface DetailsProps {
  person: Person;
  busy: string | null;
  act: (what: string, action: () => Promise<string>) => Promise<void>;
  onDialog: (dialog: PersonDialogKind) => void;
}

function Details({ person, busy, act, onDialog }: DetailsProps) {
  const { id, display_name: name, active_sessions: sessions, open_connections: connections } = person;
  const endSession = async (session: ListedSession) => {
    const { name: browser } = readUserAgent(session.user_agent);
    const body = `${name} is signed out there at once. Database connections close, and what is not committed is rolled back.`;
    if (!(await ask({ title: `End the session of ${browser}?`, body, confirm: "End session", danger: true })))
      return;
    await act(session.id, async () => {
      await endAnySession(session.id);
      return `The session of ${browser} has ended`;
    });
  };
  const endAll = async () => {
    const count = plural(sessions.length, "session");
    const body = `${name} is signed out everywhere at once and can sign in again. ${connectionsWords(connections.length)}`;
    if (!(await ask({ title: `End ${count} of ${name}?`, body, confirm: `End ${count}`, danger: true })))
      return;
    await act("sessions", async () => {
      const ended = await endSessionsOf(id);
      return `${plural(ended, "session")} of ${name} ${ended === 1 ? "has" : "have"} ended`;
    });
  };
  const close = async (connection: OpenConnection) => {
    const title = `Close the connection to ${connection.server ?? "a private server"}?`;
    const body =
      "What runs in it is cancelled, and what is not committed is rolled back. The text of tabs is kept.";
    if (!(await ask({ title, body, confirm: "Close connection", danger: true }))) return;
    await act(connection.id, async () => {
      await closeConnection(connection.id);
      return "The connection is closed";
    });
  };
  const unlink = async (identity: PersonIdentity) => {
    const body = `Whoever is ${identity.subject} at ${identity.provider_display_name} does not come to this account any more, and sessions of that sign-in end.`;
    const title = `Unlink the sign-in at ${identity.provider_display_name}?`;
    if (!(await ask({ title, body, confirm: "Unlink sign-in", danger: true }))) return;
    await act(identity.subject, async () => {
      await unlinkIdentity(id, { issuer: identity.issuer, subject: identity.subject });
      return `The sign-in at ${identity.provider_display_name} is unlinked`;
    });
  };
  const toggle = async () => {
    if (person.disabled) {
      await act("disabled", async () => {
        await changePerson(id, { disabled: false });
        return `${name} can sign in again`;
      });
      return;
    }
    const body = disablingWords(sessions.length, connections.length);
    const title = `Disable the account of ${name}?`;
    if (!(await ask({ title, body, confirm: "Disable account", danger: true }))) return;
    await act("disabled", async () => {
      await changePerson(id, { disabled: true });
      return `The account of ${name} is disabled`;
    });
  };

  return (
    <>
      <section className={styles.who}>
        <Avatar name={name} size="large" />
        <div>
          <h2>{name}</h2>
          <p>{person.email ?? person.username}</p>
        </div>
      </section>
      <Facts person={person} />
      <section>
        <h3>Sign-ins</h3>
        <ul className={styles.list}>
          {person.identities.map((identity) => (
            <li key={`${identity.issuer} ${identity.subject}`}>
              <span className={styles.identity}>
                <b>{identity.provider_display_name}</b>
                <code title={identity.issuer}>{identity.issuer}</code>
                <code title={identity.subject}>{identity.subject}</code>
              </span>
              <Button
                size="sm"
                variant="ghost"
                busy={busy === identity.subject}
                aria-label={`Unlink the sign-in at ${identity.provider_display_name}`}
                onClick={() => void unlink(identity)}
              >
                Unlink
              </Button>
            </li>
          ))}
          {person.has_password && <li>A password kept here</li>}
          {!person.has_password && person.identities.length === 0 && (
            <li className={styles.muted}>No way to sign in</li>
          )}
        </ul>
      </section>
      <Listed title="Sessions" count={sessions.length}>
        {sessions.map((session) => {
          const { name: browser } = readUserAgent(session.user_agent);
          return (
            <li key={session.id}>
              <span className={styles.text} title={session.user_agent ?? undefined}>
                {browser}, {session.client_address ?? "unknown address"}
              </span>
              <span className={styles.time}>
                <Ago at={session.last_used_at} />
              </span>
              {session.current ? (
                <span className={styles.muted}>yours</span>
              ) : (
                <Button
                  size="sm"
                  variant="ghost"
                  busy={busy === session.id}
                  aria-label={`End the session of ${browser}`}
                  onClick={() => void endSession(session)}
                >
                  End
                </Button>
              )}
            </li>
          );
        })}
      </Listed>
      <Listed title="Database connections" count={connections.length}>
        {connections.map((connection) => (
          <li key={connection.id}>
            <span className={styles.text}>
              {connection.server === null ? (
                "a private server"
              ) : (
                <>
                  {connection.database} on {connection.server} as <b>{connection.role ?? "…"}</b>
                </>
              )}
              <span className={styles.muted}>, {purposeWords[connection.purpose]}</span>
            </span>
            <span className={styles.time}>
              <Ago at={connection.since} />
            </span>
            <Button
              size="sm"
              variant="ghost"
              busy={busy === connection.id}
              aria-label={`Close the connection to ${connection.server ?? "a private server"}`}
              onClick={() => void close(connection)}
            >
              Close
            </Button>
          </li>
        ))}
      </Listed>
      <PersonActions
        person={person}
        busy={busy}
        onEndAll={() => void endAll()}
        onToggle={() => void toggle()}
        onDialog={onDialog}
      />
    </>
  );
}

function Facts({ person }: { person: Person }) {
  const created = new Date(person.created_at);
  const byRule = person.role !== person.given_role;
  return (
    <section>
      <h3>Account</h3>
      <dl className={styles.facts}>
        <dt>User name</dt>
        <dd>{person.username}</dd>
        <dt>Role</dt>
        <dd>
          {person.role}
          {byRule && `, by a rule on claims (${person.given_role} by hand)`}
          <span className={styles.muted}>. {roleWords[person.role]}</span>
        </dd>
        <dt>State</dt>
        <dd>{person.disabled ? "disabled: cannot sign in" : "enabled"}</dd>
        <dt>Account since</dt>
        <dd title={formatInstant(created)}>
          {created.toLocaleDateString(undefined, { dateStyle: "medium" })}
        </dd>
        <dt>Last sign-in</dt>
        <dd>
          <Ago at={person.last_sign_in_at} />
        </dd>
        <dt>Servers</dt>
        <dd>
          {person.private_servers} private, {person.shared_servers} shared
        </dd>
      </dl>
    </section>
  );
}

function Listed({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  return (
    <section>
      <h3>
        {title} <span className={styles.count}>{count}</span>
      </h3>
      {count > 0 ? <ul className={styles.list}>{children}</ul> : <p className={styles.muted}>None</p>}
    </section>
  );
}

function Loading() {
  return (
    <section className={styles.loading} aria-busy="true">
      {[160, 200, 120].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </section>
  );
}

function connectionsWords(count: number): string {
  if (count === 0) return "No database connection is open.";
  return `${plural(count, "database connection")} ${count === 1 ? "closes" : "close"}, and what is not committed is rolled back.`;
}
