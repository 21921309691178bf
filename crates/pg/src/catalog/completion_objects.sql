-- PostgreSQL 15 to 18. $1 oids of schemas. A line of JSON for each relation, function, type and foreign key.
select pg_catalog.json_build_array('relation', c.oid::pg_catalog.int8, c.relnamespace::pg_catalog.int8, c.relname, c.relkind,
           (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(a.attname,
                                pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull) order by a.attnum), '[]')
              from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))::pg_catalog.text
  from pg_catalog.pg_class c
 where c.relnamespace = any ($1::pg_catalog.oid[])
   and c.relkind in ('r', 'p', 'f', 'v', 'm')
union all
-- What only operators, types, indexes and foreign keys call is left out: nobody writes it.
select pg_catalog.json_build_array('function', p.pronamespace::pg_catalog.int8, p.proname, p.prokind,
           pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid), p.oid::pg_catalog.int8)::pg_catalog.text
  from pg_catalog.pg_proc p
 where p.pronamespace = any ($1::pg_catalog.oid[])
   and p.prorettype not in ('pg_catalog.internal'::pg_catalog.regtype, 'pg_catalog.cstring'::pg_catalog.regtype,
                            'pg_catalog.language_handler'::pg_catalog.regtype, 'pg_catalog.index_am_handler'::pg_catalog.regtype,
                            'pg_catalog.table_am_handler'::pg_catalog.regtype, 'pg_catalog.tsm_handler'::pg_catalog.regtype)
   and not p.proargtypes::pg_catalog.oid[] && array['pg_catalog.internal'::pg_catalog.regtype, 'pg_catalog.cstring'::pg_catalog.regtype]::pg_catalog.oid[]
   -- What a function takes is not to be had where one of its types is gone.
   and not exists (select from pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]) || p.prorettype) a (type)
                    where not exists (select from pg_catalog.pg_type t where t.oid = a.type))
   and not (p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
            and (p.proname ~ '^RI_FKey_' or exists (select from pg_catalog.pg_operator o where o.oprcode = p.oid)))
union all
-- Of arrays and of tables' rows everybody knows the types. An enum has its labels, a domain what it is over.
select pg_catalog.json_build_array('type', t.typnamespace::pg_catalog.int8, t.typname, t.typtype,
           case t.typtype
             when 'e' then (select coalesce(pg_catalog.json_agg(e.enumlabel order by e.enumsortorder), '[]')
                              from pg_catalog.pg_enum e where e.enumtypid = t.oid)
             when 'd' then pg_catalog.to_json(pg_catalog.format_type(t.typbasetype, t.typtypmod))
           end)::pg_catalog.text
  from pg_catalog.pg_type t
 where t.typnamespace = any ($1::pg_catalog.oid[])
   and t.typtype <> 'p'
   and not (t.typtype = 'b' and t.typcategory = 'A')
   and (t.typrelid = 0 or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
union all
select pg_catalog.json_build_array('foreign_key', k.conrelid::pg_catalog.int8,
           (select pg_catalog.json_agg(a.attname order by key.place)
              from pg_catalog.unnest(k.conkey) with ordinality key (number, place)
              join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number),
           k.confrelid::pg_catalog.int8,
           (select pg_catalog.json_agg(a.attname order by key.place)
              from pg_catalog.unnest(k.confkey) with ordinality key (number, place)
              join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.number))::pg_catalog.text
  from pg_catalog.pg_constraint k
 where k.connamespace = any ($1::pg_catalog.oid[])
   and k.contype = 'f'
   and k.conparentid = 0
