// The provider's pages. Plain HTML: they work without JavaScript.

const STYLE = `
  :root { color-scheme: light dark;
    --ground: #eef0f4; --card: #ffffff; --fg: #191d25; --fg-2: #49515f; --line: #e1e4ea; --control: #868f9e;
    --hover: #eceef3; --accent: #3358d4; --accent-hover: #2a4bbc; --danger: #b3261a; --danger-tint: #fdeeec;
    --danger-line: #efb5ae; --tint: #e6f3f9; --tint-line: #a3d0e3; --tint-fg: #0b668a; }
  @media (prefers-color-scheme: dark) { :root {
    --ground: #111317; --card: #21252d; --fg: #e3e6eb; --fg-2: #adb5c1; --line: #2a2f38; --control: #6f798a;
    --hover: #252a33; --accent: #4263dc; --accent-hover: #4a6bdf; --danger: #ff9085; --danger-tint: #331b1b;
    --danger-line: #6f302c; --tint: #132830; --tint-line: #28576a; --tint-fg: #68c1e1; } }
  * { box-sizing: border-box; margin: 0; }
  body { display: grid; place-items: center; min-height: 100vh; padding: 16px; background: var(--ground); color: var(--fg);
    font: 13px/20px -apple-system, "Segoe UI Variable Text", "Segoe UI", Inter, Roboto, "Noto Sans", Cantarell, Ubuntu,
      "Helvetica Neue", "DejaVu Sans Condensed", sans-serif; }
  main { width: 376px; max-width: 100%; padding: 32px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
  .kind { display: inline-block; padding: 0 6px; border: 1px solid var(--tint-line); border-radius: 3px;
    background: var(--tint); color: var(--tint-fg); font-size: 11px; line-height: 18px; }
  h1 { margin: 12px 0 4px; font-size: 18px; line-height: 24px; font-weight: 600; letter-spacing: -.01em; }
  p { color: var(--fg-2); }
  h2 { margin: 24px 0 8px; font-size: 12px; line-height: 16px; font-weight: 600; color: var(--fg-2); }
  form, .people { display: grid; gap: 12px; margin-top: 24px; }
  .people { gap: 8px; margin-top: 0; padding: 0; list-style: none; }
  .people a { display: grid; grid-template-columns: 32px 1fr; gap: 0 10px; padding: 7px 10px; border: 1px solid var(--line);
    border-radius: 5px; color: var(--fg); text-decoration: none; }
  .people a:hover { background: var(--hover); }
  .people b { grid-row: span 2; display: grid; place-items: center; border-radius: 999px; width: 32px; height: 32px; margin: 2px 0;
    background: var(--tint); color: var(--tint-fg); font-size: 12px; font-weight: 600; }
  .people small { color: var(--fg-2); font-size: 12px; line-height: 16px; }
  label { display: grid; gap: 4px; font-weight: 500; }
  input { height: 36px; padding: 0 10px; border: 1px solid var(--control); border-radius: 5px; background: var(--card);
    color: var(--fg); font: inherit; }
  button { height: 36px; border: 1px solid transparent; border-radius: 5px; background: var(--accent); color: #fff; font: inherit;
    font-weight: 500; cursor: pointer; }
  button:hover { background: var(--accent-hover); }
  button.quiet { background: none; border-color: var(--line); color: var(--fg); }
  button.quiet:hover { background: var(--hover); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  .refused { margin-top: 20px; padding: 12px; border: 1px solid var(--danger-line); border-radius: 5px; background: var(--danger-tint);
    color: var(--danger); }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 12px; margin-top: 16px; overflow-wrap: anywhere; }
  dt { color: var(--fg-2); }
`;

/** @param {{people: {username: string, name: string, groups: string[]}[], username?: string, password?: string, refused?: boolean}} view */
export function signInPage({ people, username = '', password = '', refused = false }) {
  const filled = username !== '' && password !== '';
  return page(
    'Sign in',
    `<h1>Sign in</h1>
    <p>This provider knows its people only for this run.</p>
    ${refused ? '<p class="refused" role="alert">User name and password do not match.</p>' : ''}
    ${people.length > 0 ? listOf(people) : ''}
    <form method="post">
      <label>User name<input name="username" value="${escape(username)}" autocomplete="username" required${username === '' ? ' autofocus' : ''}></label>
      <label>Password<input name="password" type="password" value="${escape(password)}" autocomplete="current-password" required${username !== '' && !filled ? ' autofocus' : ''}></label>
      <button${filled ? ' autofocus' : ''}>Sign in</button>
      <button class="quiet" name="action" value="cancel" formnovalidate>Cancel</button>
    </form>`,
  );
}

export function signOutPage(form) {
  return page(
    'Sign out',
    `<h1>Sign out here too?</h1>
    <p>You are signed out of the application. The next sign-in asks for your password again if you also sign out here.</p>
    ${form.replace('</form>', `
      <button name="logout" value="yes" autofocus>Sign out</button>
      <button class="quiet">Stay signed in</button></form>`)}`,
  );
}

export function sentPage(title) {
  return page(title, `<h1>${escape(title)}</h1><p>You can close this page.</p>`);
}

export function errorPage(facts) {
  const rows = Object.entries(facts).filter(([, value]) => value !== undefined);
  return page(
    'That did not work',
    `<h1>That did not work</h1>
    <p>Start the sign-in again from the application.</p>
    <dl>${rows.map(([key, value]) => `<dt>${escape(key)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>`,
  );
}

function listOf(people) {
  const entries = people.map(({ username, name, groups }) => {
    const initials = name.split(' ').map((word) => word[0]).join('').slice(0, 2).toUpperCase();
    const detail = groups.length > 0 ? groups.join(', ') : 'in no group';
    return `<li><a href="?as=${encodeURIComponent(username)}"><b aria-hidden="true">${escape(initials)}</b>
      <span>${escape(name)}</span><small>${escape(username)} · ${escape(detail)}</small></a></li>`;
  });
  return `<h2>Choose someone to be</h2><ul class="people">${entries.join('')}</ul>`;
}

function page(title, content) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} - demo identity provider</title>
<style>${STYLE}</style>
</head>
<body><main><span class="kind">Demo identity provider</span>
${content}
</main></body>
</html>`;
}

function escape(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}
