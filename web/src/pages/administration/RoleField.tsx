import type { Role } from "~/api/types";
import styles from "./RoleField.module.css";
import { roleWords } from "./words";

const roles: readonly Role[] = ["user", "viewer", "administrator"];

/** One of the three roles, each with what it may do. */
export function RoleField({ role, onRole }: { role: Role; onRole: (role: Role) => void }) {
  return (
    <fieldset className={styles.roles}>
      <legend>Role</legend>
      {roles.map((name) => (
        <label key={name}>
          <input
            type="radio"
            name="role"
            value={name}
            checked={name === role}
            onChange={() => onRole(name)}
          />
          <span>
            <b>{name}</b>
            <span>{roleWords[name]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
