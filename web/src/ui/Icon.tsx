import type { LucideIcon } from "lucide-react";

interface IconProps {
  of: LucideIcon;
  /** 16 beside text, 14 in dense places, 12 inside badges. */
  size?: 12 | 14 | 16;
  className?: string | undefined;
  /** Only for an icon that stands alone; beside a label it is silent. */
  label?: string;
}

/** An icon in the stroke and sizes of the design, coloured by the text that it stands with. */
export function Icon({ of: Glyph, size = 16, className, label }: IconProps) {
  return (
    <Glyph
      size={size}
      strokeWidth={1.75}
      className={className}
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    />
  );
}
