import { Search } from "lucide-react";
import { useRef, useState } from "react";

import { changeEditorSettings, type Keymap, KEYMAPS, useEditorSettings } from "~/app/editorSettings";
import { closeEditorSettings } from "~/app/editorSettingsState";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Input, Select } from "~/ui/Input";
import { readable } from "~/ui/keys";
import { type ShortcutGroup, shortcutGroups } from "./shortcuts";
import styles from "./ShortcutsDialog.module.css";

/** All keys, to look for by what they do. */
export function ShortcutsDialog() {
  const keymap = useEditorSettings((settings) => settings.keymap);
  const search = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const groups = found(shortcutGroups(keymap), text);
  return (
    <Dialog
      title="Keyboard shortcuts"
      size="lg"
      description="What can be done by key, by the part of the page where it can"
      initialFocus={search}
      onClose={closeEditorSettings}
      foot={
        <Button variant="primary" onClick={closeEditorSettings}>
          Close
        </Button>
      }
    >
      <div className={styles.bar}>
        <Input
          ref={search}
          type="search"
          icon={Search}
          aria-label="Find a shortcut"
          placeholder="Find by what it does, or by key"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <Select
          aria-label="Keys of the editor like"
          value={keymap}
          onChange={({ target }) => changeEditorSettings({ keymap: target.value as Keymap })}
        >
          {KEYMAPS.map(({ keymap: value, label }) => (
            <option key={value} value={value}>{`Editor as in ${label}`}</option>
          ))}
        </Select>
      </div>
      <div className={styles.groups} tabIndex={0} role="region" aria-label="Shortcuts">
        {groups.length === 0 && <p className={styles.nothing}>No shortcut is called like “{text}”.</p>}
        <div className={styles.columns}>
          {groups.map(({ title, lines }) => (
            <section key={title} aria-label={title}>
              <h3>{title}</h3>
              <dl>
                {lines.map((line) => (
                  <div key={line.title}>
                    <dt>{line.title}</dt>
                    <dd>
                      {line.keys.map((keys) => (
                        <kbd key={keys}>{readable(keys)}</kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </Dialog>
  );
}

function found(groups: readonly ShortcutGroup[], text: string): readonly ShortcutGroup[] {
  const wanted = text.trim().toLowerCase();
  return groups
    .map(({ title, lines }) => ({
      title,
      lines: lines.filter((line) =>
        `${line.title} ${line.keys.map(readable).join(" ")}`.toLowerCase().includes(wanted),
      ),
    }))
    .filter(({ lines }) => lines.length > 0);
}
