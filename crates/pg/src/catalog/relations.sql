-- PostgreSQL 15 to 18. $1 filter, $2 name and $3 oid of the last entry seen, $4 limit, $5 schema, $6 kinds.
-- reltuples is -1 before the first ANALYZE, and says nothing of a view.
select c.oid,
       c.relname,
       c.relkind,
       case when c.reltuples >= 0 and c.relkind <> 'v' then c.reltuples::pg_catalog.float8 end,
       c.relispartition,
       (select d.description from pg_catalog.pg_description d
         where d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = c.oid and d.objsubid = 0)
  from pg_catalog.pg_class c
 where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = $5::pg_catalog.name)
   and c.relkind = any ($6::pg_catalog."char"[])
   and ($1::pg_catalog.text is null
        or pg_catalog.strpos(pg_catalog.lower(c.relname::pg_catalog.text), pg_catalog.lower($1)) > 0)
   and ($2::pg_catalog.text is null
        or (c.relname, c.oid) > ($2::pg_catalog.name, $3::pg_catalog.oid))
 order by c.relname, c.oid
 limit $4::pg_catalog.int4
