import { useQuery } from "@tanstack/react-query";
import { FirstRun } from "../FirstRun";
import { serversQuery } from "../servers";
import { NothingOpen } from "./NothingOpen";

/** What stands where no tab is open. */
export function Watermark() {
  const { data: servers } = useQuery(serversQuery);
  if (!servers) return null;
  return servers.length === 0 ? <FirstRun /> : <NothingOpen />;
}
