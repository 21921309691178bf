-- PostgreSQL 15 to 18. $1 oid of a table or view. A line of JSON for the relation, then one for each of its columns, of which
-- there may be 1600. No first line (place 0) where there is no such relation.
-- Foreign keys of the table, and those of other tables that come in to it, both seen from the table.
with link as (
    select k.conname as name, seen.comes_in, seen.numbers, schema.nspname as other_schema, other.relname as other_table,
           pg_catalog.json_build_object(
               'name', k.conname,
               'oid', other.oid::pg_catalog.int8,
               'schema', schema.nspname,
               'table', other.relname,
               'columns', (select pg_catalog.json_agg(a.attname order by part.place)
                             from pg_catalog.unnest(seen.numbers) with ordinality part (number, place)
                             join pg_catalog.pg_attribute a on a.attrelid = seen.own and a.attnum = part.number),
               'other_columns', (select pg_catalog.json_agg(a.attname order by part.place)
                             from pg_catalog.unnest(seen.other_numbers) with ordinality part (number, place)
                             join pg_catalog.pg_attribute a on a.attrelid = other.oid and a.attnum = part.number)
           ) as found
      from pg_catalog.pg_constraint k
     cross join lateral (values
           (false, k.conrelid, k.conkey, k.confrelid, k.confkey),
           (true, k.confrelid, k.confkey, k.conrelid, k.conkey)
           ) seen (comes_in, own, numbers, other, other_numbers)
      join pg_catalog.pg_class other on other.oid = seen.other
      join pg_catalog.pg_namespace schema on schema.oid = other.relnamespace
     where k.contype = 'f' and seen.own = $1::pg_catalog.oid
       -- Not the copies that PostgreSQL keeps for the partitions of the other table.
       and not exists (select from pg_catalog.pg_constraint parent
                        where parent.oid = k.conparentid
                          and seen.own = case when seen.comes_in then parent.confrelid else parent.conrelid end))
select 0 as place, pg_catalog.json_build_object(
    'oid', c.oid::pg_catalog.int8,
    'schema', n.nspname,
    'name', c.relname,
    'kind', c.relkind,
    'row_security', c.relrowsecurity,
    'comment', pg_catalog.obj_description(c.oid, 'pg_class'),
    -- reltuples is -1 before the first ANALYZE, and that of a partitioned table is older than those of its partitions.
    'estimated_rows', case
        when c.relkind = 'p' then (
            select sum(leaf.reltuples::pg_catalog.float8)
              from pg_catalog.pg_partition_tree(c.oid) tree
              join pg_catalog.pg_class leaf on leaf.oid = tree.relid
             where tree.isleaf and leaf.reltuples >= 0)
        when c.relkind <> 'v' and c.reltuples >= 0 then c.reltuples::pg_catalog.float8
    end,
    -- Bits by CmdType: 4 UPDATE, 8 INSERT, 16 DELETE. The first says what is possible with triggers and rules, the second
    -- what PostgreSQL does by itself.
    'updatable', pg_catalog.pg_relation_is_updatable(c.oid, true),
    'simply_updatable', pg_catalog.pg_relation_is_updatable(c.oid, false),
    'may_select', pg_catalog.has_any_column_privilege(c.oid, 'SELECT'),
    'may_insert', pg_catalog.has_any_column_privilege(c.oid, 'INSERT'),
    'may_update', pg_catalog.has_any_column_privilege(c.oid, 'UPDATE'),
    'may_delete', pg_catalog.has_table_privilege(c.oid, 'DELETE'),
    'definition', case when c.relkind = 'v' then pg_catalog.pg_get_viewdef(c.oid) end,
    -- What identifies a row: the primary key first, then the shortest of the unique indexes without NULL.
    'keys', (
        select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', key.name, 'columns', key.columns)
                   order by key.indisprimary desc, key.indnkeyatts, key.name), '[]')
          from (select i.indisprimary, i.indnkeyatts, own.relname as name,
                       pg_catalog.json_agg(a.attname order by place.number) as columns,
                       pg_catalog.bool_and(a.attnotnull) as is_whole
                  from pg_catalog.pg_index i
                  join pg_catalog.pg_class own on own.oid = i.indexrelid
                 cross join lateral pg_catalog.generate_series(0, i.indnkeyatts - 1) place (number)
                  join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[place.number]
                 where i.indrelid = c.oid and i.indisunique and i.indisvalid
                   and i.indpred is null and i.indexprs is null
                 group by i.indexrelid, i.indisprimary, i.indnkeyatts, own.relname) key
         where key.is_whole),
    'foreign_keys', (
        select coalesce(pg_catalog.json_agg(link.found order by link.numbers, link.name), '[]')
          from link where not link.comes_in),
    'referring', (
        select coalesce(pg_catalog.json_agg(link.found order by link.other_schema, link.other_table, link.name), '[]')
          from link where link.comes_in),
    'constraints', (
        select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                   'name', k.conname,
                   'columns', (select pg_catalog.json_agg(a.attname)
                                 from pg_catalog.unnest(k.conkey) part (number)
                                 join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number)
               )), '[]')
          from pg_catalog.pg_constraint k
         where k.conrelid = c.oid and k.conkey is not null),
    'triggers', (
        select coalesce(pg_catalog.json_agg(t.tgname order by t.tgname), '[]')
          from pg_catalog.pg_trigger t
         where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D')
  )::pg_catalog.text
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.oid = $1::pg_catalog.oid
   and c.relkind in ('r', 'p', 'f', 'v', 'm')
