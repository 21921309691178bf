-- What people did, as it was when they did it. Nothing here refers to another table: the trail outlives accounts and servers.

create table audit_events (
    -- Begins with the time, so that it is the order of the events too.
    id text not null primary key,
    at bigint not null,
    kind text not null,
    result text not null,
    -- The problem's code or the SQLSTATE.
    code text,
    -- The person's name as it was, and in lower case for searching.
    person text,
    person_key text,
    account_id text,
    issuer text,
    subject text,
    session_id text,
    server_id text,
    server text,
    database_name text,
    role text,
    row_count bigint,
    duration_ms double precision,
    client_address text,
    request_id text,
    statement text,
    -- What only this kind of event has, as JSON.
    details text not null,
    -- The statement and the details in lower case, for searching.
    search_key text not null
);

create index audit_events_person on audit_events (person_key, id);
create index audit_events_kind on audit_events (kind, id);
create index audit_events_server on audit_events (server_id, id);
create index audit_events_at on audit_events (at);
