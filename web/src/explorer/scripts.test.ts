import { expect, it } from "vitest";
import { argumentsOf, scriptsOf, type Subject } from "./scripts";

const subject = (kind: string, more: Partial<Subject> = {}): Subject => ({
  serverId: "1",
  database: "shop",
  catalog: "pg_class",
  oid: 20000,
  kind,
  schema: "My shop",
  name: 'we"ird\nÜ',
  owner: null,
  badges: [],
  detail: null,
  ...more,
});
const sqlOf = async (about: Subject, label: string) =>
  scriptsOf(about)
    .flat()
    .find((script) => script.label === label)
    ?.sql();

it("quotes whatever it names", async () => {
  expect(await sqlOf(subject("table"), "TRUNCATE")).toBe('truncate "My shop"."we""ird\nÜ";\n');
  const trigger = subject("trigger", { owner: "select", badges: ["disabled"], schema: "shop" });
  expect(await sqlOf(trigger, "Enable")).toBe(
    'alter table shop."select"\n    enable trigger "we""ird\nÜ";\n',
  );
  expect(await sqlOf(subject("sequence", { schema: "it's" }), "Next value")).toBe(
    `select nextval('"it''s"."we""ird\nÜ"');\n`,
  );
});

it("offers what fits the state of an object", () => {
  const labels = (about: Subject) =>
    scriptsOf(about)
      .flat()
      .map(({ label }) => label);
  expect(labels(subject("constraint", { owner: "t", badges: ["not valid"] }))).toContain("Validate");
  expect(labels(subject("constraint", { owner: "t" }))).not.toContain("Validate");
  expect(labels(subject("table", { owner: "all", badges: ["partition"] }))).toContain(
    "Detach it from its table",
  );
  expect(labels(subject("table", { badges: ["row security"] }))).toContain("Disable row security");
  expect(labels(subject("type", { oid: 23 }))).toEqual([]);
  expect(labels(subject("function", { badges: ["trigger"] }))).not.toContain("SELECT");
});

it("calls a function by the names of its arguments", () => {
  expect(argumentsOf("(order_id bigint, numeric(10,2), INOUT note text, OUT x int) SETOF shop.orders")).toBe(
    "\n    order_id => null,  -- order_id bigint\n    null,  -- numeric(10,2)\n    note => null  -- note text\n",
  );
  expect(argumentsOf("(double precision)")).toBe("\n    null  -- double precision\n");
  expect(argumentsOf("() trigger")).toBe("");
  expect(argumentsOf(null)).toBe("");
});
