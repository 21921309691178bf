import { initialsOfName } from "~/app/me";
import { classes } from "~/ui/classes";
import styles from "./Avatar.module.css";

/** A person's initials in a circle. */
export function Avatar({ name, large = false }: { name: string; large?: boolean }) {
  return (
    <span className={classes(styles.avatar, large && styles.large)} aria-hidden="true">
      {initialsOfName(name)}
    </span>
  );
}
