-- Sealed under keys that only the browser's cookie yields: see seal.rs.

create table sessions (
    id text not null primary key,
    -- Derived from the cookie, which is not kept.
    lookup bytea not null,
    account_id text not null references accounts (id) on delete cascade,
    contents bytea not null,
    -- Counts changes of the contents.
    version bigint not null,
    created_at bigint not null,
    last_used_at bigint not null,
    idle_timeout bigint not null,
    expires_at bigint not null
);

create unique index sessions_lookup on sessions (lookup);
create index sessions_account_id on sessions (account_id);
create index sessions_expires_at on sessions (expires_at);

create table pending_sign_ins (
    -- Derived from the flow cookie and the state together.
    lookup bytea not null primary key,
    -- Derived from the flow cookie alone: what the number in parallel is counted by.
    flow bytea not null,
    contents bytea not null,
    created_at bigint not null,
    expires_at bigint not null
);

create index pending_sign_ins_flow on pending_sign_ins (flow, created_at);
create index pending_sign_ins_expires_at on pending_sign_ins (expires_at);
