-- What came with PostgreSQL 17.
create collation plain.built_in (provider = builtin, locale = 'C.UTF-8');
grant maintain on "My Schema"."Orders" to ddl_reader;
create event trigger on_login on login execute function plain.on_event();
alter event trigger on_login disable;
create table plain.own_method (a integer) partition by list (a) using heap_too;
create domain plain.named as text constraint "Must be" not null;
alter statistics plain."Stat" set statistics default;
create subscription sub_17 connection 'dbname=x' publication p with (connect = false, slot_name = 'failing_over', failover = true);
