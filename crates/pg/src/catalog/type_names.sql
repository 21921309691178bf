-- PostgreSQL 15 to 18. $1 oids.
select t.oid, pg_catalog.format_type(t.oid, null)
  from pg_catalog.pg_type t
 where t.oid = any ($1::pg_catalog.oid[])
 order by t.oid
