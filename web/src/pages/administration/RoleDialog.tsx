import { useState } from "react";
import { changePerson } from "~/api/administration";
import type { Person, Role } from "~/api/types";
import { plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { FormDialog } from "./FormDialog";
import { RoleField } from "./RoleField";
import { useSubmit } from "./useSubmit";
import { withArticle } from "./words";

/** Gives a person another role by hand. */
export function RoleDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const [role, setRole] = useState<Role>(person.given_role);
  const { problem, busy, submit } = useSubmit(async () => {
    const changed = await changePerson(person.id, { role });
    onClose();
    toast({ text: `${person.display_name} is ${withArticle(changed.role)} now` });
  });
  const connections = person.open_connections.length;
  return (
    <FormDialog
      title={`Change the role of ${person.display_name}`}
      confirm="Change role"
      doing="Changing role"
      disabled={role === person.given_role ? "Choose another role first" : undefined}
      problem={problem}
      busy={busy}
      onClose={onClose}
      onSubmit={submit}
    >
      <RoleField role={role} onRole={setRole} />
      {person.role !== person.given_role && (
        <p>
          A rule on claims makes {person.display_name} {withArticle(person.role)}. It counts as long as the
          provider says so; the role given here counts beside it.
        </p>
      )}
      <p>
        {role === "viewer" && connections > 0
          ? `The new role counts at once. ${plural(connections, "database connection")} ${connections === 1 ? "closes" : "close"}, and what is not committed is rolled back; new connections are read only.`
          : "The new role counts at once, also in sessions that are open."}
      </p>
    </FormDialog>
  );
}
