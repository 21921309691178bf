import { cleanup, render, screen } from "@testing-library/react";
import { useRef } from "react";
import { afterEach, describe, expect, it } from "vitest";

import { useGridFocus } from "./useGridFocus";

/** A grid beside a field, and a way to give the grid the focus. */
function Page() {
  const root = useRef<HTMLDivElement>(null);
  const expectFocus = useGridFocus(root);
  return (
    <>
      <div ref={root}>
        <canvas tabIndex={0} data-testid="grid" />
      </div>
      <input aria-label="Find" />
      <button
        onClick={() => {
          expectFocus();
          screen.getByTestId("grid").focus();
        }}
      >
        Close
      </button>
    </>
  );
}

const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));

describe("the focus of a grid", () => {
  afterEach(cleanup);

  it("is not taken from a field that was opened before the library's next frame", async () => {
    render(<Page />);
    const [grid, field] = [screen.getByTestId("grid"), screen.getByLabelText("Find")];
    grid.focus();
    requestAnimationFrame(() => grid.focus());
    field.focus();
    await frame();
    expect(document.activeElement).toBe(field);
    // Later it is somebody's wish.
    grid.focus();
    expect(document.activeElement).toBe(grid);
  });

  it("comes back at once when it is given on purpose, by a press or by Tab", () => {
    render(<Page />);
    const [grid, field] = [screen.getByTestId("grid"), screen.getByLabelText("Find")];
    const goAway = () => {
      grid.focus();
      field.focus();
    };
    goAway();
    screen.getByText("Close").click();
    expect(document.activeElement).toBe(grid);
    for (const event of [new Event("pointerdown"), new KeyboardEvent("keydown", { key: "Tab" })]) {
      goAway();
      document.dispatchEvent(event);
      grid.focus();
      expect(document.activeElement).toBe(grid);
    }
  });
});
