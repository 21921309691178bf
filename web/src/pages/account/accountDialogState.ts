import { create } from "zustand";

type AccountDialog = "sessions" | "password" | "saved-passwords" | "master-password";

/** Which dialog about the person's own account is open. */
export const useAccountDialog = create<{ open: AccountDialog | null }>()(() => ({ open: null }));

export function showSessions(): void {
  useAccountDialog.setState({ open: "sessions" });
}

export function showPasswordChange(): void {
  useAccountDialog.setState({ open: "password" });
}

export function showSavedPasswords(): void {
  useAccountDialog.setState({ open: "saved-passwords" });
}

export function showMasterPasswordChange(): void {
  useAccountDialog.setState({ open: "master-password" });
}

export function closeAccountDialog(): void {
  useAccountDialog.setState({ open: null });
}
