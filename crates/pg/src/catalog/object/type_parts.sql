-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_type t
  left join pg_catalog.pg_range r on r.rngtypid = t.oid
 cross join lateral (values
   (1, 'Kind', case t.typtype when 'e' then 'enum' when 'c' then 'composite' when 'r' then 'range' when 'm' then 'multirange' when 'p' then 'pseudo' when 'b' then 'base' end, null, null),
   (2, 'Based on', case when t.typbasetype <> 0 then pg_catalog.format_type(t.typbasetype, t.typtypmod) end, 'code', 'pg_type/' || t.typbasetype),
   (3, 'Null', case when t.typtype = 'd' then case when t.typnotnull then 'not null' else 'null' end end, null, null),
   (4, 'Default', t.typdefault, 'code', null),
   (5, 'Range of', pg_catalog.format_type(r.rngsubtype, null), 'code', 'pg_type/' || r.rngsubtype),
   (6, 'Multirange', pg_catalog.format_type(r.rngmultitypid, null), 'code', null),
   (7, 'Array', pg_catalog.format_type(nullif(t.typarray, 0), null), 'code', null),
   (8, 'Rows of', (select c.relname::pg_catalog.text from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind <> 'c'), 'code', 'pg_class/' || t.typrelid),
   (9, 'Length', case when t.typtype = 'b' then case when t.typlen > 0 then t.typlen || ' bytes' else 'varies' end end, null, null),
   (10, 'Input', case when t.typtype = 'b' then t.typinput::pg_catalog.text end, 'code', null),
   (11, 'Output', case when t.typtype = 'b' then t.typoutput::pg_catalog.text end, 'code', null)
   ) f (at, label, value, form, address)
 where t.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'labels', pg_catalog.row_number() over (order by e.enumsortorder), pg_catalog.json_build_array(
         e.enumlabel)
  from pg_catalog.pg_enum e
 where e.enumtypid = $1::pg_catalog.oid
union all
select 'attributes', pg_catalog.row_number() over (order by a.attnum), pg_catalog.json_build_array(
         a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (select e.description from pg_catalog.pg_description e
           where e.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objoid = a.attrelid and e.objsubid = a.attnum))
  from pg_catalog.pg_type t
  join pg_catalog.pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
 where t.oid = $1::pg_catalog.oid
union all
select 'constraints', pg_catalog.row_number() over (order by k.conname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(k.conname, 'check', 'pg_constraint/' || k.oid),
         pg_catalog.concat_ws(', ', case k.contype when 'n' then 'not null' else 'check' end, case when not k.convalidated then 'not valid' end),
         case when not $2::pg_catalog.bool then pg_catalog.pg_get_constraintdef(k.oid, true) end)
  from pg_catalog.pg_constraint k
 where k.contypid = $1::pg_catalog.oid
