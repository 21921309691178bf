import { formatAgo, formatInstant } from "~/ui/format";

/** How long ago something was, with the whole time in the tooltip; `never` where it was not. */
export function Ago({ at }: { at: string | null | undefined }) {
  if (at == null) return "never";
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatInstant(date)}>
      {formatAgo(date)}
    </time>
  );
}
