import type { Problem } from "~/api/types";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import type { Doubt } from "./useDoubt";

interface DoubtBannerProps {
  readonly doubt: Doubt;
  /** Why no answer came, where that is known. */
  readonly problem: Problem | null;
  /** Takes the changes back, since they have been applied. */
  readonly onForget: () => void;
  readonly onApply: () => void;
}

/** Nobody knows whether what was sent has been applied: says so, and looks. */
export function DoubtBanner({ doubt, problem, onForget, onApply }: DoubtBannerProps) {
  const look = (
    <Button size="sm" aria-busy={doubt.state === "looking"} onClick={() => void doubt.look()}>
      {doubt.state === "failed" || doubt.state === "unclear" ? "Look again" : "Look"}
    </Button>
  );
  const forget = (
    <Button size="sm" onClick={onForget}>
      Clear the staged changes
    </Button>
  );
  switch (doubt.state) {
    case "made":
      return (
        <Banner tone="info" actions={forget}>
          <b>The changes were applied:</b> the rows are as they leave them. They are still staged here.
        </Banner>
      );
    case "unmade":
      return (
        <Banner
          tone="info"
          actions={
            <Button size="sm" onClick={onApply}>
              Apply again
            </Button>
          }
        >
          <b>Nothing was applied:</b> the rows are as you read them. Your changes are still here.
        </Banner>
      );
    case "unclear":
      return (
        <Banner
          tone="warning"
          actions={
            <>
              {look}
              {forget}
              <Button size="sm" onClick={doubt.settle}>
                Keep them staged
              </Button>
            </>
          }
        >
          <b>It does not show whether the changes were applied:</b> the rows are neither as you read them nor
          as the changes leave them. Look at them yourself before you apply the changes again.
        </Banner>
      );
    default:
      return (
        <Banner tone="danger" actions={look}>
          <b>It is not known whether the changes were applied.</b> {problem?.detail ?? "No answer came."}{" "}
          {problem?.database_message != null && <code>{problem.database_message}</code>} Your changes are
          still here.{" "}
          {doubt.state === "failed" ? "The rows cannot be read at the moment." : "Look at the rows first."}
        </Banner>
      );
  }
}
