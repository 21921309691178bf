import { useId } from "react";
import { groupOf, useServers } from "~/app/servers";
import { Segmented } from "~/ui/Segmented";
import { readConnectionString } from "./connectionString";
import { environments } from "./environments";
import { TextField } from "./FormField";
import styles from "./ServerDialog.module.css";
import type { ServerEdit } from "./useServerForm";

/** What the server is called, where it is, and what it is for. */
export function ServerFields({ edit }: { edit: ServerEdit }) {
  const groups = [...new Set(useServers().map(groupOf))];
  const groupsId = useId();

  const paste = (text: string) => {
    const said = readConnectionString(text);
    if (!said) return false;
    const { name, ...fields } = said.fields;
    edit.set(edit.form.name === "" && name !== undefined ? { ...fields, name } : fields);
    if (said.password !== "") edit.setPassword(said.password);
    return true;
  };

  return (
    <fieldset className={styles.fields}>
      <legend>Server</legend>
      <TextField edit={edit} field="name" label="Name" span={4} autoFocus={edit.server === null} />
      <TextField edit={edit} field="group" label="Group" span={2} list={groupsId} />
      <datalist id={groupsId}>
        {groups.map((group) => (
          <option key={group} value={group} />
        ))}
      </datalist>
      <TextField
        edit={edit}
        field="host"
        label="Host"
        span={3}
        mono
        placeholder="host or postgresql://…"
        onPaste={paste}
      />
      <TextField edit={edit} field="port" label="Port" span={1} mono inputMode="numeric" />
      <TextField edit={edit} field="maintenance_db" label="Database" span={2} mono />
      <div className={styles.environment}>
        <span className={styles.label}>This server is</span>
        <Segmented
          label="This server is"
          value={edit.form.environment}
          choices={environments}
          onChange={(environment) =>
            // Production is read only until somebody says why it must be written.
            edit.set({ environment, ...(environment === "production" && { read_only: true }) })
          }
        />
        {edit.form.environment === "production" && <span className={styles.hint}>Marked everywhere</span>}
      </div>
    </fieldset>
  );
}
