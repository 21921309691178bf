-- Passwords that people save, each person's under a data key of their own: see data_keys.rs and saved_secrets.rs.

create table data_keys (
    account_id text not null primary key references accounts (id) on delete cascade,
    -- Stands in each text that was sealed under the key.
    id text not null,
    -- The key, sealed under another; names algorithm and key.
    wrapped text not null,
    -- What the other one comes from.
    protection text not null,
    -- How it is made from a password: algorithm, costs and salt.
    derivation text,
    created_at bigint not null,
    changed_at bigint not null,
    -- Wrong passwords in a row.
    failures bigint not null,
    -- No password is tried before this moment.
    blocked_until bigint not null
);

create table saved_secrets (
    account_id text not null references accounts (id) on delete cascade,
    server_id text not null,
    kind text not null,
    -- Whom it logs in, and where. It is used for nobody and nowhere else.
    target text not null,
    sealed text not null,
    saved_at bigint not null,
    -- Since when the other side does not take it.
    refused_at bigint,
    primary key (account_id, server_id, kind)
);

create index saved_secrets_server_id on saved_secrets (server_id);

-- Data keys that a session has opened, sealed under a key that only the browser's cookie yields.
create table unlocked_keys (
    session_id text not null primary key references sessions (id) on delete cascade,
    sealed text not null
);
