import { Keyboard, Plus } from "lucide-react";

import {
  changeEditorSettings,
  DEFAULT_SETTINGS,
  FONT_SIZES,
  type Keymap,
  KEYMAPS,
  MAX_SNIPPETS,
  TAB_WIDTHS,
  useEditorSettings,
} from "~/app/editorSettings";
import { closeEditorSettings, showShortcuts } from "~/app/editorSettingsState";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Checkbox, Select } from "~/ui/Input";
import styles from "./EditorSettingsDialog.module.css";
import { SnippetFields } from "./SnippetFields";

/** How the editor looks and which keys it has. What is chosen holds at once, in every tab. */
export function EditorSettingsDialog() {
  const settings = useEditorSettings();
  const addSnippet = () =>
    changeEditorSettings({
      snippets: [...settings.snippets, { name: `snippet${settings.snippets.length + 1}`, text: "" }],
    });
  return (
    <Dialog
      title="Editor settings"
      onClose={closeEditorSettings}
      onPrimary={closeEditorSettings}
      footStart={
        <>
          <Button
            variant="ghost"
            onClick={() => changeEditorSettings({ ...DEFAULT_SETTINGS, snippets: settings.snippets })}
          >
            Reset all but snippets
          </Button>
          <Button variant="ghost" icon={Keyboard} onClick={showShortcuts}>
            Keyboard shortcuts
          </Button>
        </>
      }
      foot={
        <Button variant="primary" keys="Mod+Enter" onClick={closeEditorSettings}>
          Close settings
        </Button>
      }
    >
      <DialogBody>
        <div className={styles.row}>
          <Field label="Font size">
            {(field) => (
              <Select
                {...field}
                value={settings.fontSize}
                onChange={({ target }) => changeEditorSettings({ fontSize: Number(target.value) })}
              >
                {FONT_SIZES.map((size) => (
                  <option key={size} value={size}>{`${size} px`}</option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Tab width">
            {(field) => (
              <Select
                {...field}
                value={settings.tabWidth}
                onChange={({ target }) => changeEditorSettings({ tabWidth: Number(target.value) })}
              >
                {TAB_WIDTHS.map((width) => (
                  <option key={width} value={width}>{`${width} spaces`}</option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Keys like">
            {(field) => (
              <Select
                {...field}
                value={settings.keymap}
                onChange={({ target }) => changeEditorSettings({ keymap: target.value as Keymap })}
              >
                {KEYMAPS.map(({ keymap, label }) => (
                  <option key={keymap} value={keymap}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <Checkbox
          label="Wrap long lines"
          checked={settings.wrap}
          onChange={({ target }) => changeEditorSettings({ wrap: target.checked })}
        />
        <h3 className={styles.title}>Own snippets</h3>
        <p className={styles.hint}>
          Completion offers them by name. {"${table}"} marks a place to fill in; Tab goes from one to the
          next.
        </p>
        <SnippetFields snippets={settings.snippets} />
        <div>
          <Button
            size="sm"
            icon={Plus}
            disabled={settings.snippets.length >= MAX_SNIPPETS}
            onClick={addSnippet}
          >
            Add snippet
          </Button>
        </div>
      </DialogBody>
    </Dialog>
  );
}
