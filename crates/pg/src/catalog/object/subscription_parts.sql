-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_subscription s
  left join lateral (select t.pid, t.last_msg_receipt_time, t.received_lsn from pg_catalog.pg_stat_subscription t
                      where t.subid = s.oid order by t.pid nulls last limit 1) t on true
  left join pg_catalog.pg_stat_subscription_stats e on e.subid = s.oid
 cross join lateral (values
   (1, 'Publications', pg_catalog.array_to_string(s.subpublications, ', '), null, null),
   (2, 'Slot there', s.subslotname::pg_catalog.text, null, null),
   (3, 'Enabled', case when s.subenabled then 'yes' else 'no' end, null, null),
   (4, 'Connection', 'Not shown: it may hold a password', 'hidden', null),
   (5, 'Commits', 'synchronous_commit ' || s.subsynccommit, null, null),
   (6, 'Binary', case when s.subbinary then 'yes' else 'no' end, null, null),
   (7, 'Worker', 'process ' || t.pid, null, null),
   (8, 'Last message', t.last_msg_receipt_time::pg_catalog.text, 'ago', null),
   (9, 'Received to', t.received_lsn::pg_catalog.text, 'code', null),
   (10, 'Errors applying', e.apply_error_count::pg_catalog.text, 'count', null),
   (11, 'Errors copying', e.sync_error_count::pg_catalog.text, 'count', null)
   ) f (at, label, value, form, address)
 where s.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'subscribed', pg_catalog.row_number() over (order by c.relname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(pg_catalog.concat(n.nspname, '.', c.relname), 'table', 'pg_class/' || c.oid),
         case r.srsubstate when 'i' then 'begins' when 'd' then 'is copied' when 'f' then 'is copied' when 's' then 'catches up' when 'r' then 'ready' end)
  from pg_catalog.pg_subscription_rel r
  join pg_catalog.pg_class c on c.oid = r.srrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where r.srsubid = $1::pg_catalog.oid
