import { lazy, Suspense, useEffect, useMemo } from "react";
import { Explorer } from "~/explorer/Explorer";
import { useDdlDialog } from "~/pages/ddl/ddlState";
import { useImportDialog } from "~/pages/servers/importState";
import { useServerDialog } from "~/pages/servers/serverDialogState";
import { useOpenList } from "~/pages/history/historyState";
import { openSavedQuery } from "~/pages/history/openSavedQuery";
import { QuestionHost } from "~/ui/ask";
import { Toaster } from "~/ui/toast";
import { accountActions } from "./accountActions";
import { useAccountDialog } from "~/pages/account/accountDialogState";
import { handleKey, useCommands } from "./commands";
import { useEditorSettingsDialog } from "./editorSettingsState";
import { ExplorerPane } from "./ExplorerPane";
import { InteractionAnnouncer } from "./InteractionAnnouncer";
import { useLayout } from "./layout";
import { takeDroppedFiles } from "./localFiles";
import { mayEdit, useMe } from "./me";
import { Palette } from "./palette/Palette";
import { MasterPasswordPrompt } from "./MasterPasswordPrompt";
import { PasswordPrompt } from "./PasswordPrompt";
import { paths, routeOf, type Section } from "./paths";
import { followHistory, useSection } from "./place";
import { rememberFocus } from "./regions";
import { administrationCommands, shellCommands } from "./shellCommands";
import { StatusBar } from "./StatusBar";
import { anyTabAsks, flushTabs, useTabs } from "./tabs";
import { flushTabSync } from "./tabSync";
import { Topbar } from "./Topbar";
import { Workbench } from "./workbench/Workbench";
import { WorkspaceBanner } from "./WorkspaceBanner";
import styles from "./Shell.module.css";

const ServerDialog = lazy(async () => ({
  default: (await import("~/pages/servers/ServerDialog")).ServerDialog,
}));
const ImportDialog = lazy(async () => ({
  default: (await import("~/pages/servers/ImportDialog")).ImportDialog,
}));
const DdlDialog = lazy(async () => ({
  default: (await import("~/pages/ddl/DdlDialog")).DdlDialog,
}));
const EditorSettingsDialog = lazy(async () => ({
  default: (await import("~/pages/settings/EditorSettingsDialog")).EditorSettingsDialog,
}));
const ShortcutsDialog = lazy(async () => ({
  default: (await import("~/pages/settings/ShortcutsDialog")).ShortcutsDialog,
}));
const SessionsDialog = lazy(async () => ({
  default: (await import("~/pages/account/SessionsDialog")).SessionsDialog,
}));
const Administration = lazy(async () => ({
  default: (await import("~/pages/administration/Administration")).Administration,
}));
const SavedPasswordsDialog = lazy(async () => ({
  default: (await import("~/pages/account/SavedPasswordsDialog")).SavedPasswordsDialog,
}));
const MasterPasswordDialog = lazy(async () => ({
  default: (await import("~/pages/account/MasterPasswordDialog")).MasterPasswordDialog,
}));
const HistoryHost = lazy(async () => ({
  default: (await import("~/pages/history/HistoryHost")).HistoryHost,
}));
const PasswordDialog = lazy(async () => ({
  default: (await import("~/pages/account/PasswordDialog")).PasswordDialog,
}));

/**
 * The page: bar, explorer, tabs, status. What floats above them stands at its end. The administration stands in front of
 * explorer and tabs, which stay as they are.
 */
