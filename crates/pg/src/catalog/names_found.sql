-- PostgreSQL 15 to 18. The best of all parts of names.sql. $1 a pattern, $2 the text, $3 limit, $4 whether PostgreSQL's own
-- are among them, $5 kinds.
select f.catalog, f.id, f.kind, n.nspname, r.relname, f.name,
       case f.catalog when 'pg_proc' then
           -- What a function takes is not to be had where one of its types is gone.
           (select pg_catalog.pg_get_function_identity_arguments(p.oid) from pg_catalog.pg_proc p
             where p.oid = f.id::pg_catalog.oid
               and not exists (select from pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[])) a (type)
                                where not exists (select from pg_catalog.pg_type t where t.oid = a.type)))
                      when 'pg_operator' then
           (select pg_catalog.concat_ws(', ', pg_catalog.format_type(nullif(o.oprleft, 0), null), pg_catalog.format_type(o.oprright, null))
              from pg_catalog.pg_operator o where o.oid = f.id::pg_catalog.oid) end
  from (select a.* from (PARTS) a
         order by a.rank, pg_catalog.length(a.name), a.name collate "C", a.id limit $3::pg_catalog.int4) f
  left join pg_catalog.pg_namespace n on n.oid = f.schema
  left join pg_catalog.pg_class r on r.oid = f.relation
 order by f.rank, pg_catalog.length(f.name), f.name collate "C", f.id
