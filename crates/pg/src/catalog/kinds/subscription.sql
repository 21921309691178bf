-- PostgreSQL 15 to 18. The subscriptions of the database.
select s.oid::pg_catalog.int8 as id, s.subname as sort, s.subname::pg_catalog.text as name, 'subscription' as kind,
       pg_catalog.array_to_string(s.subpublications, ', ') as detail, null::pg_catalog.float8 as rows,
       array[case when not s.subenabled then 'disabled' end] as badges
  from pg_catalog.pg_subscription s
 where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
