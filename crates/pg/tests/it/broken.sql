-- Objects of whose rows in the catalogue some are missing or wrong, as after a disk that lied. PostgreSQL 15 to 18.
set allow_system_table_mods = on;
create schema torn;
create schema gone;
create table torn.whole (id int primary key);
create table gone.without_schema (id int primary key, note text default 'x');
delete from pg_namespace where nspname = 'gone';
create table torn.without_columns (id int primary key);
delete from pg_attribute where attrelid = 'torn.without_columns'::regclass;
create type torn.mood as enum ('fine');
create table torn.without_type (id int primary key, mood torn.mood default 'fine');
create function torn.takes_mood(torn.mood) returns int language sql as 'select 1';
delete from pg_type where typname = 'mood';
create table torn.depends (id int primary key);
insert into pg_depend
values ('pg_class'::regclass, 'torn.depends'::regclass, 0, 'pg_class'::regclass, 999999, 0, 'n'),
    (999998, 5, 0, 'pg_class'::regclass, 'torn.depends'::regclass, 0, 'n'),
    ('pg_class'::regclass, (select oid from pg_class where relname = 'without_schema'), 0, 'pg_class'::regclass, 'torn.depends'::regclass, 0, 'n');
create view torn.without_query as select 1 as a;
delete from pg_rewrite where ev_class = 'torn.without_query'::regclass;
create table torn.without_index (id int primary key);
delete from pg_class where relname = 'without_index_pkey';
create function torn.without_language() returns int language plpgsql as 'begin return 1; end';
update pg_proc set prolang = 999997 where proname = 'without_language';
create table torn.without_method (id int);
update pg_class set relam = 999996 where relname = 'without_method';
create table torn.without_owner (id int);
update pg_class set relowner = 999995 where relname = 'without_owner';
create table torn.without_function (id int);
create function torn.touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touched before insert on torn.without_function for each row execute function torn.touch();
delete from pg_proc where proname = 'touch' and pronamespace = 'torn'::regnamespace;
create domain torn.without_base as int;
update pg_type set typbasetype = 999994 where typname = 'without_base';
create sequence torn.without_numbers;
delete from pg_sequence where seqrelid = 'torn.without_numbers'::regclass;
create table torn.without_key (id int) partition by list (id);
create table torn.without_key_1 partition of torn.without_key for values in (1);
delete from pg_partitioned_table where partrelid = 'torn.without_key'::regclass;
