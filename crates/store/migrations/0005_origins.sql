-- Where sessions come from, so that a provider can end them, and who came from a provider and was not let in.

alter table sessions add column provider text;
alter table sessions add column issuer text;
alter table sessions add column subject text;
-- A hash of the issuer and its own id of the session.
alter table sessions add column provider_session bytea;
alter table sessions add column client_address text;
alter table sessions add column user_agent text;
-- Until then one process may redeem the session's refresh token, and no other.
alter table sessions add column renewing_until bigint;

create index sessions_identity on sessions (issuer, subject);
create index sessions_provider_session on sessions (provider_session);

create table logout_tokens (
    -- A hash of the issuer and the token's id.
    id bytea not null primary key,
    expires_at bigint not null
);

create index logout_tokens_expires_at on logout_tokens (expires_at);

create table refused_sign_ins (
    issuer text not null,
    subject text not null,
    provider text not null,
    username text not null,
    email text,
    last_refused_at bigint not null,
    times bigint not null,
    primary key (issuer, subject)
);

create index refused_sign_ins_last_refused_at on refused_sign_ins (last_refused_at);
