-- Indexes that belong to no constraint. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'INDEX', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY[pg_catalog.pg_get_indexdef(c.oid)]
    || CASE WHEN i.indisvalid OR c.relkind = 'I' THEN '{}' ELSE ARRAY['-- It is not valid here: it was not built to its end.'] END
    || coalesce(y.changes, '{}'),
    NULL::text[], NULL::text[], coalesce(y.settings, '{}') || coalesce(y.changes, '{}'), NULL::text
FROM wanted w
JOIN pg_catalog.pg_class c ON w.classid = 'pg_catalog.pg_class'::regclass AND c.oid = w.objid AND c.relkind IN ('i', 'I')
JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
CROSS JOIN LATERAL (SELECT c.oid::regclass::text AS name, t.oid::regclass::text AS table_name) x
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(z.change ORDER BY z.place) FILTER (WHERE z.place > 0) AS changes,
        pg_catalog.array_agg(z.change) FILTER (WHERE z.place = 0) AS settings
    FROM (
        SELECT 0, 'ALTER INDEX ' || x.name || ' SET (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')'
        UNION ALL
        SELECT 1, 'ALTER INDEX ' || x.name || ' SET TABLESPACE ' || pg_catalog.quote_ident(ts.spcname)
        UNION ALL
        SELECT 1 + a.attnum, 'ALTER INDEX ' || x.name || ' ALTER COLUMN ' || a.attnum || ' SET STATISTICS '
            || (to_jsonb(a) ->> 'attstattarget')
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND (to_jsonb(a) ->> 'attstattarget')::int >= 0
        UNION ALL
        SELECT 101, 'ALTER TABLE ' || x.table_name || ' CLUSTER ON ' || pg_catalog.quote_ident(c.relname)
        WHERE i.indisclustered
        UNION ALL
        SELECT 102, 'ALTER TABLE ONLY ' || x.table_name || ' REPLICA IDENTITY USING INDEX '
            || pg_catalog.quote_ident(c.relname)
        WHERE i.indisreplident
    ) z(place, change)
    WHERE z.change IS NOT NULL
) y
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = i.indrelid AND k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
