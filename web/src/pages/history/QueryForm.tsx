import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";

import { changeQuery, createQuery, fetchQueries } from "~/api/history";
import { problemFrom } from "~/api/problem";
import type { Problem, SavedQuery, SavedQueryDraft } from "~/api/types";
import { mayEdit, useMe } from "~/app/me";
import { useQueryFolders } from "~/app/queryFolders";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { audienceError, audienceFormOf, audienceOf } from "~/pages/servers/audienceForm";
import { Input, Select, Textarea } from "~/ui/Input";
import { toast } from "~/ui/toast";
import styles from "./QueryForm.module.css";
import { ownFolders } from "./queryTree";
import { QUERIES_KEY, refreshQueries } from "./savedQueryActions";

interface QueryFormProps {
  /** What is changed, or what a new one begins with. */
  query: Partial<SavedQuery> & Pick<SavedQuery, "name">;
  /** It is kept; here is what the server has now. */
  onSaved?: (query: SavedQuery) => void;
  onClose: () => void;
}

/** Keeps a query: its folder, its name, and who else sees it. */
export function QueryForm({ query, onSaved, onClose }: QueryFormProps) {
  const me = useMe();
  const queries = useQuery({ queryKey: QUERIES_KEY, queryFn: fetchQueries });
  const made = useQueryFolders(({ folders }) => folders);
  const foldersId = useId();
  const [folder, setFolder] = useState(query.folder ?? "");
  const [name, setName] = useState(query.name);
  const [audience, setAudience] = useState(() => audienceFormOf(query.audience ?? undefined));
  const [problem, setProblem] = useState<Problem | null>(null);
  const wrong = audienceError(audience);
  const save = async () => {
    if (wrong !== null || name.trim() === "") return;
    const draft: SavedQueryDraft = {
      folder,
      name,
      sql: query.sql ?? "",
      ...(query.server_id != null && { server_id: query.server_id }),
      ...(query.database != null && { database: query.database }),
      audience: audienceOf(audience),
      ...(query.version !== undefined && { version: query.version }),
    };
    try {
      const saved = await (query.id === undefined ? createQuery(draft) : changeQuery(query.id, draft));
      onSaved?.(saved);
    } catch (thrown) {
      return setProblem(problemFrom(thrown));
    }
    await refreshQueries();
    toast({ tone: "info", text: `Saved “${name.trim()}”` });
    onClose();
  };
  const errorOf = (field: string) => (problem?.field === field ? problem.detail : null);
  return (
    <Dialog
      title={query.id === undefined ? "Save query" : "Change saved query"}
      size="sm"
      onClose={onClose}
      onPrimary={() => void save()}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            keys="Mod+Enter"
            disabled={name.trim() === "" || wrong !== null}
            onClick={() => void save()}
          >
            Save query
          </Button>
        </>
      }
    >
      <DialogBody>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <Field label="Name" error={errorOf("name")}>
            {(field) => <Input {...field} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label="Folder" hint="Such as Reports/Daily; empty for none" error={errorOf("folder")}>
            {(field) => (
              <Input
                {...field}
                list={foldersId}
                value={folder}
                onChange={(event) => setFolder(event.target.value)}
              />
            )}
          </Field>
          <datalist id={foldersId}>
            {ownFolders(queries.data ?? [], made).map((path) => (
              <option key={path} value={path} />
            ))}
          </datalist>
          <Field
            label="Who sees it"
            hint="Others open it in a session of their own, with their own rights"
            error={errorOf("audience")}
          >
            {(field) => (
              <Select
                {...field}
                value={audience.who}
                disabled={!mayEdit(me)}
                onChange={({ target }) =>
                  setAudience({
                    ...audience,
                    who: target.value === "rule" || target.value === "everyone" ? target.value : "private",
                  })
                }
              >
                <option value="private">You alone</option>
                <option value="everyone">Everyone who signs in</option>
                <option value="rule">People with a claim</option>
              </Select>
            )}
          </Field>
          {audience.who === "rule" && (
            <Field
              label="Claims"
              hint="A line each, such as groups = dba; one of them must match"
              error={audience.rule === "" ? null : wrong}
            >
              {(field) => (
                <Textarea
                  {...field}
                  mono
                  rows={3}
                  value={audience.rule}
                  onChange={(event) => setAudience({ ...audience, rule: event.target.value })}
                />
              )}
            </Field>
          )}
          {problem && !["name", "folder", "audience"].includes(problem.field ?? "") && (
            <p role="alert" className={styles.problem}>
              {problem.detail}
            </p>
          )}
          <button type="submit" hidden />
        </form>
      </DialogBody>
    </Dialog>
  );
}