export function Shell() {
  const explorerOpen = useLayout((state) => state.explorerOpen);
  const section = useSection();
  const accountDialog = useAccountDialog((state) => state.open);
  const editorSettings = useEditorSettingsDialog((state) => state.open);
  const dialog = useServerDialog((state) => state.dialog);
  const imported = useImportDialog((state) => state.file);
  const ddl = useDdlDialog((state) => state.subject);
  useCommands("shell", useShellCommands());
  useAccountCommands();
  useKeys();
  useKeptText();
  useLinkedQuery();
  const listOpen = useOpenList((state) => state.open !== null);
  useEffect(takeDroppedFiles, []);
  const title = useAddress(section);

  return (
    <div className={styles.shell} data-explorer={explorerOpen || section !== null ? "open" : "shut"}>
      <Topbar />
      {explorerOpen && section === null && (
        <ExplorerPane>
          <Explorer />
        </ExplorerPane>
      )}
      <main className={styles.work} hidden={section !== null}>
        <h1 className="visually-hidden">{title ?? "Howdah"}</h1>
        <WorkspaceBanner />
        <Workbench />
      </main>
      {section !== null && (
        <Suspense>
          <Administration section={section} />
        </Suspense>
      )}
      <StatusBar />
      <Palette />
      <Suspense>{dialog && <ServerDialog key={dialog.key} dialog={dialog} />}</Suspense>
      <Suspense>{imported && <ImportDialog file={imported} />}</Suspense>
      <Suspense>{ddl && <DdlDialog subject={ddl} />}</Suspense>
      <Suspense>
        {accountDialog === "sessions" && <SessionsDialog />}
        {accountDialog === "password" && <PasswordDialog />}
        {editorSettings === "settings" && <EditorSettingsDialog />}
        {editorSettings === "shortcuts" && <ShortcutsDialog />}
        {accountDialog === "saved-passwords" && <SavedPasswordsDialog />}
        {accountDialog === "master-password" && <MasterPasswordDialog />}
      </Suspense>
      <Suspense>{listOpen && <HistoryHost />}</Suspense>
      <PasswordPrompt />
      <MasterPasswordPrompt />
      <InteractionAnnouncer />
      <QuestionHost />
      <Toaster />
    </div>
  );
}

function useShellCommands() {
  const me = useMe();
  return useMemo(
    () => [
      ...shellCommands.filter(({ id }) => mayEdit(me) || id !== "server.add"),
      ...(me.role === "administrator" ? administrationCommands : []),
    ],
    [me],
  );
}

function useAccountCommands() {
  const me = useMe();
  useCommands(
    "account",
    useMemo(() => accountActions(me), [me]),
  );
}

/** The saved query that the page's address named when it was opened. */
const linked = routeOf(location.pathname);
let linkOpened = false;

/** Opens what a link to a saved query leads to, once. */
function useLinkedQuery() {
  useEffect(() => {
    if (linked.page !== "saved-query" || linkOpened) return;
    linkOpened = true;
    void openSavedQuery(linked.queryId);
  }, []);
}

function useKeys() {
  useEffect(() => {
    addEventListener("keydown", handleKey);
    addEventListener("focusin", rememberFocus);
    return () => {
      removeEventListener("keydown", handleKey);
      removeEventListener("focusin", rememberFocus);
    };
  }, []);
}

/** Writes what was typed when the page goes, and has the browser ask when more than text would be lost. */
function useKeptText() {
  useEffect(() => {
    // A browser may end a page that is out of sight without a word.
    const onHide = () => {
      if (document.visibilityState === "visible") return;
      flushTabs();
      flushTabSync();
    };
    const onLeave = (event: BeforeUnloadEvent) => {
      flushTabs();
      if (anyTabAsks()) event.preventDefault();
    };
    document.addEventListener("visibilitychange", onHide);
    addEventListener("pagehide", flushTabs);
    addEventListener("pagehide", flushTabSync);
    addEventListener("beforeunload", onLeave);
    return () => {
      document.removeEventListener("visibilitychange", onHide);
      removeEventListener("pagehide", flushTabs);
      removeEventListener("pagehide", flushTabSync);
      removeEventListener("beforeunload", onLeave);
    };
  }, []);
}

/** Makes address and window follow what is in front, and says the active tab's title. */
function useAddress(section: Section | null): string | undefined {
  const active = useTabs((state) => state.active);
  useEffect(followHistory, []);
  const title = useTabs((state) => (state.active === null ? undefined : state.tabs[state.active]?.title));
  useEffect(() => {
    if (section === null) history.replaceState(null, "", paths.workbench(active));
  }, [active, section]);
  useEffect(() => {
    // A section of the administration says its own.
    if (section === null) document.title = title === undefined ? "Howdah" : `${title} - Howdah`;
  }, [title, section]);
  return title;
}
