-- Conversions between encodings. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'CONVERSION', x.name, c.conowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE ' || CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END || 'CONVERSION ' || x.name
        || pg_catalog.format(' FOR %L TO %L FROM ', pg_catalog.pg_encoding_to_char(c.conforencoding),
            pg_catalog.pg_encoding_to_char(c.contoencoding))
        || CASE WHEN pn.nspname = 'pg_catalog' THEN pg_catalog.quote_ident(p.proname)
            ELSE pg_catalog.format('%I.%I', pn.nspname, p.proname) END],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_conversion c ON w.classid = 'pg_catalog.pg_conversion'::regclass AND c.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
JOIN pg_catalog.pg_proc p ON p.oid = c.conproc
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
CROSS JOIN LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, c.conname) AS name) x
