import { queryOptions } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { fetchMe } from "~/api/account";
import type { Me } from "~/api/types";

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: fetchMe, staleTime: Infinity });

export const MeContext = createContext<Me | null>(null);

/** Who is signed in. Only below `Account`. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe is used outside Account");
  return me;
}

/** Whether the person may change servers; viewers may not. */
export function mayEdit(me: Me): boolean {
  return me.role !== "viewer";
}

/** What the person is called in the page: the address that they sign in with where there is one. */
export function nameOf(me: Me): string {
  return me.email ?? me.username;
}
