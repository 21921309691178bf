-- PostgreSQL 15 to 18. The event triggers of the database.
select e.oid::pg_catalog.int8 as id, e.evtname as sort, e.evtname::pg_catalog.text as name, 'event_trigger' as kind,
       e.evtevent::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       array[case e.evtenabled when 'D' then 'disabled' when 'R' then 'replica only' when 'A' then 'always' end] as badges
  from pg_catalog.pg_event_trigger e
