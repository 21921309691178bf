import { useState } from "react";
import { removePerson } from "~/api/administration";
import type { Person } from "~/api/types";
import { plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { FormDialog } from "./FormDialog";
import { findPerson, PersonPicker } from "./PersonPicker";
import { useSubmit } from "./useSubmit";

interface RemoveDialogProps {
  person: Person;
  onClose: () => void;
  onRemoved: () => void;
}

/** Removes a person; whoever gets their shared servers is named first. */
export function RemoveDialog({ person, onClose, onRemoved }: RemoveDialogProps) {
  const [heir, setHeir] = useState("");
  const [unknown, setUnknown] = useState<string | undefined>();
  const { display_name: name, shared_servers: shared } = person;
  const { problem, errorAt, busy, submit } = useSubmit(async () => {
    const heirId = shared > 0 ? await findPerson(heir) : null;
    if (shared > 0 && heirId === null) {
      setUnknown(`Nobody is called ${heir.trim()}. Choose one of the list.`);
      return;
    }
    const removed = await removePerson(person.id, heirId);
    onRemoved();
    const handed = removed.handed_over_servers;
    toast({
      text:
        handed > 0
          ? `${name} is removed; ${heir.trim()} has ${plural(handed, "shared server")} now`
          : `${name} is removed`,
    });
  }, ["servers_to"]);
  return (
    <FormDialog
      title={`Remove ${name}?`}
      confirm="Remove person"
      doing="Removing person"
      danger
      disabled={shared > 0 && heir.trim() === "" ? "Say who gets the shared servers first" : undefined}
      problem={problem}
      busy={busy}
      onClose={onClose}
      onSubmit={submit}
    >
      <p>
        This ends {plural(person.active_sessions.length, "session")}, closes{" "}
        {plural(person.open_connections.length, "database connection")} and removes the account with{" "}
        {plural(person.private_servers, "private server")}. It cannot be undone.
      </p>
      {shared > 0 && (
        <PersonPicker
          label={`Who gets the ${plural(shared, "server")} that others see`}
          hint="A user name. Others keep seeing the servers, and go on working with them."
          error={unknown ?? errorAt("servers_to")}
          value={heir}
          onChange={(username) => {
            setHeir(username);
            setUnknown(undefined);
          }}
        />
      )}
      <p>
        {person.identities.length > 0
          ? "Whoever may sign in at the provider gets a new account at the next sign-in. To keep somebody out, disable the account instead."
          : "To keep the account without letting anybody in, disable it instead."}
      </p>
    </FormDialog>
  );
}
