import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId } from "react";
import { fetchPeople } from "~/api/administration";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";

interface PersonPickerProps {
  label: string;
  hint: string;
  error?: string | undefined;
  value: string;
  onChange: (username: string) => void;
}

/** A user name, with those that fit what was typed. */
export function PersonPicker({ label, hint, error, value, onChange }: PersonPickerProps) {
  const listId = useId();
  const search = useDeferredValue(value);
  const { data } = useQuery({
    queryKey: ["administration", "picker", search],
    queryFn: () => fetchPeople({ search }, null),
  });
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <>
          <Input
            {...control}
            list={listId}
            required
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={listId}>
            {data?.people.slice(0, 20).map(({ id, username, display_name }) => (
              <option key={id} value={username} label={display_name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

/** The id of the person with exactly this user name, in letters of either case; null if there is none. */
export async function findPerson(username: string): Promise<string | null> {
  const wanted = username.trim().toLowerCase();
  if (wanted === "") return null;
  let cursor: string | null = null;
  do {
    const part: Awaited<ReturnType<typeof fetchPeople>> = await fetchPeople({ search: wanted }, cursor);
    const found = part.people.find((person) => person.username.toLowerCase() === wanted);
    if (found) return found.id;
    cursor = part.next_cursor ?? null;
  } while (cursor !== null);
  return null;
}
