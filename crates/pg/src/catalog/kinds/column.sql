-- PostgreSQL 15 to 18. $5 a relation. Columns have no oid: their numbers stand for it, and give the order.
select a.attnum::pg_catalog.int8 as id, pg_catalog.lpad(a.attnum::pg_catalog.text, 5, '0')::pg_catalog.name as sort,
       a.attname::pg_catalog.text as name,
       case when exists (select from pg_catalog.pg_index i
                          where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey))
            then 'key_column' else 'column' end as kind,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as detail, null::pg_catalog.float8 as rows,
       array[case when a.attnotnull then 'not null' end, case when a.attidentity <> '' then 'identity' end,
             case when a.attgenerated <> '' then 'generated' end] as badges
  from pg_catalog.pg_attribute a
 where a.attrelid = $5::pg_catalog.oid
   and a.attnum > 0
   and not a.attisdropped
