-- PostgreSQL 15 to 18. $5 a schema. Partitions stand below what they are partitions of.
-- reltuples is -1 before the first ANALYZE.
select c.oid::pg_catalog.int8 as id, c.relname as sort, c.relname::pg_catalog.text as name,
       case c.relkind when 'r' then 'table' when 'p' then 'partitioned_table' when 'f' then 'foreign_table' end as kind,
       null::pg_catalog.text as detail,
       case when c.reltuples >= 0 then c.reltuples::pg_catalog.float8 end as rows,
       array[case when c.relrowsecurity then 'row security' end, case c.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' end,
             case when c.relkind = 'f' then 'foreign' when c.relkind = 'p' then 'partitioned' end,
             case when not pg_catalog.has_any_column_privilege(c.oid, 'SELECT') then 'no SELECT' end] as badges
  from pg_catalog.pg_class c
 where c.relnamespace = $5::pg_catalog.oid
   and c.relkind in ('r', 'p', 'f')
   and not c.relispartition
