import { useMemo, useState } from "react";
import { hasCode, problemFrom } from "~/api/problem";
import { addServer, changeServer, connect, fetchServer } from "~/api/servers";
import type { Problem, Server } from "~/api/types";
import { useMe } from "~/app/me";
import { rememberServer } from "~/app/servers";
import { closeServer, setOpen } from "~/explorer/actions";
import { reveal } from "~/explorer/expansion";
import { serverNode } from "~/explorer/nodes";
import { toast } from "~/ui/toast";
import type { Source } from "./credentialSources";
import {
  changeOf,
  definitionOf,
  emptyForm,
  errorsOf,
  fieldOf,
  type FieldErrors,
  formOf,
  type ServerForm,
} from "./form";
import { suggestedSource } from "./credentialSources";
import { withSource } from "./chooseSource";
import { closeServerDialog, type ServerDialogTask } from "./serverDialogState";

/** The form of a server while it is edited, and what becomes of it. */
export interface ServerEdit {
  readonly form: ServerForm;
  /** The saved server that is edited; null for a new one. */
  readonly server: Server | null;
  /** Tried once and kept by nobody; asked for again at connect. */
  readonly password: string;
  readonly changed: boolean;
  readonly saving: boolean;
  readonly conflict: boolean;
  /** What the server refused, when it is about no field in particular. */
  readonly problem: Problem | null;
  /** What the server refused, when it is about a field. */
  readonly refused: FieldErrors;
  set: (fields: Partial<ServerForm>) => void;
  setPassword: (password: string) => void;
  /** Takes another credential source, with what goes along with it. */
  choose: (source: Source, fields?: Partial<ServerForm>) => void;
  /** What is wrong with a field, once it has been left or asked to be saved. */
  errorOf: (path: string) => string | undefined;
  /** The person has left a field: from now on it says what is wrong with it. */
  leave: (path: string) => void;
  /** Shows every error; true when there is none. */
  check: () => boolean;
  /** Takes in what the server said of a definition. */
  refuse: (problem: Problem) => void;
  save: () => Promise<void>;
  takeTheirs: () => Promise<void>;
  saveOverTheirs: () => Promise<void>;
}

export function useServerForm(task: ServerDialogTask): ServerEdit {
  const [server, setServer] = useState(task.mode === "edit" ? task.server : null);
  const [start] = useState(() => {
    if (task.mode === "edit") return formOf(task.server);
    return task.like ? copyOf(task.like) : emptyForm(task.group);
  });
  const said = task.mode === "add" ? task.said : undefined;
  const { issuer } = useMe();
  const [password, setPassword] = useState(said?.password ?? "");
  /** A new server follows the suggestion until somebody has chosen. */
  const [chosen, setChosen] = useState(task.mode === "edit" || task.like !== undefined || password !== "");
  const [form, setForm] = useState(() => {
    if (task.mode === "edit" || task.like) return start;
    const begun = said ? { ...start, ...said.fields } : start;
    return password === "" ? withSource(begun, suggestedSource(begun.host, issuer)) : begun;
  });
  const [untouched, setUntouched] = useState(form);
  const [left, setLeft] = useState<ReadonlySet<string> | "all">(new Set());
  const [refused, setRefused] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState(false);
  const errors = useMemo(() => errorsOf(form), [form]);

  const check = () => {
    setLeft("all");
    return Object.keys(errors).length === 0;
  };
  const refuse = (refusal: Problem) => {
    if (refusal.field == null) setProblem(refusal);
    else setRefused({ [fieldOf(refusal.field)]: refusal.detail });
  };
  const store = async (over: Server | null) => {
    setSaving(true);
    setProblem(null);
    setRefused({});
    try {
      const saved = over
        ? await changeServer(over.id, changeOf(form, over.version))
        : await addServer(definitionOf(form));
      await finish(saved, over === null, password);
    } catch (thrown) {
      if (hasCode(thrown, "conflict")) setConflict(true);
      else refuse(problemFrom(thrown));
      setSaving(false);
    }
  };
  const newest = async (): Promise<Server | null> => {
    if (!server) return null;
    try {
      const theirs = await fetchServer(server.id);
      setServer(theirs);
      setConflict(false);
      return theirs;
    } catch (thrown) {
      refuse(problemFrom(thrown));
      return null;
    }
  };

  return {
    form,
    server,
    password,
    changed: form !== untouched || said !== undefined,
    saving,
    conflict,
    problem,
    refused,
    set(fields) {
      setForm((now) => {
        const next = { ...now, ...fields };
        if (chosen || fields.host === undefined) return next;
        return withSource(next, suggestedSource(next.host, issuer));
      });
      setRefused({});
      setProblem(null);
    },
    setPassword(typed) {
      setPassword(typed);
      if (typed !== "") setChosen(true);
    },
    choose(source, fields) {
      setChosen(true);
      setLeft(new Set());
      setForm((now) => withSource({ ...now, ...fields }, source));
      setRefused({});
      setProblem(null);
    },
    errorOf: (path) => refused[path] ?? (left === "all" || left.has(path) ? errors[path] : undefined),
    leave: (path) => setLeft((now) => (now === "all" ? now : new Set(now).add(path))),
    check,
    refuse,
    async save() {
      if (!saving && check()) await store(server);
    },
    async takeTheirs() {
      const theirs = await newest();
      if (!theirs) return;
      const form = formOf(theirs);
      setUntouched(form);
      setForm(form);
    },
    async saveOverTheirs() {
      const theirs = await newest();
      if (theirs) await store(theirs);
    },
  };
}

/** A server of one's own like one that one sees: private, and without the secrets. */
function copyOf(server: Server): ServerForm {
  const form = formOf({ ...server, kept_secrets: [], unreadable_secrets: false, audience: "private" });
  return { ...form, name: `${server.name} (copy)` };
}

/** Shows the saved server, connected with the password that was just typed for it. */
async function finish(saved: Server, added: boolean, password: string): Promise<void> {
  closeServer(saved.id);
  rememberServer(saved);
  closeServerDialog();
  toast({ text: added ? `Added ${saved.name}` : `Saved ${saved.name}` });
  reveal(saved);
  if (!added && !saved.connected) return;
  // A refused password is asked for again where the server opens.
  if (password !== "") await connect(saved.id, { password }).catch(() => undefined);
  setOpen(serverNode(saved), true);
}
