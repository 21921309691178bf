-- PostgreSQL 15 to 18. $1 an object, $2 its catalog. Who holds its relation, an index or a partition of that, or what a view
-- reads. Who the session belongs to is NULL where the person may not know.
with own (oid) as (
    select case $2::pg_catalog.text when 'pg_class' then $1::pg_catalog.oid
                    when 'pg_constraint' then (select k.conrelid from pg_catalog.pg_constraint k where k.oid = $1::pg_catalog.oid)
                    when 'pg_trigger' then (select t.tgrelid from pg_catalog.pg_trigger t where t.oid = $1::pg_catalog.oid)
                    when 'pg_rewrite' then (select r.ev_class from pg_catalog.pg_rewrite r where r.oid = $1::pg_catalog.oid)
                    when 'pg_policy' then (select p.polrelid from pg_catalog.pg_policy p where p.oid = $1::pg_catalog.oid)
                    when 'pg_statistic_ext' then (select s.stxrelid from pg_catalog.pg_statistic_ext s where s.oid = $1::pg_catalog.oid) end
), relations (oid) as (
    select oid from own
    union
    select i.indexrelid from own join pg_catalog.pg_index i on i.indrelid = own.oid
    union
    select i.indrelid from own join pg_catalog.pg_index i on i.indexrelid = own.oid
    union
    select h.inhrelid from own join pg_catalog.pg_inherits h on h.inhparent = own.oid
    union
    select h.inhparent from own join pg_catalog.pg_inherits h on h.inhrelid = own.oid
    union
    select d.refobjid
      from own
      join pg_catalog.pg_rewrite r on r.ev_class = own.oid
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
                                 and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
)
select l.relation::pg_catalog.regclass::pg_catalog.text, a.pid, a.usename, nullif(a.application_name, ''), a.xact_start::pg_catalog.text
  from relations
  join pg_catalog.pg_locks l on l.relation = relations.oid
  join pg_catalog.pg_stat_activity a on a.pid = l.pid
 where l.granted
   and l.mode = 'AccessExclusiveLock'
   and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
 order by a.xact_start, a.pid, relations.oid <> (select oid from own), l.relation
 limit 5
