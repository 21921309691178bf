/** The mark: an elephant with a howdah, in the colour of the text around it. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} fill="currentColor" aria-hidden="true">
      <path d="M7 .5C8.1 2.1 9.6 3.1 11.5 3.5V5H10v2h1a4 4 0 0 1 4 4v2.25A1.75 1.75 0 0 1 13.25 15H12v-1.25h.75a.5.5 0 0 0 .5-.5V11.25H11V15H8v-2.25a2 2 0 0 0-4 0V15H1v-4a4 4 0 0 1 3-3.87V5H2.5V3.5C4.4 3.1 5.9 2.1 7 .5ZM5.25 5v2h3.5V5Z" />
    </svg>
  );
}
