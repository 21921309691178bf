import { ErrorBoundary } from "./ErrorBoundary";
import { routeOf } from "./paths";
import { Account } from "./Account";
import { SignedIn } from "./signIn/SignedIn";

/** Which page stands at which address. */
export function Routes() {
  const route = routeOf(location.pathname);
  switch (route.page) {
    case "signed-in":
      return <SignedIn />;
    case "workbench":
    case "saved-query":
    case "administration":
      return (
        <ErrorBoundary what="page">
          <Account />
        </ErrorBoundary>
      );
  }
}
