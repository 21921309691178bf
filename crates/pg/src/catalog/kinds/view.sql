-- PostgreSQL 15 to 18. $5 a schema. reltuples says nothing of a view.
select c.oid::pg_catalog.int8 as id, c.relname as sort, c.relname::pg_catalog.text as name,
       case c.relkind when 'v' then 'view' else 'materialized_view' end as kind,
       null::pg_catalog.text as detail,
       case when c.reltuples >= 0 and c.relkind = 'm' then c.reltuples::pg_catalog.float8 end as rows,
       array[case when not c.relispopulated then 'not populated' end,
             case c.relpersistence when 't' then 'temporary' end,
             case when not pg_catalog.has_any_column_privilege(c.oid, 'SELECT') then 'no SELECT' end] as badges
  from pg_catalog.pg_class c
 where c.relnamespace = $5::pg_catalog.oid
   and c.relkind in ('v', 'm')
