-- PostgreSQL 15 to 18. $5 a table.
select s.oid::pg_catalog.int8 as id, s.stxname as sort, s.stxname::pg_catalog.text as name, 'statistics' as kind,
       (select pg_catalog.string_agg(case k.kind when 'd' then 'ndistinct' when 'f' then 'dependencies' when 'm' then 'mcv'
                                                 else 'expressions' end, ', ')
          from pg_catalog.unnest(s.stxkind) k (kind)) as detail,
       null::pg_catalog.float8 as rows, null::pg_catalog.text[] as badges
  from pg_catalog.pg_statistic_ext s
 where s.stxrelid = $5::pg_catalog.oid
