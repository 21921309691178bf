import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "~/api/problem";
import type { ProviderHealth } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { formatCount } from "~/ui/format";
import { Ago } from "./Ago";
import { providersQuery, rereadAll } from "./lists";
import styles from "./ProvidersPage.module.css";
import { Section } from "./Section";

/** How the identity providers do. */
export function ProvidersPage() {
  const { data: providers, error, isFetching } = useQuery(providersQuery);
  return (
    <Section
      title="Identity providers"
      count={providers?.length ?? null}
      problem={error ? problemFrom(error) : null}
      busy={isFetching}
      onReload={() => void rereadAll()}
    >
      <ul
        className={styles.list}
        aria-label="Identity providers"
        aria-busy={providers === undefined && !error}
      >
        {providers?.map((provider) => (
          <Provider key={provider.name} provider={provider} />
        ))}
        {providers?.length === 0 && (
          <li className={styles.none}>
            No provider is set up: people sign in with passwords kept here. See docs/providers.md.
          </li>
        )}
      </ul>
    </Section>
  );
}

function Provider({ provider }: { provider: ProviderHealth }) {
  const { display_name, name, issuer, metadata_fetched_at, keys_fetched_at, sign_ins, failures } = provider;
  const failure = provider.last_failure;
  return (
    <li className={styles.provider}>
      <h2>
        {display_name} <State provider={provider} />
      </h2>
      <dl className={styles.facts}>
        <dt>Name in the config</dt>
        <dd>
          <code>{name}</code>
        </dd>
        <dt>Issuer</dt>
        <dd>{issuer == null ? "not known yet" : <code>{issuer}</code>}</dd>
        <dt>Discovery document read</dt>
        <dd>{metadata_fetched_at == null ? "not since Howdah started" : <Ago at={metadata_fetched_at} />}</dd>
        <dt>Signing keys read</dt>
        <dd>{keys_fetched_at == null ? "not since Howdah started" : <Ago at={keys_fetched_at} />}</dd>
        <dt>Since Howdah started</dt>
        <dd>
          {formatCount(sign_ins)} signed in, {formatCount(failures)} failed
        </dd>
        {failure != null && (
          <>
            <dt>Last failure</dt>
            <dd>
              <Ago at={failure.at} />, <code>{failure.code}</code>: {failure.detail}
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}

/** What the numbers come to, in a word. */
function State({ provider }: { provider: ProviderHealth }) {
  if (provider.last_failure?.code === "provider_unavailable")
    return <Badge tone="warning">did not answer</Badge>;
  if (provider.metadata_fetched_at == null) return <Badge>not used yet</Badge>;
  return <Badge tone="success">answers</Badge>;
}
