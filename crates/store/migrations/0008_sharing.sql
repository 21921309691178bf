-- What a person sets for themselves at a server that is somebody else's or stands in the config. Null: as it is shared.

create table own_settings (
    account_id text not null references accounts (id) on delete cascade,
    -- Of `servers`, or of a server that only the config knows.
    server_id text not null,
    name text,
    group_name text,
    -- Both in lower case: what lists are ordered by.
    name_key text collate "C",
    group_key text collate "C",
    username text,
    role text,
    environment text,
    post_connection_sql text,
    updated_at bigint not null,
    primary key (account_id, server_id)
);

create index own_settings_server_id on own_settings (server_id);
