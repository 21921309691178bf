import { create } from "zustand";
import { useMe } from "./me";
import { paths, routeOf, type Section } from "./paths";

/** Which part of the page is in front: the workbench, or a section of the administration. */
interface Place {
  section: Section | null;
}

const usePlace = create<Place>()(() => ({ section: sectionOf(location.pathname) }));

/** The section that is in front; null: the workbench, as always for people who are no administrators. */
export function useSection(): Section | null {
  const me = useMe();
  const section = usePlace((state) => state.section);
  return me.role === "administrator" ? section : null;
}

/** Brings a section of the administration to the front; the workbench stays as it is behind it. */
export function openSection(section: Section): void {
  history.pushState(null, "", paths.administration(section));
  usePlace.setState({ section });
}

/** Goes back from the administration to the workbench. */
export function leaveAdministration(tabId: string | null): void {
  history.pushState(null, "", paths.workbench(tabId));
  usePlace.setState({ section: null });
}

/** Follows the browser's own way back and forth. */
export function followHistory(): () => void {
  const follow = () => usePlace.setState({ section: sectionOf(location.pathname) });
  addEventListener("popstate", follow);
  return () => removeEventListener("popstate", follow);
}

function sectionOf(pathname: string): Section | null {
  const route = routeOf(pathname);
  return route.page === "administration" ? route.section : null;
}
