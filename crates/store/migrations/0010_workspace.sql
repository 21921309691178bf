-- What people have open and how they like it: one row a tab, since typing in one changes only that one.

create table tabs (
    account_id text not null references accounts (id) on delete cascade,
    -- Chosen by the page.
    id text not null,
    -- Counts changes of everything but the caret.
    version bigint not null,
    title text not null,
    -- No reference: a tab outlives the server that it ran on.
    server_id text,
    database_name text,
    content text not null,
    -- Bytes of the content: what the limit of an account counts.
    size bigint not null,
    caret bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (account_id, id)
);

create table settings (
    account_id text not null references accounts (id) on delete cascade,
    name text not null,
    version bigint not null,
    -- JSON that only the page understands.
    value text not null,
    updated_at bigint not null,
    primary key (account_id, name)
);
