import { expect, it } from "vitest";
import { credentialWords } from "./credentialWords";
import type { CredentialFacts } from "./status";

const local = (hour: number, minute: number) => new Date(2026, 10, 16, hour, minute);
const entra: CredentialFacts = {
  source: "entra",
  label: "Microsoft Entra ID",
  fetchedAt: local(10, 0).toISOString(),
  goodUntil: local(11, 5).toISOString(),
  renewsAt: local(10, 52).toISOString(),
  renewalProblem: null,
};
const now = local(10, 30).getTime();

it("says when a secret is renewed, else until when it is good, and of others only where they come from", () => {
  expect(credentialWords(entra, "ok", now)).toMatchObject({
    text: "Microsoft Entra ID, renews 10:52",
    warning: false,
  });
  expect(credentialWords({ ...entra, renewsAt: null }, "ok", now)).toMatchObject({
    text: "Microsoft Entra ID, until 11:05",
    warning: false,
  });
  const password: CredentialFacts = {
    source: "password",
    label: "Password",
    fetchedAt: null,
    goodUntil: null,
    renewsAt: null,
    renewalProblem: null,
  };
  expect(credentialWords(password, undefined, now)).toEqual({
    text: "Password",
    tip: "Password",
    warning: false,
  });
});

it("warns of a secret that is over, or that nothing renews", () => {
  expect(credentialWords(entra, "ok", local(11, 5).getTime())).toMatchObject({
    text: "Microsoft Entra ID, expired 11:05",
    warning: true,
  });
  expect(credentialWords(entra, "refused", now)).toMatchObject({
    text: "Microsoft Entra ID, not renewed",
    warning: true,
  });
  const aws = { ...entra, source: "aws_rds", label: "AWS IAM" };
  expect(credentialWords(aws, "refused", now)).toMatchObject({
    text: "AWS IAM, renews 10:52",
    warning: false,
  });
});

it("says calmly that a renewal failed, and why", () => {
  const failing = { ...entra, renewalProblem: "Entra ID does not answer." };
  const words = credentialWords(failing, "ok", now);
  expect(words).toMatchObject({
    text: "Microsoft Entra ID, not renewed, good until 11:05",
    warning: true,
  });
  expect(words.tip).toContain("Entra ID does not answer.");
  expect(words.tip).not.toContain("Renewed by itself");
});
