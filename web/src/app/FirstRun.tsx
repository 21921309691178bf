import { Server, UsersRound } from "lucide-react";
import { editServer } from "~/pages/servers/serverDialogState";
import { Icon } from "~/ui/Icon";
import { Kbd } from "~/ui/Kbd";
import { Logo } from "~/ui/Logo";
import styles from "./FirstRun.module.css";
import { nameOf, useMe } from "./me";

/** The first page of somebody who has no server yet. */
export function FirstRun() {
  const me = useMe();
  return (
    <div className={styles.center}>
      <div className={styles.first}>
        <span className={styles.logo}>
          <Logo size={36} />
        </span>
        <h1>No servers yet</h1>
        <p className={styles.second}>You are signed in as {nameOf(me)}. Add a PostgreSQL server to begin.</p>
        <ul className={styles.ways}>
          <li>
            <button type="button" onClick={() => editServer({ mode: "add" })}>
              <Icon of={Server} />
              <b>Add a server</b>
              <span className={styles.what}>
                A host name and how to sign in to it. Howdah tests each step and says what is wrong.
              </span>
              <Kbd keys="Alt+A" />
            </button>
          </li>
        </ul>
        <p className={styles.mine}>
          <Icon of={UsersRound} size={14} />
          <span>A server that you add is yours: nobody else sees it, and you log in to it as yourself.</span>
        </p>
      </div>
    </div>
  );
}
