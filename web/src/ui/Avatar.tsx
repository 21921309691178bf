import { classes } from "./classes";
import styles from "./Avatar.module.css";

interface AvatarProps {
  name: string;
  size?: "small" | "medium" | "large";
}

/** A person's initials in a circle. */
export function Avatar({ name, size = "small" }: AvatarProps) {
  return (
    <span className={classes(styles.avatar, styles[size])} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

/** `Ada Miller` becomes `AM`. */
function initials(name: string): string {
  const words = name.split(/[\s@._-]+/u).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("");
}
