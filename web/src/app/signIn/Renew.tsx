import { useRef } from "react";
import type { Me } from "~/api/types";
import { nameOf } from "../me";
import { Card } from "./Card";
import styles from "./Card.module.css";
import { Facts } from "./Facts";
import { refusedWords } from "./providerWords";
import { withdrawRenewal } from "./signIn";
import { SignInAgain } from "./SignInAgain";

/** The session still lasts, and the person wants to sign in again before it ends. */
export function Renew({ me }: { me: Me }) {
  const first = useRef<HTMLButtonElement>(null);
  return (
    <Card
      title="Sign in again"
      second={refusedWords(me)}
      first={first}
      facts={<Facts ahead />}
      actions={<SignInAgain me={me} ref={first} />}
      foot={
        <>
          <span>Signed in as {nameOf(me)}</span>
          <button type="button" className={styles.link} onClick={withdrawRenewal}>
            Not now
          </button>
        </>
      }
    />
  );
}
