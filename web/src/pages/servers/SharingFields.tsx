import { UsersRound } from "lucide-react";
import { useMe } from "~/app/me";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Textarea } from "~/ui/Input";
import { Segmented } from "~/ui/Segmented";
import type { AudienceForm } from "./audienceForm";
import { spans } from "./FormField";
import type { ServerForm } from "./form";
import styles from "./ServerDialog.module.css";
import type { ServerEdit } from "./useServerForm";

const choices: readonly { value: AudienceForm["who"]; label: string }[] = [
  { value: "private", label: "Only me" },
  { value: "everyone", label: "Everyone" },
  { value: "rule", label: "People by claims" },
];

/** Who sees the server, and what they get. Only administrators share. */
export function SharingFields({ edit }: { edit: ServerEdit }) {
  const { role } = useMe();
  const { audience } = edit.form;
  const set = (fields: Partial<AudienceForm>) => edit.set({ audience: { ...audience, ...fields } });
  if (role !== "administrator" && audience.who === "private") {
    return (
      <p className={styles.note}>
        <Icon of={UsersRound} size={14} />
        <span>Only you see this server. An administrator of Howdah can share servers.</span>
      </p>
    );
  }
  return (
    <fieldset className={styles.fields}>
      <legend>Sharing</legend>
      <div className={styles.environment}>
        <span className={styles.label}>Who sees this server</span>
        <Segmented
          label="Who sees this server"
          value={audience.who}
          choices={choices}
          onChange={(who) => set({ who })}
        />
      </div>
      {audience.who === "rule" && (
        <Field
          label="With one of these claims"
          hint="A claim and a value on each line. One match is enough."
          className={spans[6]}
          error={edit.errorOf("audience")}
        >
          {(control) => (
            <Textarea
              {...control}
              mono
              rows={3}
              placeholder="groups = dba"
              value={audience.rule}
              onChange={(event) => set({ rule: event.target.value })}
              onBlur={() => edit.leave("audience")}
            />
          )}
        </Field>
      )}
      {audience.who !== "private" && (
        <p className={styles.note}>
          <Icon of={UsersRound} size={14} />
          <span>{whatOthersGet(edit.form)}</span>
        </p>
      )}
      {audience.who !== "rule" && edit.errorOf("audience") !== undefined && (
        <p className={styles.refusal}>{edit.errorOf("audience")}</p>
      )}
    </fieldset>
  );
}

/** What sharing means for a form like this. */
export function whatOthersGet(form: ServerForm): string {
  const kept = form.kept?.paths ?? [];
  const says = ["Others log in as themselves and may set name, group, role and colour for themselves."];
  if (form.source === "exec" && form.commandName === "")
    says.push("Your command runs for them, with their name; they see neither its text nor its errors.");
  if (form.parameters.some(({ keyword }) => keyword.trim() === "sslkey"))
    says.push("They log in by the client certificate here: PostgreSQL takes them for whom it names.");
  else if (kept.length > 0) says.push("The secrets here are used for them and never shown to them.");
  if (form.post_connection_sql.trim() !== "") says.push("SQL on new connections is run for you only.");
  return says.join(" ");
}