union all
select a.attnum, pg_catalog.json_build_object(
      'number', a.attnum,
      'name', a.attname,
      'type_oid', a.atttypid::pg_catalog.int8,
      'type_name', pg_catalog.format_type(a.atttypid, a.atttypmod),
      'base_type_oid', base.oid::pg_catalog.int8,
      'category', base.typcategory,
      'labels', labels.list,
      'element_labels', element_labels.list,
      'not_null', a.attnotnull or base.not_null,
      'default', case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
      'generated', case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
      'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by_default' end,
      'comparable', compared.comparable,
      'updatable', pg_catalog.pg_column_is_updatable(a.attrelid, a.attnum, true),
      'may_select', pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
      'may_insert', pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'INSERT'),
      'may_update', pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'UPDATE'),
      'comment', pg_catalog.col_description(a.attrelid, a.attnum)
  )::pg_catalog.text
  from pg_catalog.pg_attribute a
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  -- The type below all domains, and whether it has an equality that an index could use; of an array, its elements'.
 cross join lateral (
       with recursive chain as (
           select t.oid, t.typtype, t.typbasetype, t.typnotnull, t.typcategory, t.typelem
             from pg_catalog.pg_type t where t.oid = a.atttypid
           union all
           select t.oid, t.typtype, t.typbasetype, t.typnotnull or chain.typnotnull, t.typcategory, t.typelem
             from chain join pg_catalog.pg_type t on t.oid = chain.typbasetype
            where chain.typtype = 'd')
       select chain.oid, chain.typcategory, chain.typelem, chain.typnotnull as not_null
         from chain where chain.typtype <> 'd') base
 cross join lateral (
       select t.typtype in ('e', 'r', 'm') or exists (
                  select from pg_catalog.pg_opclass o
                    join pg_catalog.pg_am m on m.oid = o.opcmethod
                   where m.amname = 'btree' and o.opcdefault
                     and (o.opcintype = t.oid or exists (
                             select from pg_catalog.pg_cast k
                              where k.castsource = t.oid and k.casttarget = o.opcintype
                                and k.castmethod = 'b' and k.castcontext = 'i'))) as comparable
         from pg_catalog.pg_type t
        where t.oid = case when base.typcategory = 'A' and base.typelem <> 0 then base.typelem else base.oid end) compared
  left join lateral (
       select pg_catalog.json_agg(l.enumlabel order by l.enumsortorder) as list
         from pg_catalog.pg_enum l where l.enumtypid = base.oid) labels on true
  left join lateral (
       select pg_catalog.json_agg(l.enumlabel order by l.enumsortorder) as list
         from pg_catalog.pg_enum l
        where base.typcategory = 'A' and l.enumtypid = base.typelem) element_labels on true
 where a.attrelid = $1::pg_catalog.oid and a.attnum > 0 and not a.attisdropped
 order by place
