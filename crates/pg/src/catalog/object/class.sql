-- PostgreSQL 15 to 18. A relation of whatever kind. $1 its oid, $2 true to leave out what may wait for a lock or fail.
select c.relname::pg_catalog.text as name, c.relnamespace as schema,
       case c.relkind when 'r' then 'table' when 'p' then 'partitioned_table' when 'f' then 'foreign_table' when 'v' then 'view'
                      when 'm' then 'materialized_view' when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index'
                      when 'c' then 'type' else 'toast_table' end as kind,
       c.relowner as owner, c.relacl as acl,
       case when c.relkind = 'S' then 's' when c.relkind not in ('i', 'I', 'c', 't') then 'r' end as acl_kind,
       array[case when c.relrowsecurity then 'row security' end, case when c.relforcerowsecurity then 'forced on the owner' end,
             case c.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' end,
             case when c.relispartition then 'partition' end,
             case when i.indisprimary then 'primary key' when i.indisunique then 'unique' end,
             case when not i.indisvalid then 'invalid' end,
             case when not c.relispopulated then 'not populated' end] as badges,
       case when c.reltuples >= 0 and c.relkind in ('r', 'p', 'f', 'm') then c.reltuples::pg_catalog.float8 end as rows,
       case when $2::pg_catalog.bool then null
            when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid)
            when c.relkind in ('i', 'I') then pg_catalog.pg_get_indexdef(c.oid) end as source,
       'pg_class' as of_catalog, coalesce(i.indrelid, h.inhparent) as of_oid,
       c.oid, c.relname, c.relnamespace, c.relkind, c.relowner, c.relam, c.reltablespace, c.reloptions, c.relispartition, c.relpartbound,
       c.relreplident, c.relfrozenxid, c.reltoastrelid, c.relpersistence
  from pg_catalog.pg_class c
  left join pg_catalog.pg_index i on i.indexrelid = c.oid
  left join pg_catalog.pg_inherits h on h.inhrelid = c.oid and c.relispartition and h.inhseqno = 1 and c.relkind in ('r', 'p', 'f')
 where c.oid = $1::pg_catalog.oid
