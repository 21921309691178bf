import { Dialog } from "radix-ui";
import { type ReactNode, type RefObject, useEffect } from "react";
import styles from "./Card.module.css";

interface CardProps {
  title: string;
  /** What happened and what follows. */
  second: ReactNode;
  /** Takes the focus when the card appears. */
  first: RefObject<HTMLButtonElement | null>;
  facts: ReactNode;
  actions: ReactNode;
  foot?: ReactNode;
}

/** What stands in the overlay: what happened, what is safe, and what can be done. */
export function Card({ title, second, first, facts, actions, foot }: CardProps) {
  useEffect(() => first.current?.focus(), [first]);
  return (
    <>
      <div className={styles.body}>
        <Dialog.Title className={styles.title}>{title}</Dialog.Title>
        <Dialog.Description className={styles.second}>{second}</Dialog.Description>
        <ul className={styles.facts}>{facts}</ul>
        <div className={styles.actions}>{actions}</div>
      </div>
      {foot !== undefined && <div className={styles.foot}>{foot}</div>}
    </>
  );
}
