import { isAsPerson } from "./credentialFields";
import { type CredentialValues, readerOf, valueKey } from "./credentialForm";
import { isLocal, sendsToken, type Source, usernameWords } from "./credentialSources";
import type { ServerForm } from "./form";

/** The form with another source, and with the username and the TLS that go with it where the person has said nothing. */
export function withSource(form: ServerForm, source: Source): ServerForm {
  const moved = { ...form, source, credential: { ...startOf(source), ...form.credential } };
  const secured = sendsToken(source) && !isLocal(form.host) && form.sslmode === "";
  return {
    ...moved,
    username: usernameFor(form, moved),
    ...(secured ? { sslmode: "verify-full" } : {}),
  };
}

/** Where a cloud can be asked as the person or as Howdah, the person comes first: nobody lends Howdah's identity unawares. */
function startOf(source: Source): CredentialValues {
  return source === "aws_rds" || source === "gcp" ? { [valueKey(source, "identity")]: "signed_in_user" } : {};
}

/** The form with another value of a credential's field. */
export function withValue(form: ServerForm, path: string, value: string): ServerForm {
  const next = { ...form, credential: { ...form.credential, [valueKey(form.source, path)]: value } };
  return { ...next, username: usernameFor(form, next) };
}

/** The words about the username that fit what is chosen. */
export function wordsFor({ source, credential }: ServerForm) {
  return usernameWords(source, isAsPerson(source, readerOf(source, credential)));
}

/** What stands there, unless it is empty or what the choice before had put in. */
function usernameFor(before: ServerForm, after: ServerForm): string {
  const own = before.username !== "" && before.username !== wordsFor(before).template;
  return own ? before.username : wordsFor(after).template;
}
