-- Passwords of internal accounts: those who sign in with one here.

create table passwords (
    account_id text not null primary key references accounts (id) on delete cascade,
    -- A PHC string: the algorithm, its parameters, salt and hash.
    hash text not null,
    changed_at bigint not null,
    -- Wrong ones in a row.
    failures bigint not null,
    -- No password is looked at before this moment.
    blocked_until bigint not null
);
