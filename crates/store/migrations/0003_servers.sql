-- PostgreSQL servers as their owners defined them.

create table servers (
    id text not null primary key,
    owner_id text not null references accounts (id),
    name text not null,
    group_name text not null,
    -- Both in lower case: what lists are ordered by.
    name_key text collate "C" not null,
    group_key text collate "C" not null,
    host text not null,
    port bigint not null,
    maintenance_db text not null,
    username text not null,
    role text,
    environment text not null,
    read_only bigint not null,
    comment text,
    -- JSON.
    connection_parameters text not null,
    credential text not null,
    audience text not null,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null
);

create index servers_owner_id on servers (owner_id);
create index servers_order on servers (group_key, name_key, id);
