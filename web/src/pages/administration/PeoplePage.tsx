import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Plus, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { ListedPerson, PeopleList, PeopleQuery, Role } from "~/api/types";
import { Avatar } from "~/ui/Avatar";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import { Menu, type MenuEntry } from "~/ui/Menu";
import { AddPersonDialog } from "./AddPersonDialog";
import { Ago } from "./Ago";
import { peopleQuery, providersQuery, summaryQuery } from "./lists";
import styles from "./PeoplePage.module.css";
import { PersonPanel } from "./PersonPanel";
import { RefusedDialog } from "./RefusedDialog";
import { SearchField } from "./SearchField";
import { Section } from "./Section";
import { usePaged } from "./usePaged";

const rowsOf = (part: PeopleList) => part.people;

/** Everybody who has an account: found by name, with what belongs to one of them at the right. */
export function PeoplePage() {
  const [filter, setFilter] = useState<PeopleQuery>({});
  const [selected, setSelected] = useState<string | null>(null);
  const [dialog, setDialog] = useState<"add" | "refused" | null>(null);
  const { data: summary } = useQuery(summaryQuery);
  const { rows, total, problem, busy, onMore, reload } = usePaged(peopleQuery(filter), rowsOf);
  const waiting = summary?.refused_sign_ins ?? 0;
  const isFiltered = Object.values(filter).some((value) => value !== "");

  return (
    <Section
      title="People"
      count={total}
      problem={problem}
      busy={busy}
      onReload={reload}
      actions={
        summary?.local_accounts && (
          <Button icon={Plus} onClick={() => setDialog("add")}>
            Add local account
          </Button>
        )
      }
      bar={
        <>
          <SearchField
            label="Find people by name or e-mail"
            onSearch={(search) => setFilter((before) => ({ ...before, search }))}
          />
          <Filters filter={filter} onFilter={setFilter} />
          {waiting > 0 && (
            <span className={styles.waiting}>
              <Badge tone="warning">
                <Icon of={TriangleAlert} size={12} />
                {waiting} waiting to be linked
              </Badge>
              <Button variant="ghost" size="sm" onClick={() => setDialog("refused")}>
                Review
              </Button>
            </span>
          )}
        </>
      }
    >
      <ListTable
        label="People"
        columns={columns}
        rows={rows}
        total={total ?? 0}
        keyOf={({ id }) => id}
        empty={isFiltered ? "Nobody fits. Change what you look for." : "There is nobody yet."}
        selected={selected}
        onSelect={({ id }) => setSelected(id === selected ? null : id)}
        isDim={({ disabled }) => disabled}
        onMore={onMore}
      />
      {selected !== null && <PersonPanel key={selected} id={selected} onClose={() => setSelected(null)} />}
      {dialog === "add" && (
        <AddPersonDialog
          onClose={() => setDialog(null)}
          onAdded={(person) => {
            setDialog(null);
            setSelected(person.id);
          }}
        />
      )}
      {dialog === "refused" && <RefusedDialog onClose={() => setDialog(null)} />}
    </Section>
  );
}

const columns: readonly ListColumn<ListedPerson>[] = [
  {
    key: "name",
    head: "Name",
    width: 190,
    cell: ({ display_name }) => (
      <span className={styles.person} title={display_name}>
        <Avatar name={display_name} />
        <span className={styles.name}>{display_name}</span>
      </span>
    ),
  },
  {
    key: "username",
    head: "User name",
    cell: ({ username, email }) => (
      <span
        className={styles.second}
        title={email == null || email === username ? username : `${username}, ${email}`}
      >
        {username}
      </span>
    ),
  },
  {
    key: "source",
    head: "Signs in with",
    width: 140,
    cell: ({ provider_display_name }) => (
      <span className={styles.second}>{provider_display_name ?? "Local account"}</span>
    ),
  },
  {
    key: "role",
    head: "Role",
    width: 108,
    cell: ({ role, disabled }) => {
      if (disabled) return <Badge>disabled</Badge>;
      if (role === "administrator") return <Badge tone="accent">administrator</Badge>;
      if (role === "viewer") return <Badge tone="info">viewer</Badge>;
      return <span className={styles.second}>user</span>;
    },
  },
  {
    key: "seen",
    head: "Last sign-in",
    width: 92,
    numeric: true,
    cell: ({ last_sign_in_at }) => <Ago at={last_sign_in_at} />,
  },
  {
    key: "sessions",
    head: "Sessions",
    width: 76,
    numeric: true,
    cell: ({ sessions }) => <Number of={sessions} />,
  },
  {
    key: "connections",
    head: "Connections",
    width: 104,
    numeric: true,
    cell: ({ connections }) => <Number of={connections} />,
  },
];

function Number({ of }: { of: number }) {
  return <span className={of === 0 ? styles.nothing : undefined}>{of}</span>;
}

interface FiltersProps {
  filter: PeopleQuery;
  onFilter: (filter: PeopleQuery) => void;
}

const roles: readonly Role[] = ["administrator", "user", "viewer"];

function Filters({ filter, onFilter }: FiltersProps) {
  const { data: providers = [] } = useQuery(providersQuery);
  const sources = [
    ...providers.map(({ name, display_name }) => ({ value: name, label: display_name })),
    { value: "internal", label: "Local account" },
  ];
  return (
    <>
      <Filter
        name="Signs in with"
        value={filter.source}
        choices={sources}
        onChoose={(source) => onFilter(changed(filter, "source", source))}
      />
      <Filter
        name="Role"
        value={filter.role}
        choices={roles.map((role) => ({ value: role, label: role }))}
        onChoose={(role) => onFilter(changed(filter, "role", role))}
      />
      <Filter
        name="State"
        value={filter.disabled}
        choices={[
          { value: false, label: "enabled" },
          { value: true, label: "disabled" },
        ]}
        onChoose={(disabled) => onFilter(changed(filter, "disabled", disabled))}
      />
    </>
  );
}

/** The filter with one part changed, or without it. */
function changed<Key extends keyof PeopleQuery>(
  filter: PeopleQuery,
  key: Key,
  value: PeopleQuery[Key] | undefined,
): PeopleQuery {
  const { [key]: _, ...rest } = filter;
  return value === undefined ? rest : { ...rest, [key]: value };
}

interface FilterProps<Value> {
  name: string;
  value: Value | null | undefined;
  choices: readonly { value: Value; label: string }[];
  onChoose: (value: Value | undefined) => void;
}

function Filter<Value>({ name, value, choices, onChoose }: FilterProps<Value>) {
  const chosen = choices.find((choice) => choice.value === value);
  const entries: MenuEntry[] = [
    { kind: "choice", label: "all", chosen: chosen === undefined, run: () => onChoose(undefined) },
    ...choices.map((choice): MenuEntry => ({
      kind: "choice",
      label: choice.label,
      chosen: choice === chosen,
      run: () => onChoose(choice.value),
    })),
  ];
  const trigger = (
    <Button variant="ghost" iconAfter={ChevronDown} on={chosen !== undefined}>
      {`${name}: ${chosen?.label ?? "all"}`}
    </Button>
  );
  return <Menu trigger={trigger} entries={entries} />;
}
