import { isPassing, problemFrom } from "~/api/problem";
import { conflictingSetting, saveSetting } from "~/api/workspace";
import type { SettingName, Workspace } from "~/api/types";
import { changeEditorSettings, readSettings, useEditorSettings } from "./editorSettings";
import { arrangement, isArranged, rearrange, watchArrangement } from "./layout";
import { keepFolders, readFolders, restoreFolders, useQueryFolders } from "./queryFolders";
import { chooseTheme, isThemeChoice, watchThemeChoice, useTheme } from "./theme";

/** A part of the page that a person finds alike in every browser. */
interface Synced {
  readonly read: () => Record<string, unknown>;
  /** Takes over what another browser has saved. */
  readonly apply: (value: Record<string, unknown>) => void;
  readonly watch: (changed: () => void) => void;
}

/** What this browser knows of a setting on the server. */
interface Known {
  version: number;
  unsaved: boolean;
}

const SAVE_DELAY_MS = 1_000;
const RETRY_MS = 10_000;

const settings: Record<SettingName, Synced> = {
  preferences: {
    read: () => ({
      theme: useTheme.getState().choice,
      editor: { ...useEditorSettings.getState() },
      queryFolders: useQueryFolders.getState().folders,
    }),
    apply: ({ theme, editor, queryFolders }) => {
      if (isThemeChoice(theme)) chooseTheme(theme);
      if (editor !== undefined) changeEditorSettings(readSettings(editor));
      if (queryFolders !== undefined) keepFolders(readFolders(queryFolders));
    },
    watch: (changed) => {
      watchThemeChoice(changed);
      useEditorSettings.subscribe(changed);
      useQueryFolders.subscribe(changed);
    },
  },
  // Where tabs stand suits a screen: one that is arranged already keeps it, and the last arrangement is a new one's first.
  layout: {
    read: () => ({ ...arrangement() }),
    apply: (value) => {
      if (!isArranged()) rearrange(value);
    },
    watch: watchArrangement,
  },
};

const known = new Map<SettingName, Known>();
const timers = new Map<SettingName, ReturnType<typeof setTimeout>>();
let account = "";
let applying = false;

/** Takes over what other browsers have saved, and saves what is changed from then on. */
export function startSettingSync(username: string, workspace: Workspace | null): void {
  account = username;
  restoreFolders(username);
  for (const name of Object.keys(settings) as SettingName[]) {
    known.set(name, readKnown(name));
    const stored = workspace?.settings.find((setting) => setting.name === name);
    if (stored) meet(name, stored.version, stored.value);
    settings[name].watch(() => {
      if (applying) return;
      note(name, { version: known.get(name)?.version ?? 0, unsaved: true });
      schedule(name, SAVE_DELAY_MS);
    });
    if (known.get(name)?.unsaved) schedule(name, SAVE_DELAY_MS);
  }
}

/** The server has another version than this browser knows: what was chosen here and is not saved yet is the later. */
function meet(name: SettingName, version: number, value: Record<string, unknown>): void {
  const unsaved = known.get(name)?.unsaved ?? false;
  if (!unsaved && version !== known.get(name)?.version) {
    applying = true;
    settings[name].apply(value);
    applying = false;
  }
  note(name, { version, unsaved });
}

function schedule(name: SettingName, delay: number): void {
  if (timers.has(name)) return;
  timers.set(
    name,
    setTimeout(() => void push(name), delay),
  );
}

async function push(name: SettingName): Promise<void> {
  timers.delete(name);
  const { version } = known.get(name) ?? { version: 0 };
  note(name, { version, unsaved: false });
  try {
    const saved = await saveSetting(name, version, settings[name].read());
    note(name, { version: saved, unsaved: known.get(name)?.unsaved ?? false });
  } catch (thrown) {
    const theirs = conflictingSetting(thrown);
    if (theirs === undefined && !isPassing(thrown) && problemFrom(thrown).status < 500) return;
    note(name, { version: theirs ? theirs.version : version, unsaved: true });
    schedule(name, theirs === undefined ? RETRY_MS : SAVE_DELAY_MS);
  }
}

const keyOf = (name: SettingName) => `howdah:${account}:setting:${name}`;

function readKnown(name: SettingName): Known {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(name)) ?? "{}") as Partial<Known>;
    return { version: kept.version ?? 0, unsaved: kept.unsaved ?? false };
  } catch {
    return { version: 0, unsaved: false };
  }
}

function note(name: SettingName, now: Known): void {
  known.set(name, now);
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(now));
  } catch {
    // Without it the server's is taken the next time: a convenience, nothing that was typed.
  }
}
