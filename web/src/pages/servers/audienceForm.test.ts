import { expect, it } from "vitest";
import { audienceError, audienceFormOf, audienceOf, privateAudience } from "./audienceForm";

it.each(["private", "everyone", { groups: ["dba", "a, b"], level: 3 }, { groups: "dba" }] as const)(
  "leaves %o as it is",
  (audience) => {
    const form = audienceFormOf(audience);
    expect(audienceError(form)).toBeNull();
    expect(audienceOf(form)).toEqual(audience);
  },
);

it("reads a claim and a value from each line", () => {
  const rule = "groups = dba\n\ngroups=cn=ops,ou=x\ndepartment = it";
  expect(audienceOf({ ...privateAudience, who: "rule", rule })).toEqual({
    groups: ["dba", "cn=ops,ou=x"],
    department: ["it"],
  });
});

it.each(["", "groups", "= dba", "groups ="])("refuses %o", (rule) => {
  expect(audienceError({ ...privateAudience, who: "rule", rule })).not.toBeNull();
});
