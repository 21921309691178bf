import { Trash2 } from "lucide-react";

import {
  changeEditorSettings,
  MAX_SNIPPET_LENGTH,
  MAX_SNIPPET_NAME,
  type OwnSnippet,
} from "~/app/editorSettings";
import { IconButton } from "~/ui/Button";
import { Input, Textarea } from "~/ui/Input";
import styles from "./EditorSettingsDialog.module.css";

/** The person's own snippets, each a name and a text. */
export function SnippetFields({ snippets }: { snippets: readonly OwnSnippet[] }) {
  const change = (index: number, part: Partial<OwnSnippet>) =>
    changeEditorSettings({
      snippets: snippets.map((snippet, at) => (at === index ? { ...snippet, ...part } : snippet)),
    });
  const remove = (index: number) =>
    changeEditorSettings({ snippets: snippets.filter((_, at) => at !== index) });
  return (
    <ul className={styles.snippets}>
      {snippets.map(({ name, text }, index) => (
        <li key={index}>
          <Input
            mono
            aria-label={`Name of snippet ${index + 1}`}
            maxLength={MAX_SNIPPET_NAME}
            value={name}
            onChange={({ target }) => change(index, { name: target.value })}
          />
          <Textarea
            mono
            rows={2}
            aria-label={`Text of snippet ${index + 1}`}
            maxLength={MAX_SNIPPET_LENGTH}
            placeholder={"select count(*) from ${table}"}
            value={text}
            onChange={({ target }) => change(index, { text: target.value })}
          />
          <IconButton icon={Trash2} label={`Remove snippet ${name}`} onClick={() => remove(index)} />
        </li>
      ))}
    </ul>
  );
}
