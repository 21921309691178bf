-- PostgreSQL 15 to 18. Slots have no oid: a hash of the name, which is unique in the cluster, stands for one.
select (pg_catalog.hashtext(s.slot_name::pg_catalog.text)::pg_catalog.int8 & 4294967295) as id, s.slot_name as sort,
       s.slot_name::pg_catalog.text as name, 'replication_slot' as kind,
       pg_catalog.concat_ws(', ', s.slot_type, s.plugin, s.database) as detail, null::pg_catalog.float8 as rows,
       array[case when not s.active then 'inactive' end, case when s.temporary then 'temporary' end,
             case when s.wal_status in ('unreserved', 'lost') then s.wal_status end] as badges
  from pg_catalog.pg_replication_slots s
