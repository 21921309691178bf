-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.dictname as sort, o.dictname::pg_catalog.text as name, 'text_search_dictionary' as kind,
       t.tmplname::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_ts_dict o
  left join pg_catalog.pg_ts_template t on t.oid = o.dicttemplate
 where o.dictnamespace = $5::pg_catalog.oid
