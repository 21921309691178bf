-- What came with PostgreSQL 18.
create table plain.eighteen (a integer constraint "A is there" not null, b integer not null no inherit, c integer,
    v integer generated always as (a * 2) virtual, s integer generated always as (a * 3) stored,
    constraint unenforced check (c > 0) not enforced);
alter table plain.eighteen add constraint c_later not null c not valid;
comment on constraint "A is there" on plain.eighteen is 'not null';
create table plain.eighteen_child (d integer, constraint own_name not null b) inherits (plain.eighteen);
create extension btree_gist with schema plain;
create table plain.periods (id integer, valid daterange, primary key (id, valid without overlaps));
create table plain.in_periods (id integer, at daterange, foreign key (id, period at) references plain.periods (id, period valid),
    other integer references plain.circle_a not enforced);
create publication generated for table plain.eighteen with (publish_generated_columns = stored);
create table plain.own_nulls (a integer not null, constraint own_nulls_check check (a > 0)) partition by list (a);
create table plain.own_nulls_1 (a integer constraint other_name not null, constraint own_nulls_check check (a > 0));
alter table plain.own_nulls attach partition plain.own_nulls_1 for values in (1);
alter default privileges for role ddl_grantor grant select on large objects to ddl_reader;
