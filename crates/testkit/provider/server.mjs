// A real OpenID provider for tests and the demo: the certified oidc-provider, with people of our own.
//
// Standard input: one line of JSON (ProviderOptions in ../src/openid.rs). Standard output: the issuer, when it answers.
// It ends when its standard input does, so that it never outlives who started it.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import * as oidc from 'oidc-provider';

import { errorPage, sentPage, signInPage, signOutPage } from './pages.mjs';

const HOST = '127.0.0.1';
/** Marks an authorization request that asked for offline_access, see `withRefreshTokens`. */
const OFFLINE = 'howdah_offline';
/** Never sent: its check is where a scope that was not asked for is filled in. */
const DEFAULT_SCOPE = 'howdah_default_scope';

// Nobody reads standard output after its one line: what the library has to say goes to the log.
console.log = console.info = console.error;

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => start(JSON.parse(line)));
lines.once('close', () => process.exit(0));

async function start(options) {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, HOST, resolve);
  });
  const issuer = `http://${HOST}:${server.address().port}`;
  const people = new Map(options.people.map((person) => [person.username, person]));

  const provider = new oidc.Provider(issuer, configure(options, people));
  provider.on('server_error', (_ctx, error) => console.error(error));
  for (const event of ['authorization.error', 'grant.error', 'userinfo.error', 'end_session.error']) {
    provider.on(event, (_ctx, error) => console.error(`${event}: ${error.error_detail ?? error.error_description ?? error.message}`));
  }
  provider.on('grant.success', ({ oidc: { params, entities } }) => {
    if (params.grant_type === 'refresh_token') console.error(`refreshed: ${entities.RefreshToken.accountId}`);
  });

  const answer = provider.callback();
  server.on('request', (request, response) => {
    const uid = /^\/interaction\/([^/?]+)/.exec(request.url)?.[1];
    if (uid) {
      interact(provider, people, options.list_people, request, response).catch((error) => fail(response, error));
    } else {
      request.url = withRefreshTokens(request.url);
      answer(request, response);
    }
  });
  process.stdout.write(`${issuer}\n`);
}

function configure(options, people) {
  const seconds = options.lifetimes;
  const policy = oidc.interactionPolicy.base();
  policy.add(new oidc.interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

  return merge(
    {
      clients: options.clients,
      scopes: ['openid', 'offline_access'],
      claims: {
        openid: ['sub'],
        email: ['email', 'email_verified'],
        profile: ['name', 'preferred_username', 'groups', ...claimNames(people)],
      },
      // Howdah's users run providers that put the claims into the ID token.
      conformIdTokenClaims: false,
      findAccount(_ctx, subject) {
        const person = [...people.values()].find((candidate) => candidate.subject === subject);
        return person && { accountId: subject, claims: () => claimsOf(person) };
      },
      interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
      loadExistingGrant: (ctx) => grantEverything(ctx, options.resource),
      async issueRefreshToken(ctx, client, source) {
        const granted = ctx.oidc.entities.Grant?.getOIDCScope().split(' ') ?? [];
        return client.grantTypeAllowed('refresh_token') && [...source.scopes, ...granted].includes('offline_access');
      },
      // RFC 9068 section 2.2.2: whoever takes the token, such as a database, knows the person by name.
      extraTokenClaims(_ctx, token) {
        const person = [...people.values()].find((candidate) => candidate.subject === token.accountId);
        return person && { email: person.email, preferred_username: person.username };
      },
      extraParams: {
        [OFFLINE]: null,
        // RFC 6749 section 3.3: who asks for nothing in particular, as a device may, gets what there is by default.
        [DEFAULT_SCOPE]: (ctx) => void (ctx.oidc.params.scope ??= 'openid'),
      },
      rotateRefreshToken: true,
      pkce: { required: () => false },
      // PKCE stays optional so that a client that forgets it is found by its own tests.
      ttl: {
        AccessToken: seconds.access_token,
        IdToken: seconds.id_token,
        RefreshToken: seconds.refresh_token,
        AuthorizationCode: 60,
        Interaction: 3600,
        Session: 24 * 3600,
        Grant: 24 * 3600,
      },
      features: {
        devInteractions: { enabled: false },
        // UserInfo takes no token that is for something else.
        ...(options.resource && { resourceIndicators: resourceIndicators(options), userinfo: { enabled: false } }),
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: (ctx, form) => void (ctx.body = signOutPage(form)),
          postLogoutSuccessSource: (ctx) => void (ctx.body = sentPage('You are signed out')),
        },
      },
      renderError(ctx, out) {
        ctx.type = 'html';
        ctx.body = errorPage(out);
      },
      cookies: { keys: [crypto.randomUUID()] },
      jwks: { keys: signingKeys() },
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
      // The library refuses to call loopback addresses, where everything of ours is.
      fetch: (url, { dispatcher: _dispatcher, ...rest }) => fetch(url, rest),
    },
    options.configuration,
  );
}

