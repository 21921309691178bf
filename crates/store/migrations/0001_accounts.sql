-- People, and the identities that lead to them.

create table accounts (
    id text not null primary key,
    username text not null,
    -- The username in lower case: what uniqueness and order go by.
    username_key text collate "C" not null,
    email text,
    display_name text,
    -- Given by hand; the claims of the last sign-in may raise it.
    role text not null,
    administrator_by_claims bigint not null,
    disabled bigint not null,
    created_at bigint not null,
    last_sign_in_at bigint
);

create unique index accounts_username_key on accounts (username_key);

create table identities (
    issuer text not null,
    subject text not null,
    account_id text not null references accounts (id) on delete cascade,
    provider text not null,
    created_at bigint not null,
    last_sign_in_at bigint not null,
    primary key (issuer, subject)
);

create index identities_account_id on identities (account_id);
