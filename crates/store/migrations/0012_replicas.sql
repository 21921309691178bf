-- The processes that share this store, with the time of their last sign of life.

create table replicas (
    name text not null primary key,
    seen_at bigint not null
);
