-- Defaults of columns, as objects of their own. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'DEFAULT', x.start, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY[CASE a.attgenerated
        WHEN '' THEN x.start || ' SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
        ELSE '-- The expression of a generated column: ' || pg_catalog.translate(
            pg_catalog.pg_get_expr(d.adbin, d.adrelid), E'\n', ' ') END],
    NULL::text[], NULL::text[], '{}'::text[],
    x.start || CASE a.attgenerated WHEN '' THEN ' DROP DEFAULT' ELSE ' DROP EXPRESSION' END
FROM wanted w
JOIN pg_catalog.pg_attrdef d ON w.classid = 'pg_catalog.pg_attrdef'::regclass AND d.oid = w.objid
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
CROSS JOIN LATERAL (
    SELECT 'ALTER TABLE ' || d.adrelid::regclass::text || ' ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) AS start
) x
