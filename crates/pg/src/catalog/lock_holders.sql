-- PostgreSQL 15 to 18. $1 a relation. Who the session belongs to is NULL where the person may not know.
select a.pid, a.usename, nullif(a.application_name, ''), a.xact_start::pg_catalog.text
  from pg_catalog.pg_locks l
  join pg_catalog.pg_stat_activity a on a.pid = l.pid
 where l.relation = $1::pg_catalog.oid
   and l.granted
   and l.mode = 'AccessExclusiveLock'
   and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
 order by a.xact_start
