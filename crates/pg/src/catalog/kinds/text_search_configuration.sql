-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.cfgname as sort, o.cfgname::pg_catalog.text as name, 'text_search_configuration' as kind,
       p.prsname::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_ts_config o
  left join pg_catalog.pg_ts_parser p on p.oid = o.cfgparser
 where o.cfgnamespace = $5::pg_catalog.oid
