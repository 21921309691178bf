-- Schemas. `public` and `pg_catalog` are in each database from its beginning. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'SCHEMA', pg_catalog.quote_ident(n.nspname), n.nspowner, n.nspacl, 'n'::"char",
    ARRAY['CREATE SCHEMA ' || CASE WHEN n.oid < 16384 THEN 'IF NOT EXISTS ' ELSE '' END || pg_catalog.quote_ident(n.nspname)],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_namespace n ON w.classid = 'pg_catalog.pg_namespace'::regclass AND n.oid = w.objid
