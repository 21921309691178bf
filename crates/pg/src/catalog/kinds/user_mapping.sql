-- PostgreSQL 15 to 18. $5 a foreign server.
select m.umid::pg_catalog.int8 as id, coalesce(m.usename, 'public') as sort,
       coalesce(m.usename, 'public')::pg_catalog.text as name, 'user_mapping' as kind,
       m.srvname::pg_catalog.text as detail, null::pg_catalog.float8 as rows, null::pg_catalog.text[] as badges
  from pg_catalog.pg_user_mappings m
 where m.srvid = $5::pg_catalog.oid
