-- PostgreSQL 15 to 18. $5 a table.
select c.oid::pg_catalog.int8 as id, c.relname as sort, c.relname::pg_catalog.text as name, 'index' as kind,
       a.amname::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       array[case when i.indisprimary then 'primary' when i.indisunique then 'unique' end,
             case when i.indpred is not null then 'partial' end,
             case when not i.indisvalid then 'invalid' end,
             case when i.indisreplident then 'replica identity' end] as badges
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  left join pg_catalog.pg_am a on a.oid = c.relam
 where i.indrelid = $5::pg_catalog.oid
