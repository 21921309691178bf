import { styleNonce } from "~/editor/nonce";

declare global {
  /** Read by the packages that put a style element into the page, such as react-remove-scroll. */
  var __webpack_nonce__: string | undefined;
}

/** Hands the nonce to the packages that look for it. Called before anything is rendered. */
export function shareNonce(): void {
  globalThis.__webpack_nonce__ = styleNonce();
}
