import { ask } from "~/ui/ask";
import { paths } from "./paths";
import { anyTabAsks, flushTabs } from "./tabs";

/** Ends the session. Asks first when a tab would lose something by it. */
export async function signOut(): Promise<void> {
  flushTabs();
  if (anyTabAsks()) {
    const yes = await ask({
      title: "Sign out with an open transaction?",
      body: "Signing out closes your database connections at once and rolls back what is not committed. The text of your tabs is kept.",
      confirm: "Sign out and roll back",
      danger: true,
    });
    if (!yes) return;
  }
  // A form, not a request: the server's answer is a page, possibly the provider's.
  const form = document.createElement("form");
  form.method = "post";
  form.action = paths.logout;
  document.body.append(form);
  form.submit();
}