/** The sign-in page, and what was typed into it. Consent is never asked for. */
async function interact(provider, people, listed, request, response) {
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === 'consent') {
    return provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
  }

  if (request.method === 'POST') {
    const form = new URLSearchParams(await body(request));
    if (form.get('action') === 'cancel') {
      const refusal = { error: 'access_denied', error_description: 'The person cancelled the sign-in' };
      return provider.interactionFinished(request, response, refusal);
    }
    const person = people.get(form.get('username'));
    if (person && person.password === form.get('password')) {
      const result = { login: { accountId: person.subject }, select_account: {}, consent: {} };
      return provider.interactionFinished(request, response, result);
    }
    return html(response, 401, signInPage({ people: shown(people, listed), username: form.get('username'), refused: true }));
  }

  const asked = new URL(request.url, 'http://x').searchParams.get('as');
  const person = listed ? people.get(asked) : undefined;
  const username = person?.username ?? params.login_hint ?? '';
  html(response, 200, signInPage({ people: shown(people, listed), username, password: person?.password }));
}

function shown(people, listed) {
  return listed ? [...people.values()] : [];
}

/** Whoever signs in has consented to what the application asks for. */
async function grantEverything(ctx, resource) {
  const { session, client, params, provider, account } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  const grant =
    (known && (await provider.Grant.find(known))) ??
    new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  grant.addOIDCScope(params[OFFLINE] ? `${params.scope} offline_access` : params.scope);
  if (resource) grant.addResourceScope(resource.audience, resource.scope);
  await grant.save();
  return grant;
}

/** Access tokens are for one resource, named or not, and are JWTs. */
function resourceIndicators({ resource, lifetimes }) {
  return {
    enabled: true,
    defaultResource: () => resource.audience,
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, asked) => {
      if (asked !== resource.audience) throw new oidc.errors.InvalidTarget();
      const { audience, scope } = resource;
      return { audience, scope, accessTokenTTL: lifetimes.access_token, accessTokenFormat: 'jwt' };
    },
  };
}

/**
 * OpenID Connect Core 11 ties offline_access to prompt=consent, and the library drops the scope without it. Entra ID,
 * Okta and Google give refresh tokens all the same. So the wish is kept beside the scope.
 */
function withRefreshTokens(url) {
  if (!/^\/auth\?/.test(url)) return url;
  const parsed = new URL(url, 'http://x');
  if (!parsed.searchParams.get('scope')?.split(' ').includes('offline_access')) return url;
  return `${url}&${OFFLINE}=1`;
}

function claimNames(people) {
  return [...new Set([...people.values()].flatMap((person) => Object.keys(person.claims)))];
}

function claimsOf({ subject, username, name, email, email_verified, groups, claims }) {
  return { sub: subject, preferred_username: username, name, email, email_verified, groups, ...claims };
}

function signingKeys() {
  const jwk = (pair, use) => ({ ...pair.privateKey.export({ format: 'jwk' }), ...use });
  return [
    jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }), { kid: 'rsa', use: 'sig' }),
    jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), { kid: 'ec', use: 'sig' }),
    jwk(generateKeyPairSync('ed25519'), { kid: 'ed', use: 'sig' }),
  ];
}

function merge(base, over) {
  const plain = (value) => value?.constructor === Object;
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = plain(value) && plain(base[key]) ? merge(base[key], value) : value;
  }
  return merged;
}

async function body(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 64 * 1024) throw new Error('the form is too large');
  }
  return text;
}

function html(response, status, page) {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  });
  response.end(page);
}

function fail(response, error) {
  console.error(error);
  html(response, error.statusCode ?? 500, errorPage({ error: error.error, error_description: error.error_description }));
}
