import { useState } from "react";
import { problemFrom } from "~/api/problem";
import { changeServer } from "~/api/servers";
import type { Environment, Problem, Server, ServerChange } from "~/api/types";
import { rememberServer } from "~/app/servers";
import { closeServer } from "~/explorer/actions";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input, Textarea } from "~/ui/Input";
import { ProblemText } from "~/ui/ProblemText";
import { Segmented } from "~/ui/Segmented";
import { toast } from "~/ui/toast";
import { environments } from "./environments";
import styles from "./ServerDialog.module.css";
import { closeServerDialog } from "./serverDialogState";

type OwnText = "name" | "group" | "username" | "role";

const fields: readonly { field: OwnText; label: string; mono: boolean }[] = [
  { field: "name", label: "Name", mono: false },
  { field: "group", label: "Group", mono: false },
  { field: "username", label: "Database user", mono: true },
  { field: "role", label: "Role", mono: true },
];

/** What a person sets for themselves at a server that is somebody else's. */
export function OwnSettingsDialog({
  server,
  sharing,
}: {
  server: Server;
  sharing: NonNullable<Server["sharing"]>;
}) {
  const { own, shared, shared_by: by } = sharing;
  const [form, setForm] = useState({
    name: own.name ?? "",
    group: own.group ?? "",
    username: own.username ?? "",
    role: own.role ?? "",
    post_connection_sql: own.post_connection_sql ?? "",
  });
  const [environment, setEnvironment] = useState<Environment>(server.environment ?? "unmarked");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);

  const save = async () => {
    setSaving(true);
    setProblem(null);
    const { username, ...rest } = form;
    const change: ServerChange = {
      ...rest,
      environment,
      ...(sharing.username_allowed ? { username } : {}),
    };
    try {
      const saved = await changeServer(server.id, change);
      closeServer(server.id);
      rememberServer(saved);
      closeServerDialog();
      toast({ text: `Saved your settings of ${saved.name}` });
    } catch (thrown) {
      setProblem(problemFrom(thrown));
      setSaving(false);
    }
  };

  return (
    <Dialog
      title={`My settings of ${server.name}`}
      onClose={closeServerDialog}
      onPrimary={() => void save()}
      foot={
        <>
          <Button onClick={closeServerDialog}>Cancel</Button>
          <Button variant="primary" keys="Mod+Enter" busy={saving} onClick={() => void save()}>
            Save settings
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>
          {by == null ? "This server stands in Howdah's config file." : `${by} shares this server with you.`}{" "}
          What you set here is for you alone; what is empty is as it is shared. Secrets, commands, files and
          SQL of the server are not shown to you.
        </p>
        <div className={styles.fields}>
          {fields.map(({ field, label, mono }) => {
            const fixed = field === "username" && !sharing.username_allowed;
            return (
              <Field
                key={field}
                label={label}
                className={styles.span3}
                hint={fixed ? "Fixed: the secret of this server is not your own." : undefined}
                error={problem?.field === field ? problem.detail : undefined}
              >
                {(control) => (
                  <Input
                    {...control}
                    mono={mono}
                    disabled={fixed}
                    placeholder={shared[field] ?? ""}
                    value={form[field]}
                    onChange={(event) => setForm({ ...form, [field]: event.target.value })}
                  />
                )}
              </Field>
            );
          })}
          <div className={styles.environment}>
            <span className={styles.label}>This server is</span>
            <Segmented
              label="This server is"
              value={environment}
              choices={environments}
              onChange={setEnvironment}
            />
          </div>
          <Field
            label="SQL on every new connection of yours"
            className={styles.span6}
            error={problem?.field === "post_connection_sql" ? problem.detail : undefined}
          >
            {(control) => (
              <Textarea
                {...control}
                mono
                rows={3}
                value={form.post_connection_sql}
                onChange={(event) => setForm({ ...form, post_connection_sql: event.target.value })}
              />
            )}
          </Field>
        </div>
        {problem && problem.field == null && <ProblemText problem={problem} />}
      </DialogBody>
    </Dialog>
  );
}
