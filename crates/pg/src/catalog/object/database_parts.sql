-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_database d
  left join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
  left join pg_catalog.pg_stat_database s on s.datid = d.oid
 cross join lateral (values
   (1, 'Size', case when $2::pg_catalog.bool then null when pg_catalog.has_database_privilege(d.oid, 'CONNECT') or pg_catalog.pg_has_role('pg_read_all_stats', 'MEMBER') then pg_catalog.pg_database_size(d.oid)::pg_catalog.text end, 'bytes', null),
   (2, 'Size', case when not (pg_catalog.has_database_privilege(d.oid, 'CONNECT') or pg_catalog.pg_has_role('pg_read_all_stats', 'MEMBER')) then 'You may not connect to it, so PostgreSQL does not say' end, 'hidden', null),
   (3, 'Encoding', pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text, null, null),
   (4, 'Collation', d.datcollate, null, null),
   (5, 'Character type', d.datctype, null, null),
   (6, 'Locale', coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'), null, null),
   (7, 'Locale provider', case d.datlocprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end, null, null),
   (8, 'Tablespace', t.spcname::pg_catalog.text, null, 'pg_tablespace/' || t.oid),
   (9, 'Connections', case when d.datconnlimit >= 0 then 'at most ' || d.datconnlimit else 'no limit' end, null, null),
   (10, 'Sessions now', s.numbackends::pg_catalog.text, 'count', null),
   (11, 'Commits', s.xact_commit::pg_catalog.text, 'count', null),
   (12, 'Rollbacks', s.xact_rollback::pg_catalog.text, 'count', null),
   (13, 'Read from cache', pg_catalog.round(100.0 * s.blks_hit / nullif(s.blks_hit + s.blks_read, 0), 1)::pg_catalog.text, 'percent', null),
   (14, 'Deadlocks', s.deadlocks::pg_catalog.text, 'count', null),
   (15, 'Temporary files', nullif(s.temp_bytes, 0)::pg_catalog.text, 'bytes', null),
   (16, 'Oldest xid', pg_catalog.age(d.datfrozenxid)::pg_catalog.text, 'count', null)
   ) f (at, label, value, form, address)
 where d.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'settings', pg_catalog.row_number() over (order by d.datname, r.rolname, c.setting), pg_catalog.json_build_array(
         coalesce(d.datname, 'all databases'), coalesce(r.rolname, 'all roles'),
         pg_catalog.json_build_array(c.setting, 'code', null))
  from pg_catalog.pg_db_role_setting s
 cross join lateral pg_catalog.unnest(s.setconfig) c (setting)
  left join pg_catalog.pg_database d on d.oid = s.setdatabase
  left join pg_catalog.pg_roles r on r.oid = s.setrole
 where s.setdatabase = $1::pg_catalog.oid
