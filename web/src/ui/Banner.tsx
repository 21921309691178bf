import { CircleX, Info, type LucideIcon, ShieldAlert, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import { classes } from "./classes";
import { Icon } from "./Icon";
import styles from "./Banner.module.css";

type BannerTone = "info" | "warning" | "danger" | "production";

const icons: Record<BannerTone, LucideIcon> = {
  info: Info,
  warning: TriangleAlert,
  danger: CircleX,
  production: ShieldAlert,
};

interface BannerProps {
  tone: BannerTone;
  children: ReactNode;
  /** Buttons that answer it. */
  actions?: ReactNode;
  onDismiss?: () => void;
}

/** A sentence about the region that it stands in. One at a time per region. */
export function Banner({ tone, children, actions, onDismiss }: BannerProps) {
  return (
    <div className={classes(styles.banner, styles[tone])} role={tone === "danger" ? "alert" : "status"}>
      <Icon of={icons[tone]} />
      <div className={styles.text}>{children}</div>
      {actions}
      {onDismiss && <IconButton icon={X} size="sm" label="Dismiss" onClick={onDismiss} />}
    </div>
  );
}
