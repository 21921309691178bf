import { type ReactNode, useCallback } from "react";

import type { Server } from "~/api/types";
import { environmentOf } from "~/app/servers";
import type { Tab } from "~/app/tabs";
import type { QuerySession } from "~/run/querySession";
import type { RunRequest } from "~/run/runRecord";
import type { SessionView } from "~/run/sessionState";
import { ParametersDialog } from "./ParametersDialog";
import { RunQuestionDialog } from "./RunQuestionDialog";
import { askNoMore, changeTabOptions, isUnasked, runOptionsOf, tabOptions } from "./tabOptions";

interface RunQuestions {
  /** Runs a request, with whatever has to be asked first. */
  readonly ask: (request: RunRequest) => void;
  /** A request as the tab runs it. */
  readonly withOptions: (request: RunRequest) => RunRequest;
  readonly dialog: ReactNode;
}

/** Runs as the tab's options say, and asks the person what the server wants to know before. */
export function useRunQuestions(
  tab: Tab,
  server: Server | undefined,
  session: QuerySession | null,
  view: SessionView,
): RunQuestions {
  const { id } = tab;
  const isProduction = environmentOf(server) === "production";
  const withOptions = useCallback(
    (request: RunRequest): RunRequest => {
      const options = tabOptions(id);
      const ask = {
        destructive: !isUnasked(id),
        writes: isProduction && !(session?.writesConfirmed ?? false),
        // Whether it is, the server knows: it may have been made read only since the page heard of it.
        locked: true,
      };
      // Placeholders are asked for anew each time, with what was given last.
      return { ...request, options: { ...runOptionsOf(options, ask), parameters: {} } };
    },
    [id, session, isProduction],
  );
  const ask = useCallback(
    (request: RunRequest) => session?.run(withOptions(request)),
    [session, withOptions],
  );

  const { question } = view;
  if (!question || !session) return { ask, withOptions, dialog: null };
  const { request, asks } = question;
  const again = (options: RunRequest["options"]) =>
    session.run({ ...request, options: { ...request.options, ...options } });
  const close = () => session.dismissQuestion();

  if (asks.type === "parameters_needed") {
    const known = tabOptions(id).parameters;
    const dialog = (
      <ParametersDialog
        key={asks.id}
        parameters={asks.parameters}
        known={known}
        onClose={close}
        onRun={(values) => {
          changeTabOptions(id, { parameters: { ...known, ...values } });
          again({ parameters: { ...request.options?.parameters, ...values } });
        }}
      />
    );
    return { ask, withOptions, dialog };
  }
  const dialog = (
    <RunQuestionDialog
      key={asks.id}
      question={question}
      statements={asks.statements}
      target={`${server?.name ?? "the server"} / ${tab.database ?? ""}`}
      production={isProduction && (request.options?.ask?.writes ?? false)}
      onClose={close}
      locked={asks.locked}
      onRun={(unasked, reason) => {
        if (unasked) askNoMore(id);
        if (asks.locked) session.unlock(reason);
        if (request.options?.ask?.writes) session.confirmWrites();
        again({ ask: { destructive: false, writes: false } });
      }}
    />
  );
  return { ask, withOptions, dialog };
}
