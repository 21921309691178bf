import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";

import { useFocusKeeper } from "./useFocusKeeper";

afterEach(cleanup);

function Region({ more }: { more: boolean }) {
  const keeper = useFocusKeeper<HTMLElement>("[data-main]");
  return (
    <section {...keeper}>
      <button data-main="">Main</button>
      {more && <button>More</button>}
    </section>
  );
}

it("gives the focus to the fallback when what had it is gone", () => {
  const { rerender } = render(<Region more />);
  screen.getByRole("button", { name: "More" }).focus();
  rerender(<Region more={false} />);
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Main" }));
});

it("leaves a focus alone that is elsewhere", () => {
  const elsewhere = document.createElement("input");
  document.body.append(elsewhere);
  const { rerender } = render(<Region more />);
  elsewhere.focus();
  rerender(<Region more={false} />);
  expect(document.activeElement).toBe(elsewhere);
  elsewhere.remove();
});
