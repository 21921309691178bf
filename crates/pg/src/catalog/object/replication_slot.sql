-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select s.slot_name::pg_catalog.text as name,
       null::pg_catalog.oid as schema,
       'replication_slot' as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       array[case when not s.active then 'inactive' end, case when s.temporary then 'temporary' end,
             case when s.wal_status in ('unreserved', 'lost') then s.wal_status end] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_replication_slots s
 where (pg_catalog.hashtext(s.slot_name::pg_catalog.text)::pg_catalog.int8 & 4294967295) = $1::pg_catalog.oid::pg_catalog.int8
