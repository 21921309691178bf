import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { formatTime } from "~/ui/format";
import { useMe } from "./me";
import { refusedWords, unavailableWords } from "./signIn/providerWords";
import { checkSignIn, offerRenewal, useSignIn } from "./signIn/signIn";
import { useTabs } from "./tabs";

/** What everybody must know who works here now. One at a time, the gravest first. */
export function WorkspaceBanner() {
  const me = useMe();
  const storageFailed = useTabs((state) => state.storageFailed);
  const unreachableSince = useSignIn((state) => state.unreachableSince);
  const trouble = useSignIn((state) => state.trouble);
  if (storageFailed) {
    return (
      <Banner tone="warning">
        This browser keeps no more text: its storage is full or shut. What you type now is lost when the page
        closes.
      </Banner>
    );
  }
  if (unreachableSince !== null) {
    return (
      <Banner
        tone="warning"
        actions={
          <Button size="sm" onClick={() => void checkSignIn()}>
            Try now
          </Button>
        }
      >
        {trouble === null
          ? `Howdah does not answer since ${formatTime(new Date(unreachableSince))}.`
          : `${trouble} It has been so since ${formatTime(new Date(unreachableSince))}.`}{" "}
        What you type is kept in this browser; this page tries again by itself.
      </Banner>
    );
  }
  switch (me.provider_status?.state) {
    case "refused":
      return (
        <Banner
          tone="warning"
          actions={
            <Button size="sm" onClick={offerRenewal}>
              Sign in again
            </Button>
          }
        >
          {refusedWords(me)}
        </Banner>
      );
    case "unavailable":
      return <Banner tone="info">{unavailableWords(me)}</Banner>;
    case "ok":
    case undefined:
      return null;
  }
}
