import { expect, it } from "vitest";
import { audienceWords } from "./audienceWords";
import { disablingWords } from "./words";

it("says who sees a server", () => {
  expect(audienceWords("everyone")).toBe("everyone");
  expect(audienceWords({ groups: ["dba", "ops"], dept: "x" })).toBe("groups: dba or ops, or dept: x");
  expect(audienceWords(null)).toBe("a rule");
});

it("says what disabling an account does, with numbers", () => {
  expect(disablingWords(3, 11)).toMatch(
    /^Disabling ends 3 sessions and closes 11 database connections at once\./,
  );
  expect(disablingWords(1, 0)).toMatch(
    /^Disabling ends 1 session and closes 0 database connections at once\./,
  );
});
