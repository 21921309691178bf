-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_replication_slots s
 cross join lateral (values
   (1, 'Kind', s.slot_type, null, null),
   (2, 'Plugin', s.plugin::pg_catalog.text, null, null),
   (3, 'Database', s.database::pg_catalog.text, null, null),
   (4, 'Read by', case when s.active then 'process ' || s.active_pid end, null, null),
   (5, 'WAL kept', case when pg_catalog.pg_is_in_recovery() then null else pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::pg_catalog.int8::pg_catalog.text end, 'bytes', null),
   (6, 'WAL', s.wal_status, null, null),
   (7, 'Kept from', s.restart_lsn::pg_catalog.text, 'code', null),
   (8, 'Confirmed to', s.confirmed_flush_lsn::pg_catalog.text, 'code', null),
   (9, 'May still grow', s.safe_wal_size::pg_catalog.text, 'bytes', null),
   (10, 'Oldest xid', pg_catalog.age(s.xmin)::pg_catalog.text, 'count', null),
   (11, 'Catalog xid', pg_catalog.age(s.catalog_xmin)::pg_catalog.text, 'count', null),
   (12, 'Inactive since', pg_catalog.to_jsonb(s) ->> 'inactive_since', 'ago', null),
   (13, 'Why it ended', pg_catalog.to_jsonb(s) ->> 'invalidation_reason', null, null),
   (14, 'Failover', case pg_catalog.to_jsonb(s) ->> 'failover' when 'true' then 'goes over to standbys' end, null, null)
   ) f (at, label, value, form, address)
 where (pg_catalog.hashtext(s.slot_name::pg_catalog.text)::pg_catalog.int8 & 4294967295) = $1::pg_catalog.oid::pg_catalog.int8 and nullif(f.value, '') is not null
