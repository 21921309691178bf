-- One object of every kind, with names and texts that are hard to quote. PostgreSQL 15 and later.

-- Schemas
create schema "My Schema" authorization "ddl owner";
create schema "select";
create schema plain;
comment on schema "My Schema" is E'it''s a "schema"\nwith a \\ backslash and Ünïcode';
grant usage on schema "My Schema" to ddl_reader, ddl_grantor, "ddl ""Grüße""";
grant create on schema plain to ddl_reader with grant option;
grant usage on schema public to ddl_reader;
alter default privileges for role "ddl owner" in schema "My Schema" grant select on tables to ddl_reader;
alter default privileges for role "ddl owner" in schema "My Schema" grant all on sequences to ddl_reader with grant option;
alter default privileges for role "ddl owner" revoke execute on functions from public;
alter default privileges for role ddl_grantor grant usage on schemas to ddl_reader;
alter default privileges for role ddl_grantor grant usage on types to ddl_reader;

-- Collations, conversions
create collation plain.german (provider = icu, locale = 'de-DE');
create collation "My Schema"."C like" (provider = libc, locale = 'C');
create collation plain.two (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
create collation plain.blurred (provider = icu, deterministic = false, locale = 'und-u-ks-level2');
comment on collation plain.german is 'ß';
alter collation plain.german owner to "ddl owner";
create default conversion plain."latin to utf8" for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
comment on conversion plain."latin to utf8" is 'a conversion';

-- Types
create type "My Schema"."Mood" as enum ('sad', 'it''s ok', E'hap\\py', 'ünï');
create type plain.empty_mood as enum ();
comment on type "My Schema"."Mood" is 'how it feels';
revoke usage on type "My Schema"."Mood" from public;
grant usage on type "My Schema"."Mood" to ddl_reader;
create type plain.pair as ("Left" integer, "right" text collate "C", mood "My Schema"."Mood"[]);
comment on column plain.pair."Left" is 'one side';
create type plain.nothing as ();
create type plain.text_range as range (subtype = text, collation = "C", multirange_type_name = plain."text ranges");
create function plain.float_diff(float8, float8) returns float8 language sql immutable as 'select $1 - $2';
create type plain.float_range as range (subtype = float8, subtype_diff = plain.float_diff);
create type plain.shell;
create domain plain.positive as integer default 1 constraint "Is positive" check (value > 0) check (value < 1000000);
alter domain plain.positive add constraint late check (value <> 13) not valid;
comment on domain plain.positive is 'more than nothing';
comment on constraint "Is positive" on domain plain.positive is 'a rule';
create domain "My Schema".email as varchar(100) collate "C" not null check (value ~ '^[^@]+@[^@]+$');
grant usage on domain "My Schema".email to ddl_reader;
alter domain plain.positive owner to "ddl owner";
create type plain.base;
create function plain.base_in(cstring) returns plain.base language internal immutable strict as 'int4in';
create function plain.base_out(plain.base) returns cstring language internal immutable strict as 'int4out';
create type plain.base (input = plain.base_in, output = plain.base_out, internallength = 4, passedbyvalue, alignment = int4,
    default = '0', delimiter = ';', category = 'N');
create type plain.cycled;
create function plain.cycled_canonical(plain.cycled) returns plain.cycled language internal immutable strict as 'int4range_canonical';
create type plain.cycled as range (subtype = integer, canonical = plain.cycled_canonical);

-- Functions, procedures, aggregates
create function "My Schema"."add ""one"""(a integer, out b integer, inout "C" text default 'x''y', variadic rest integer[] default '{1,2}')
    language plpgsql stable strict security definer leakproof parallel safe cost 7 set work_mem = '5MB' set search_path = "My Schema", pg_temp
    as $body$ begin b := a + 1; -- $$ and 'quotes'
    end $body$;
comment on function "My Schema"."add ""one"""(integer, text, integer[]) is 'adds';
revoke execute on function "My Schema"."add ""one"""(integer, text, integer[]) from public;
grant execute on function "My Schema"."add ""one"""(integer, text, integer[]) to ddl_reader with grant option;
create function plain.rows(n integer) returns table (a integer, "B" text) language sql rows 50 begin atomic
    select g, 'x'::text from generate_series(1, n) g; end;
create function plain.set_of(plain.pair) returns setof plain.pair language sql called on null input as 'select $1';
create procedure plain.do_it(in a integer, inout b text) language plpgsql as $$ begin null; end $$;
grant execute on procedure plain.do_it(integer, text) to ddl_reader;
comment on procedure plain.do_it(integer, text) is 'does it';
create function plain.no_body() returns void language sql begin atomic end;
create function plain.windowed(anyelement) returns bigint language internal window immutable strict as 'window_row_number';
create function plain.touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function plain.on_event() returns event_trigger language plpgsql as $$ begin null; end $$;
alter function plain.touch() owner to "ddl owner";
create aggregate plain.total(integer) (sfunc = int4_sum, stype = bigint, combinefunc = int8pl, initcond = '0', parallel = safe,
    msfunc = int4_avg_accum, minvfunc = int4_avg_accum_inv, mstype = bigint[], mfinalfunc = int2int4_sum, minitcond = '{0,0}');
create aggregate plain.how_many(*) (sfunc = int8inc, stype = bigint, initcond = '0');
create aggregate plain.mine(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal,
    finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = read_write);
create aggregate plain.my_rank(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal,
    finalfunc = rank_final, finalfunc_extra, hypothetical);
create aggregate plain.greatest_of(integer) (sfunc = int4larger, stype = integer, sortop = >);
comment on aggregate plain.how_many(*) is 'counts';
comment on aggregate plain.mine(float8 order by anyelement) is 'ordered';
grant execute on function plain.how_many() to ddl_reader;
revoke execute on function plain.how_many() from public;
alter aggregate plain.mine(float8 order by anyelement) owner to "ddl owner";

-- Casts, operators, their classes and families
create function plain.pair_of(integer) returns plain.pair language sql immutable as 'select ($1, null, null)::plain.pair';
create cast (integer as plain.pair) with function plain.pair_of(integer) as assignment;
create cast (plain.pair as text) with inout;
create cast (plain.base as integer) without function as implicit;
comment on cast (integer as plain.pair) is 'a cast';
create function plain.base_lt(plain.base, plain.base) returns boolean language internal immutable strict as 'int4lt';
create function plain.base_gt(plain.base, plain.base) returns boolean language internal immutable strict as 'int4gt';
create function plain.base_le(plain.base, plain.base) returns boolean language internal immutable strict as 'int4le';
create function plain.base_ge(plain.base, plain.base) returns boolean language internal immutable strict as 'int4ge';
create function plain.base_eq(plain.base, plain.base) returns boolean language internal immutable strict as 'int4eq';
create function plain.base_ne(plain.base, plain.base) returns boolean language internal immutable strict as 'int4ne';
create function plain.base_cmp(plain.base, plain.base) returns integer language internal immutable strict as 'btint4cmp';
create function plain.base_minus(plain.base) returns plain.base language internal immutable strict as 'int4um';
create operator plain.< (function = plain.base_lt, leftarg = plain.base, rightarg = plain.base, commutator = operator(plain.>),
    negator = operator(plain.>=), restrict = scalarltsel, join = scalarltjoinsel);
create operator plain.> (function = plain.base_gt, leftarg = plain.base, rightarg = plain.base, commutator = operator(plain.<),
    negator = operator(plain.<=));
create operator plain.<= (function = plain.base_le, leftarg = plain.base, rightarg = plain.base, commutator = operator(plain.>=),
    negator = operator(plain.>));
create operator plain.>= (function = plain.base_ge, leftarg = plain.base, rightarg = plain.base, commutator = operator(plain.<=),
    negator = operator(plain.<));
create operator plain.= (function = plain.base_eq, leftarg = plain.base, rightarg = plain.base, commutator = operator(plain.=),
    negator = operator(plain.<>), hashes, merges);
create operator plain.<> (function = plain.base_ne, leftarg = plain.base, rightarg = plain.base, commutator = operator(plain.<>),
    negator = operator(plain.=));
create operator plain.!- (function = plain.base_minus, rightarg = plain.base);
comment on operator plain.!- (none, plain.base) is 'the other way';
alter operator plain.!- (none, plain.base) owner to "ddl owner";
create operator family plain."Ordered" using btree;
create operator class plain.base_ops default for type plain.base using btree family plain."Ordered" as
    operator 1 plain.<, operator 2 plain.<=, operator 3 plain.=, operator 4 plain.>=, operator 5 plain.>,
    function 1 plain.base_cmp(plain.base, plain.base);
alter operator family plain."Ordered" using btree add operator 1 pg_catalog.< (integer, bigint),
    function 1 (integer, bigint) btint48cmp(integer, bigint);
create operator family plain.empty using hash;
comment on operator class plain.base_ops using btree is 'a class';
comment on operator family plain."Ordered" using btree is 'a family';
alter operator family plain."Ordered" using btree owner to "ddl owner";
create operator class plain.gist_boxes for type box using gist as
    operator 1 << , function 1 gist_box_consistent(internal, box, smallint, oid, internal), function 2 gist_box_union(internal, internal),
    function 5 gist_box_penalty(internal, internal, internal), function 6 gist_box_picksplit(internal, internal),
    function 7 gist_box_same(box, box, internal), storage box;

-- Text search
create text search parser plain."Words" (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype,
    headline = prsd_headline);
create text search template plain.template (init = dsimple_init, lexize = dsimple_lexize);
create text search dictionary "My Schema"."Dict" (template = plain.template, accept = false, stopwords = 'english');
create text search configuration plain.config (parser = plain."Words");
alter text search configuration plain.config add mapping for asciiword, word with "My Schema"."Dict", simple;
comment on text search parser plain."Words" is 'a parser';
comment on text search template plain.template is 'a template';
comment on text search dictionary "My Schema"."Dict" is 'a dictionary';
comment on text search configuration plain.config is 'a configuration';
alter text search configuration plain.config owner to "ddl owner";
alter text search dictionary "My Schema"."Dict" owner to "ddl owner";

-- Languages, transforms, access methods, event triggers, extensions
create function plain.call_handler() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function plain.inline_handler(internal) returns void language c as '$libdir/plpgsql', 'plpgsql_inline_handler';
create function plain.validator(oid) returns void language c strict as '$libdir/plpgsql', 'plpgsql_validator';
create trusted language "Lang" handler plain.call_handler inline plain.inline_handler validator plain.validator;
comment on language "Lang" is 'a language';
revoke usage on language "Lang" from public;
grant usage on language "Lang" to ddl_reader;
alter language "Lang" owner to "ddl owner";
create transform for integer language sql (from sql with function prsd_lextype(internal), to sql with function int4recv(internal));
comment on transform for integer language sql is 'a transform';
create access method "Gist" type index handler gisthandler;
create access method heap_too type table handler heap_tableam_handler;
comment on access method "Gist" is 'a method';
create event trigger "On start" on ddl_command_start when tag in ('CREATE TABLE', 'DROP TABLE') execute function plain.on_event();
create event trigger always_end on ddl_command_end execute function plain.on_event();
alter event trigger "On start" disable;
alter event trigger always_end enable always;
comment on event trigger always_end is 'an event trigger';
create extension citext with schema plain;
comment on extension citext is 'text in upper and lower case';

-- Foreign data
create foreign data wrapper "Wrapper" options (debug 'it''s', "Two Words" 'b');
create server "A server" type 'type' version '1''2' foreign data wrapper "Wrapper" options (host 'h', "Port" '1');
create user mapping for public server "A server" options ("user" 'u', password 'se''cret');
create user mapping for "ddl ""Grüße""" server "A server";
comment on foreign data wrapper "Wrapper" is 'a wrapper';
comment on server "A server" is 'a server';
grant usage on foreign data wrapper "Wrapper" to ddl_reader with grant option;
grant usage on foreign server "A server" to ddl_reader;
alter server "A server" owner to "ddl owner";
create foreign table "My Schema"."Foreign" ("Id" integer options (column_name 'it''s') not null, t text collate "C" default 'x',
    constraint positive check ("Id" > 0)) server "A server" options (schema_name 's', table_name 't"');
comment on foreign table "My Schema"."Foreign" is 'far away';
comment on column "My Schema"."Foreign".t is 'a text';
alter foreign table "My Schema"."Foreign" alter column t set statistics 5;

-- Tables
create sequence plain.counter as smallint increment by -2 minvalue -100 maxvalue 50 start with 40 cache 5 cycle;
create sequence "My Schema"."Zähler";
comment on sequence "My Schema"."Zähler" is 'counts';
grant usage on sequence "My Schema"."Zähler" to ddl_reader;
create unlogged sequence plain.fast;
create table "My Schema"."Order ""x"" with a name of sixty-three bytes in all, no more " (
    id bigint generated always as identity (start with 10 increment by 5 cache 3),
    "Zwei" integer generated by default as identity,
    serial bigserial,
    "Name" varchar(20) collate plain.german default 'it''s' not null,
    price numeric(10, 2) default 1.5 constraint "Not negative" check (price >= 0),
    twice numeric generated always as (price * 2) stored,
    at timestamptz default now() not null,
    mood "My Schema"."Mood" default 'it''s ok',
    tags text[] default array['a', 'b'],
    amount plain.positive,
    gone integer,
    range tstzrange,
    "select" interval default '1 day 02:00:00'
) with (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = false);
alter table "My Schema"."Order ""x"" with a name of sixty-three bytes in all, no more " drop column gone;
alter table "My Schema"."Order ""x"" with a name of sixty-three bytes in all, no more " rename to "Orders";
alter table "My Schema"."Orders" add constraint "Key of orders" primary key (id) include (price) with (fillfactor = 60);
alter table "My Schema"."Orders" add constraint one_name unique nulls not distinct ("Name", price) deferrable initially deferred;
alter table "My Schema"."Orders" add constraint no_overlap exclude using gist (range with &&) where (price > 0);
alter table "My Schema"."Orders" add constraint later check (price < 100) not valid;
alter table "My Schema"."Orders" add constraint mine check (serial > 0) no inherit;
comment on table "My Schema"."Orders" is E'who bought\twhat;\n''quoted''';
comment on column "My Schema"."Orders"."Name" is 'called; so';
comment on constraint "Not negative" on "My Schema"."Orders" is 'a check';
comment on constraint "Key of orders" on "My Schema"."Orders" is 'a key';
alter table "My Schema"."Orders" alter column "Name" set statistics 300, alter column "Name" set storage external,
    alter column tags set compression pglz, alter column price set (n_distinct = -0.5, n_distinct_inherited = 7);
alter table "My Schema"."Orders" replica identity using index "Key of orders";
create index "By name" on "My Schema"."Orders" using btree (lower("Name") collate "C" text_pattern_ops desc nulls last, price)
    include (at) with (fillfactor = 50) where price > 10 and "Name" <> 'it''s';
create unique index one_mood on "My Schema"."Orders" (mood) nulls not distinct;
create index by_expression on "My Schema"."Orders" ((price * 2), (id + 1));
alter index "My Schema".by_expression alter column 1 set statistics 77;
comment on index "My Schema"."By name" is 'an index';
alter table "My Schema"."Orders" cluster on one_mood;
alter table "My Schema"."Orders" owner to "ddl owner";
grant select, insert on "My Schema"."Orders" to ddl_reader;
grant all on "My Schema"."Orders" to ddl_grantor with grant option;
grant update ("Name", price), references (id) on "My Schema"."Orders" to "ddl ""Grüße""" with grant option;
set role ddl_grantor;
grant delete on "My Schema"."Orders" to ddl_reader;
reset role;
revoke truncate on "My Schema"."Orders" from "ddl owner";
grant select on "My Schema"."Orders" to public;
create table plain.lines (
    order_id bigint references "My Schema"."Orders" on update cascade on delete set null deferrable,
    number integer not null, "order" bigint default nextval('plain.counter'), parent_order bigint, parent_number integer,
    primary key (number, "order"),
    constraint "To parent" foreign key (parent_number, parent_order) references plain.lines (number, "order") match full
        on delete set default (parent_order) not valid
);
alter table plain.lines alter column order_id set not null;
alter sequence "My Schema"."Zähler" owner to "ddl owner";
alter sequence "My Schema"."Zähler" owned by "My Schema"."Orders"."Name";
create table plain.circle_a (id integer primary key, b integer);
create table plain.circle_b (id integer primary key, a integer references plain.circle_a);
alter table plain.circle_a add foreign key (b) references plain.circle_b deferrable initially deferred;
create table plain.none ();
create unlogged table plain.quick (a integer, b text) using heap_too with (autovacuum_vacuum_scale_factor = 0.05);
alter table plain.quick replica identity full;
create table plain.typed of plain.pair ("Left" with options primary key default 5);
create table plain.parent (a integer not null default 1, b text default 'p', c integer, check (a > 0));
create table plain.other_parent (d date, c integer);
create table plain.child (b text default 'child', e integer, constraint own check (e > 1)) inherits (plain.parent, plain.other_parent);
alter table plain.child alter column a set default 7, alter column c set not null, alter column d set statistics 9;
create table plain.grandchild () inherits (plain.child);
alter table plain.grandchild alter column b drop default;
create table plain.guarded (id integer, who name default current_user);
alter table plain.guarded enable row level security, force row level security;
create policy "Own rows" on plain.guarded using (who = current_user);
create policy restricted on plain.guarded as restrictive for update to ddl_reader, "ddl ""Grüße""" using (id > 0) with check (id > 1);
create policy adding on plain.guarded for insert to public with check (id < 10);
create policy erasing on plain.guarded for delete using (exists (select from plain.lines l where l.number = guarded.id));
comment on policy "Own rows" on plain.guarded is 'a policy';
create table plain.nullable_identity (a integer, replica integer not null);
create unique index replica_key on plain.nullable_identity (replica);
alter table plain.nullable_identity replica identity using index replica_key;
-- A default that needs a function that needs the table.
create table plain.knot (id integer, label text);
create function plain.knot_label(plain.knot) returns text language sql stable as 'select $1.label';
create function plain.knot_default() returns text language plpgsql as $$ declare k plain.knot; begin return 'd'; end $$;
create function plain.knot_count(k plain.knot default null) returns text language sql begin atomic select 'n' as n; end;
alter table plain.knot alter column label set default plain.knot_count();
alter table plain.knot add constraint knotted check (plain.knot_count() <> label);

-- Partitions
create table plain.measured (at date not null, place text not null, value float8 default 0, id bigint generated always as identity,
    primary key (at, place)) partition by range (at);
create table plain.measured_2020 partition of plain.measured (value default 1) for values from ('2020-01-01') to ('2021-01-01');
create table plain.measured_2021 (value float8, place text not null, at date not null, id bigint not null);
alter table plain.measured attach partition plain.measured_2021 for values from ('2021-01-01') to (maxvalue);
create table plain.measured_rest partition of plain.measured default partition by list (place);
create table plain."Measured A" partition of plain.measured_rest for values in ('a', 'it''s', null);
create table plain.hashed (a integer, b text) partition by hash (a, b collate "C");
create table plain.hashed_0 partition of plain.hashed for values with (modulus 2, remainder 0);
create index measured_value on plain.measured (value);
create index partial_tree on only plain.measured (place);
create index partial_tree_2020 on plain.measured_2020 (place);
alter index plain.partial_tree attach partition plain.partial_tree_2020;
alter table plain.measured_2020 add constraint checked check (value >= 0);
create table plain.refers (at date, place text, foreign key (at, place) references plain.measured);
create table plain.referring (id integer, at date, place text, foreign key (at, place) references plain.measured) partition by list (id);
create table plain.referring_1 partition of plain.referring for values in (1);
comment on table plain.measured_2020 is 'a partition';

-- Views
create view "My Schema"."View" with (security_barrier, security_invoker = true) as
    select o.id, o."Name" as "Der Name", l.number from "My Schema"."Orders" o left join plain.lines l on l.order_id = o.id where o.price > 1;
alter view "My Schema"."View" alter column number set default 5;
comment on view "My Schema"."View" is 'a view';
comment on column "My Schema"."View"."Der Name" is 'its name';
grant select on "My Schema"."View" to ddl_reader;
create view plain.checked as select number, "order" from plain.lines where number > 0 with local check option;
create view plain.grouped as select o.id, o."Name", o.at, count(*) as n from "My Schema"."Orders" o join plain.lines l on l.order_id = o.id group by o.id;
create recursive view plain.counting (n) as values (1) union all select n + 1 from counting where n < 10;
create view plain.a_first as select 1 as one;
create view plain.z_last as select one from plain.a_first;
create or replace view plain.a_first as select 1 as one, (select count(*) from plain.hashed) as many;
create view plain.ruled as select number from plain.lines;
create view plain.round_a as select 1 as n, null::text collate "C" as t;
create function plain.round_f() returns setof plain.round_a language sql begin atomic select n, t from plain.round_a; end;
create or replace view plain.round_a as select 1 as n, t from plain.round_f();
create materialized view plain.kept using heap_too with (fillfactor = 80) as select place, sum(value) as total from plain.measured group by place with no data;
create unique index kept_place on plain.kept (place);
alter materialized view plain.kept alter column total set statistics 12;
comment on materialized view plain.kept is 'kept';
alter materialized view plain.kept owner to "ddl owner";
create materialized view plain.kept_of_kept as select * from plain.kept with no data;

-- Rules, triggers
create rule "Insert" as on insert to plain.ruled do instead insert into plain.lines (number) values (new.number) returning lines.number;
create rule told as on update to plain.lines where new.number > 10 do also (delete from plain.circle_b where id = old.number; insert into plain.none default values);
create rule notes as on delete to plain.lines do also notify "Changed";
alter table plain.lines disable rule told;
comment on rule told on plain.lines is 'a rule';
create trigger "Touch it" before insert or update of number, "order" on plain.lines for each row when (new.number > 5)
    execute function plain.touch('it''s', E'a\\b');
create trigger after_all after delete on plain.lines referencing old table as "Old rows" for each statement execute function plain.touch();
create constraint trigger checking after insert on plain.lines from plain.circle_a deferrable initially deferred for each row
    execute function plain.touch();
create trigger instead instead of delete on plain.ruled for each row execute function plain.touch();
create trigger of_all after insert on plain.measured for each row execute function plain.touch();
alter table plain.measured_2020 disable trigger of_all;
alter table plain.lines disable trigger "Touch it";
alter table plain.lines enable always trigger after_all;
comment on trigger "Touch it" on plain.lines is 'a trigger';

-- Extended statistics
create statistics plain."Stat" (ndistinct, dependencies) on price, "Name" from "My Schema"."Orders";
create statistics "My Schema".expressed (mcv) on lower("Name"), (price * 2) from "My Schema"."Orders";
alter statistics plain."Stat" set statistics 44;
alter statistics plain."Stat" owner to "ddl owner";
comment on statistics plain."Stat" is 'statistics';

-- Publications, subscriptions
create publication "Everything" for all tables with (publish = 'insert, update', publish_via_partition_root = true);
create publication "some" for table plain.lines (number, "order") where (number > 3), plain.parent, only plain.child;
create publication of_schemas for table plain.parent, tables in schema "select", "My Schema";
create publication nothing with (publish = '');
comment on publication "some" is 'a publication';
alter publication nothing owner to "ddl owner";
create subscription "Sub" connection 'host=nowhere password=''it s''' publication "Pub 1", pub2
    with (connect = false, slot_name = 'a_slot', binary = true, streaming = true, synchronous_commit = 'remote_apply', disable_on_error = true);
create subscription sub_without connection 'dbname=x' publication p with (connect = false, slot_name = none, streaming = false);
comment on subscription "Sub" is 'a subscription';

-- Large objects
select lo_create(424242);
comment on large object 424242 is 'large';
grant select on large object 424242 to ddl_reader;
select lo_create(424243);
alter large object 424243 owner to "ddl owner";

-- What depends on something in an unusual way
create procedure plain.out_only(out a integer, in b text default 'x') language plpgsql as $$ begin a := 1; end $$;
grant select on sequence "My Schema"."Order ""x"" with a name of sixty-three bytes in all, no mo_id_seq" to ddl_reader;
comment on sequence "My Schema"."Order ""x"" with a name of sixty-three bytes in all, no mo_id_seq" is 'of a column';
create function plain.goes_with() returns integer language sql as 'select 1';
alter function plain.goes_with() depends on extension citext;
alter index "My Schema".by_expression depends on extension citext;
create table plain.uses_extension (name plain.citext primary key, check (name <> 'x'));
create domain plain.checked_by as integer;
create function plain.judge(plain.checked_by) returns boolean language sql begin atomic select $1 > 0 as yes; end;
alter domain plain.checked_by add constraint judged check (plain.judge(value));
create domain plain.of_domain as plain.positive[] default null check (cardinality(value) > 0);
create table plain.pg_class (relname text, "integer" integer, "User" name, "a""b" text, check ("User" <> "a""b"));
create function plain.lower(text) returns text language sql immutable as 'select $1';
create function plain.knot_or(plain.knot, plain.knot) returns boolean language sql begin atomic select ($1).id = ($2).id as same; end;
create operator plain.|| (function = plain.knot_or, leftarg = plain.knot, rightarg = plain.knot);
create view plain.names as select lower(relname), plain.lower(relname) as own, relname || 'x' as x, "User", "a""b", array[1, 2] as list,
    case when "integer" > 1 then 'a' end as chosen, row_number() over (partition by relname order by "integer") as n
    from plain.pg_class where relname in (select name from plain.uses_extension);
create view plain.joined as select * from plain.circle_a a join plain.circle_b b using (id) left join lateral (select b + 1 as c) d on true;
create table plain.indexed_twice (a integer, b text collate "C");
create index on plain.indexed_twice using gin (string_to_array(b, ','));
create index on plain.indexed_twice using brin (a) with (pages_per_range = 16, autosummarize = true);
create index on plain.indexed_twice using hash (b);
create table plain.generated_parent (a integer, g integer generated always as (a + 1) stored);
create table plain.generated_child (h integer) inherits (plain.generated_parent);
create table plain.far_partitions (a integer, t text) partition by list (a);
create foreign table plain.far_1 partition of plain.far_partitions for values in (1) server "A server" options (table_name 'x');
create table plain.tree (id integer, up integer, part integer, primary key (part, id), foreign key (part, up) references plain.tree)
    partition by list (part);
create table plain.tree_1 partition of plain.tree for values in (1) partition by list (id);
create table plain.tree_1_1 partition of plain.tree_1 for values in (1);
alter table plain.tree_1_1 add constraint only_here foreign key (up) references plain.circle_a;
create unique index tree_up on plain.tree (part, id, up);
create table plain.part_of_late (part integer not null, up integer, id integer not null);
alter table plain.tree attach partition plain.part_of_late default;
create view plain.of_tree as select part, id, up from plain.tree group by part, id;
create table plain.placed (a integer unique using index tablespace "Ddl space", b text) tablespace "Ddl space";
create index placed_b on plain.placed (b) with (fillfactor = 50) tablespace "Ddl space" where a > 1;
create materialized view plain.placed_view tablespace "Ddl space" as select a from plain.placed with no data;
create table plain.placed_parent (a integer) partition by list (a) tablespace "Ddl space";
