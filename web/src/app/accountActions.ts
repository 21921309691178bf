import {
  KeyRound,
  LockKeyhole,
  LogIn,
  LogOut,
  type LucideIcon,
  MonitorSmartphone,
  ShieldCheck,
} from "lucide-react";
import type { Me } from "~/api/types";
import { showPasswordChange, showSavedPasswords, showSessions } from "~/pages/account/accountDialogState";
import { openSection } from "./place";
import { offerRenewal } from "./signIn/signIn";
import { signOut } from "./signOut";

/** Something that a person can do with their own account, in the menu and in the palette. */
interface AccountAction {
  id: string;
  title: string;
  /** True when it asks for more before it does anything. */
  asks: boolean;
  icon: LucideIcon;
  run: () => void;
}

/** What this person can do, in the menu's order; signing out comes last. */
export function accountActions({ can_change_password, provider_status, role }: Me): AccountAction[] {
  const again = provider_status?.state === "refused";
  return [
    ...(again
      ? [{ id: "account.sign-in", title: "Sign in again", asks: true, icon: LogIn, run: offerRenewal }]
      : []),
    {
      id: "account.sessions",
      title: "Your sessions",
      asks: true,
      icon: MonitorSmartphone,
      run: showSessions,
    },
    {
      id: "account.saved-passwords",
      title: "Saved passwords",
      asks: true,
      icon: LockKeyhole,
      run: showSavedPasswords,
    },
    ...(can_change_password
      ? [
          {
            id: "account.password",
            title: "Change password",
            asks: true,
            icon: KeyRound,
            run: showPasswordChange,
          },
        ]
      : []),
    ...(role === "administrator"
      ? [
          {
            id: "account.administration",
            title: "Administration",
            asks: false,
            icon: ShieldCheck,
            run: () => openSection("people"),
          },
        ]
      : []),
    { id: "account.sign-out", title: "Sign out", asks: false, icon: LogOut, run: () => void signOut() },
  ];
}
