import { useSyncExternalStore } from "react";
import type { Connected } from "~/api/types";
import { useInteractions } from "./connect";
import { type Interaction, interactionWords } from "./interaction";
import { useServer } from "./servers";

/** Tells assistive technology what is asked of the person, wherever it is shown. Stands once in the page. */
export function InteractionAnnouncer() {
  const [serverId, interaction] = Object.entries(useInteractions((state) => state.byServer)).at(-1) ?? [];
  return (
    <div className="visually-hidden" role="status">
      {serverId !== undefined && interaction && <Words serverId={serverId} interaction={interaction} />}
    </div>
  );
}

function Words({ serverId, interaction }: { serverId: string; interaction: Interaction<Connected> }) {
  const view = useSyncExternalStore(interaction.subscribe, interaction.view);
  const server = useServer(serverId);
  return `${server?.name ?? "The server"}: ${interactionWords(view)}`;
}
