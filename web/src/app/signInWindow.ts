import { paths } from "./paths";

const CHANNEL = "howdah:sign-in";

/** Opens the sign-in page in a small window. False when the browser would not. */
export function openSignInWindow(): boolean {
  const width = 520;
  const height = 680;
  const left = Math.round(screenX + (outerWidth - width) / 2);
  const top = Math.round(screenY + (outerHeight - height) / 2);
  const features = `popup,width=${width},height=${height},left=${left},top=${top}`;
  return window.open(paths.login(paths.signedIn), "howdah-sign-in", features) !== null;
}

/** Said by the small window when the person has signed in; every page of the account's hears it. */
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
