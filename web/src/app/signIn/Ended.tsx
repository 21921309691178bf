import { useRef } from "react";
import type { Me } from "~/api/types";
import { nameOf } from "../me";
import { paths } from "../paths";
import { flushTabs } from "../tabs";
import { Card } from "./Card";
import { Facts } from "./Facts";
import { providerName } from "./providerWords";
import { useSignIn } from "./signIn";
import { SignInAgain } from "./SignInAgain";

/** The sign-in has ended. Nothing below is touched; requests wait and then go on. */
export function Ended({ me }: { me: Me }) {
  const covered = useSignIn((state) => state.covered);
  const first = useRef<HTMLButtonElement>(null);
  return (
    <Card
      title="Your sign-in has ended"
      second={[reason(me), "This page stays as it is; sign in and go on."].filter(Boolean).join(" ")}
      first={first}
      facts={!covered && <Facts />}
      actions={<SignInAgain me={me} ref={first} />}
      foot={
        <>
          <span>Signed in until now as {nameOf(me)}</span>
          <a href={paths.login("/")} onClick={flushTabs}>
            Sign in as somebody else
          </a>
        </>
      }
    />
  );
}

/** Why it has ended, as far as the page can know. */
function reason(me: Me): string | null {
  if (me.provider_status?.state === "refused") return `${providerName(me)} no longer renews it.`;
  if (Date.parse(me.session.expires_at) <= Date.now()) return "It has reached its time limit.";
  return null;
}
