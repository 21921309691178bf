-- Names of types. PostgreSQL 15 to 18.
-- $1: oids, separated by commas
select t.oid, pg_catalog.format_type(t.oid, null)
from pg_catalog.pg_type t
where t.oid = any (pg_catalog.string_to_array($1::text, ',')::oid[])
