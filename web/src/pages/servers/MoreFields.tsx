import { ChevronDown, ChevronRight, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Textarea } from "~/ui/Input";
import { spans, TextField } from "./FormField";
import { errorsOf, keepsSecret, newParameter, type Parameter, parameterPath, type ServerForm } from "./form";
import { ParameterRow } from "./ParameterRow";
import styles from "./ServerDialog.module.css";
import { TunnelFields } from "./TunnelFields";
import { useSecretsBar } from "./useCredentialChoices";
import type { ServerEdit } from "./useServerForm";

/** What few servers need, folded away until one does. */
export function MoreFields({ edit }: { edit: ServerEdit }) {
  const { form } = edit;
  const bar = useSecretsBar();
  const [unfolded, setUnfolded] = useState(() => isUsed(form));
  const open = unfolded || isWrong(edit);
  const setRow = (row: Parameter) =>
    edit.set({ parameters: form.parameters.map((other) => (other.id === row.id ? row : other)) });

  return (
    <>
      <button type="button" className={styles.more} aria-expanded={open} onClick={() => setUnfolded(!open)}>
        <Icon of={open ? ChevronDown : ChevronRight} size={14} />
        More: SSH tunnel, role, SQL on new connections, parameters, comment
      </button>
      {open && (
        <fieldset className={styles.fields} aria-label="More">
          <TunnelFields edit={edit} />
          <TextField
            edit={edit}
            field="role"
            label="Role"
            span={3}
            mono
            hint="SET ROLE after login, when it is not the database user."
          />
          <Field
            label="SQL on every new connection"
            hint="Run after SET ROLE, by query tabs, downloads and the explorer. If a statement fails, so does the connection."
            error={edit.errorOf("post_connection_sql")}
            className={spans[6]}
          >
            {(control) => (
              <Textarea
                {...control}
                mono
                rows={3}
                placeholder="set statement_timeout = '5min';"
                value={form.post_connection_sql}
                onChange={(event) => edit.set({ post_connection_sql: event.target.value })}
                onBlur={() => edit.leave("post_connection_sql")}
              />
            )}
          </Field>
          <Field label="Comment" className={spans[6]}>
            {(control) => (
              <Textarea
                {...control}
                rows={2}
                value={form.comment}
                onChange={(event) => edit.set({ comment: event.target.value })}
              />
            )}
          </Field>
          <div className={styles.parameters} role="group" aria-label="Connection parameters">
            <span className={styles.label}>Connection parameters</span>
            {form.parameters.map((row) => (
              <ParameterRow
                key={row.id}
                row={row}
                error={edit.errorOf(parameterPath(row))}
                kept={keepsSecret(form, parameterPath(row))}
                bar={bar}
                onChange={setRow}
                onLeave={() => edit.leave(parameterPath(row))}
                onRemove={() => edit.set({ parameters: form.parameters.filter((other) => other !== row) })}
              />
            ))}
            <Button
              size="sm"
              icon={Plus}
              variant="ghost"
              onClick={() => edit.set({ parameters: [...form.parameters, newParameter()] })}
            >
              Add parameter
            </Button>
          </div>
        </fieldset>
      )}
    </>
  );
}

function isUsed(form: ServerForm): boolean {
  const typed = [form.role, form.comment, form.post_connection_sql].some((text) => text !== "");
  return typed || form.tunnel.on || form.parameters.length > 0;
}

/** Whether something in here has an error to show. */
function isWrong(edit: ServerEdit): boolean {
  const rows = edit.form.parameters.map(parameterPath);
  const paths = [...Object.keys(errorsOf(edit.form)), ...Object.keys(edit.refused)];
  return paths.some((path) => {
    const here = /^(role|post_connection_sql|tunnel(\..*)?)$/.test(path) || rows.includes(path);
    return here && edit.errorOf(path) !== undefined;
  });
}
