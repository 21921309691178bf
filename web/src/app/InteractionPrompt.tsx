import { Copy, ExternalLink } from "lucide-react";
import { type RefObject, useEffect, useLayoutEffect, useState, useSyncExternalStore } from "react";
import type { Prompt } from "~/api/types";
import { Button, IconButton } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatClock } from "~/ui/format";
import { toast } from "~/ui/toast";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import { pageOf, type ShownInteraction } from "./interaction";
import styles from "./InteractionPrompt.module.css";
import { openSmallWindow } from "./signIn/signInWindow";

interface InteractionPromptProps {
  interaction: ShownInteraction;
  /** What goes on afterwards: `the run`, `the test`. */
  then: string;
  /** In a narrow place, such as the explorer. */
  narrow?: boolean;
}

/** What a person must do for a credential, in the place where the connection is waited for. */
export function InteractionPrompt({ interaction, then, narrow = false }: InteractionPromptProps) {
  const { prompt, until, state } = useSyncExternalStore(interaction.subscribe, interaction.view);
  const keeper = useFocusKeeper<HTMLDivElement>("[data-cancel]");
  useFocusLeft(keeper.ref);
  const waiting = state === "waiting";
  return (
    <div
      {...keeper}
      className={classes(styles.prompt, narrow && styles.narrow)}
      role="group"
      aria-label="Your sign-in is needed"
    >
      {waiting && prompt.reason != null && <p>{prompt.reason}</p>}
      {waiting && prompt.type === "device_code" && <Code prompt={prompt} then={then} />}
      {waiting && prompt.type === "redirect" && <Redirect prompt={prompt} then={then} />}
      {!waiting && <p>It took too long, and the provider waits no more.</p>}
      <div className={styles.ways}>
        {waiting ? (
          <span className={styles.waiting}>
            <span className={styles.spinner} aria-hidden="true" />
            Waiting for you, <Countdown until={until} /> left
          </span>
        ) : (
          <Button size="sm" variant="primary" busy={state === "renewing"} onClick={interaction.renew}>
            {prompt.type === "device_code" ? "Get a new code" : "Begin again"}
          </Button>
        )}
        <Button size="sm" data-cancel onClick={interaction.cancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

/** When the prompt goes with the focus in it, the tree or dialog that it stood in takes the focus. */
function useFocusLeft(ref: RefObject<HTMLElement | null>) {
  useLayoutEffect(() => {
    const prompt = ref.current;
    const place = prompt?.closest<HTMLElement>('[role="tree"], [role="dialog"]');
    return () => {
      if (prompt?.contains(document.activeElement)) place?.focus();
    };
  }, [ref]);
}

function Code({ prompt, then }: { prompt: Extract<Prompt, { type: "device_code" }>; then: string }) {
  const page = pageOf(prompt.verification_uri);
  const link = pageOf(prompt.verification_uri_complete) ?? page;
  return (
    <>
      <p>
        Type this code at{" "}
        <b>{page ? page.host + page.pathname.replace(/\/$/, "") : prompt.verification_uri}</b>, on this or any
        other device. Then {then} goes on by itself.
      </p>
      <p className={styles.code}>
        <code>{prompt.user_code}</code>
        <IconButton icon={Copy} size="sm" label="Copy the code" onClick={() => void copy(prompt.user_code)} />
      </p>
      {link && (
        <a className={styles.open} href={link.href} target="_blank" rel="noopener noreferrer">
          Open {link.host}
          <ExternalLink size={14} strokeWidth={1.75} aria-hidden="true" />
        </a>
      )}
    </>
  );
}

function Redirect({ prompt, then }: { prompt: Extract<Prompt, { type: "redirect" }>; then: string }) {
  const [blocked, setBlocked] = useState(false);
  const page = pageOf(prompt.url);
  if (!page)
    return <p>The provider named no page that can be opened. Cancel, and tell whoever runs Howdah.</p>;
  return (
    <>
      <p>Your provider asks for you, in a small window. Then {then} goes on by itself.</p>
      <div className={styles.ways}>
        <Button
          size="sm"
          variant="primary"
          iconAfter={ExternalLink}
          onClick={() => setBlocked(!openSmallWindow(page.href))}
        >
          Continue at {page.host}
        </Button>
        {blocked && (
          <a href={page.href} target="_blank" rel="noopener">
            The browser opened no window: use a new tab
          </a>
        )}
      </div>
    </>
  );
}

/** The time that is left. Not read out while it runs. */
function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span role="timer" aria-label="Time left" className={styles.left}>
      {formatClock(until - now)}
    </span>
  );
}

async function copy(code: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(code);
    toast({ text: "Copied the code" });
  } catch {
    toast({ tone: "danger", text: "The browser did not let Howdah write to the clipboard." });
  }
}
