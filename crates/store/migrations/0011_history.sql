-- What people ran, each for themselves, and the queries that they keep and share.

create table history (
    -- Begins with the time, so that it is the order too.
    id text not null primary key,
    account_id text not null references accounts (id) on delete cascade,
    at bigint not null,
    -- No reference: what was run outlives the server.
    server_id text,
    server text,
    database_name text,
    role text,
    statement text not null,
    result text not null,
    -- The SQLSTATE.
    code text,
    row_count bigint,
    duration_ms double precision,
    -- What an EXPLAIN brought.
    plan text,
    -- The statement and the names in lower case, for searching.
    search_key text not null
);

create index history_account_id on history (account_id, id);
create index history_at on history (at);

create table saved_queries (
    id text not null primary key,
    owner_id text not null references accounts (id) on delete cascade,
    -- Parts of a path, with slashes between; empty for none.
    folder text not null,
    name text not null,
    -- Both in lower case: what lists are ordered by.
    folder_key text collate "C" not null,
    name_key text collate "C" not null,
    content text not null,
    server_id text,
    database_name text,
    -- As with servers: a word, or a rule on claims.
    audience text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);

create index saved_queries_owner_id on saved_queries (owner_id);
create index saved_queries_audience on saved_queries (audience);
