declare global {
  /** Read by the packages that put a style element into the page, such as react-remove-scroll. */
  var __webpack_nonce__: string | undefined;
}

/** The nonce under which the content security policy lets a style element be added; CodeMirror wants it too. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

/** Hands the nonce to the packages that look for it. Called before anything is rendered. */
export function shareNonce(): void {
  globalThis.__webpack_nonce__ = styleNonce();
}
