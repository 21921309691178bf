import { QueryClient } from "@tanstack/react-query";
import { ApiError, UNREACHABLE } from "~/api/problem";

/** What the server said last. Only a request that did not arrive is tried again by itself. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.code === UNREACHABLE,
    },
  },
});
