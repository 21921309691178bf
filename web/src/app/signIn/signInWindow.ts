import type { Me } from "~/api/types";
import { paths } from "../paths";

const CHANNEL = "howdah:sign-in";
const WINDOW = "howdah-sign-in";

/** Where a person signs in the way they did before; it ends at `SignedIn`. */
export function signInAddress({ provider }: Me): string {
  return provider == null ? paths.login(paths.signedIn) : paths.loginWith(provider, paths.signedIn);
}

/** Opens the way that the person signed in before in a small window. False when the browser would not. */
export function openSignInWindow(me: Me): boolean {
  return openSmallWindow(signInAddress(me));
}

/**
 * Signs out whoever is signed in, at their provider too, and shows the sign-in page, all in a small window. Without the
 * first, a provider would let the same person in again without a word. False when the browser would not open it.
 */
export function openSignOutWindow(): boolean {
  if (!openSmallWindow("about:blank")) return false;
  const form = document.createElement("form");
  form.method = "post";
  form.action = paths.logout;
  form.target = WINDOW;
  document.body.append(form);
  form.submit();
  form.remove();
  return true;
}

/** Whether this page stands in the small window, which has done its work once somebody is signed in. */
export function isSignInWindow(): boolean {
  return window.name === WINDOW;
}

/** Told to all other pages of this browser when somebody has signed in. */
export function announceSignIn(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("signed in");
  channel.close();
}

export function onSignIn(listener: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = listener;
  return () => channel.close();
}

/** Opens a page in the small window. Call it from a press. False when the browser would not. */
export function openSmallWindow(address: string): boolean {
  const width = 520;
  const height = 680;
  const left = Math.round(screenX + (outerWidth - width) / 2);
  const top = Math.round(screenY + (outerHeight - height) / 2);
  const features = `popup,width=${width},height=${height},left=${left},top=${top}`;
  return window.open(address, WINDOW, features) !== null;
}
