import { useQuery } from "@tanstack/react-query";
import { fetchCredentialChoices } from "~/api/servers";
import type { CredentialChoices } from "~/api/types";

const nothing: CredentialChoices = {
  exec_allowed: false,
  commands: [],
  service_identity_allowed: false,
  secrets_allowed: false,
  ssh_agent_allowed: false,
};

/** What the person may choose from; nothing until it is known. */
export function useCredentialChoices(): CredentialChoices {
  const { data = nothing } = useQuery({
    queryKey: ["credential-choices"],
    queryFn: fetchCredentialChoices,
    staleTime: 300_000,
  });
  return data;
}

/** Why no secret can be typed; null: it can. */
export function useSecretsBar(): string | null {
  return secretsBar(useCredentialChoices());
}

export function secretsBar({ secrets_allowed }: CredentialChoices): string | null {
  return secrets_allowed ? null : "This Howdah has no key to keep secrets with";
}
