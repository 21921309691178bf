import { expect, it } from "vitest";
import { paths, type Route, routeOf, sections } from "./paths";

it.each<[string, Route]>([
  ["/", { page: "workbench", tabId: null }],
  ["/tabs/a-1", { page: "workbench", tabId: "a-1" }],
  ["/signed-in", { page: "signed-in" }],
  ["/administration", { page: "administration", section: "people" }],
  ["/administration/nosuch", { page: "administration", section: "people" }],
  ["/administration/sessions", { page: "administration", section: "sessions" }],
  ["/administrations", { page: "workbench", tabId: null }],
])("reads %s", (pathname, route) => {
  expect(routeOf(pathname)).toEqual(route);
});

it("reads what it writes", () => {
  for (const section of sections) {
    expect(routeOf(paths.administration(section))).toEqual({ page: "administration", section });
  }
});
