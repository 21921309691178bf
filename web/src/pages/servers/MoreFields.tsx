import { ChevronDown, ChevronRight, Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Input, Textarea } from "~/ui/Input";
import { spans, TextField } from "./FormField";
import { newParameter, type Parameter } from "./form";
import styles from "./ServerDialog.module.css";
import type { ServerEdit } from "./useServerForm";

/** What few servers need, folded away until one does. */
export function MoreFields({ edit }: { edit: ServerEdit }) {
  const { form } = edit;
  const [open, setOpen] = useState(form.role !== "" || form.comment !== "" || form.parameters.length > 0);
  const setRow = (row: Parameter) =>
    edit.set({ parameters: form.parameters.map((other) => (other.id === row.id ? row : other)) });

  return (
    <>
      <button type="button" className={styles.more} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon of={open ? ChevronDown : ChevronRight} size={14} />
        More: role, connection parameters, comment
      </button>
      {open && (
        <fieldset className={styles.fields} aria-label="More">
          <TextField
            edit={edit}
            field="role"
            label="Role"
            span={3}
            mono
            hint="SET ROLE after login, when it is not the database user."
          />
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
                error={edit.errorOf(`connection_parameters.${row.keyword.trim()}`)}
                onChange={setRow}
                onLeave={() => edit.leave(`connection_parameters.${row.keyword.trim()}`)}
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

interface ParameterRowProps {
  row: Parameter;
  error: string | undefined;
  onChange: (row: Parameter) => void;
  onLeave: () => void;
  onRemove: () => void;
}

function ParameterRow({ row, error, onChange, onLeave, onRemove }: ParameterRowProps) {
  const invalid = error === undefined ? {} : { "aria-invalid": true as const };
  return (
    <>
      <div className={styles.parameter}>
        <Input
          mono
          aria-label="Keyword"
          placeholder="connect_timeout"
          value={row.keyword}
          {...invalid}
          autoFocus={row.keyword === ""}
          onChange={(event) => onChange({ ...row, keyword: event.target.value })}
          onBlur={onLeave}
        />
        <Input
          mono
          aria-label={row.keyword === "" ? "Value" : `Value of ${row.keyword}`}
          placeholder="10"
          value={row.value}
          onChange={(event) => onChange({ ...row, value: event.target.value })}
        />
        <IconButton icon={X} label={`Remove parameter ${row.keyword}`.trim()} onClick={onRemove} />
      </div>
      {error !== undefined && <p className={styles.error}>{error}</p>}
    </>
  );
}
