import { expect, it } from "vitest";
import type { AuditEvent } from "~/api/types";
import { factsOf, kindTitle, resultTone, summaryOf } from "./auditWords";

const event = (kind: string, details: object, code?: string): AuditEvent => ({
  id: "1",
  time: "2026-11-26T06:00:00Z",
  kind,
  result: code === undefined ? "ok" : "failed",
  details: details as AuditEvent["details"],
  ...(code !== undefined && { code }),
});

it.each<[AuditEvent, string]>([
  [event("sign_in", { through: "entra" }), "through entra"],
  [event("sign_in", { through: "entra" }, "no_account"), "through entra, no_account"],
  [event("session_ended", { reason: "ended_by_person" }), "ended by person"],
  [event("connect", { purpose: "query", identity: "ada", source: "vault" }), "as ada, vault, query"],
  [event("server_changed", { fields: { host: { from: "a", to: "b" }, tunnel: {} } }), "host, tunnel"],
  [event("role_changed", { about: "kofi", value: "viewer" }), "kofi, to viewer"],
  [event("sign_out", {}), ""],
])("says in a line what %o is about", (given, words) => {
  expect(summaryOf(given)).toBe(words);
});

it("names every detail, and says what was changed into what", () => {
  const fields = {
    host: { from: "a", to: "b" },
    read_only: { from: false, to: true },
    tunnel: { from: null, to: null },
  };
  const facts = factsOf({ about: "x", backend_pid: 7, bytes: 2048, fields });
  expect(facts.filter(([, value]) => value !== undefined)).toEqual([
    ["About", "x"],
    ["Process", "7"],
    ["Sent", "2.0 kB"],
    ["host", "a → b"],
    ["read_only", "false → true"],
    ["tunnel", "changed"],
  ]);
});

it("has words for kinds that it does not know", () => {
  expect([kindTitle("sign_in"), kindTitle("account_disabled")]).toEqual(["Sign-in", "Account disabled"]);
  expect([resultTone("ok"), resultTone("failed"), resultTone("begun")]).toEqual([
    "plain",
    "danger",
    "warning",
  ]);
});
