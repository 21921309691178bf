-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_publication p
 cross join lateral (values
   (1, 'Sends', pg_catalog.concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end), null, null),
   (2, 'Partitions', case when p.pubviaroot then 'as their root' else 'as themselves' end, null, null),
   (3, 'Generated', case pg_catalog.to_jsonb(p) ->> 'pubgencols' when 's' then 'stored columns' when 'n' then 'no columns' end, null, null)
   ) f (at, label, value, form, address)
 where p.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'published', pg_catalog.row_number() over (order by c.relname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(pg_catalog.concat(n.nspname, '.', c.relname), 'table', 'pg_class/' || c.oid),
         (select pg_catalog.string_agg(a.attname, ', ' order by a.attnum) from pg_catalog.pg_attribute a
           where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)),
         case when not $2::pg_catalog.bool then pg_catalog.pg_get_expr(r.prqual, r.prrelid) end)
  from pg_catalog.pg_publication_rel r
  join pg_catalog.pg_class c on c.oid = r.prrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where r.prpubid = $1::pg_catalog.oid
union all
select 'published_schemas', pg_catalog.row_number() over (order by n.nspname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(n.nspname, 'schema', 'pg_namespace/' || n.oid))
  from pg_catalog.pg_publication_namespace s
  join pg_catalog.pg_namespace n on n.oid = s.pnnspid
 where s.pnpubid = $1::pg_catalog.oid
