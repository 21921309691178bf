-- Constraints of tables and domains. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'CONSTRAINT', pg_catalog.quote_ident(k.conname) || ' ON ' || x.on_name,
    NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY[
        x.alter_owner || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' '
        || pg_catalog.pg_get_constraintdef(k.oid)
    ] || coalesce(y.changes, '{}'),
    NULL::text[], NULL::text[], coalesce(y.changes, '{}'),
    x.alter_owner || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(k.conname)
FROM wanted w
JOIN pg_catalog.pg_constraint k ON w.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = w.objid AND k.contype <> 't'
LEFT JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
CROSS JOIN LATERAL (
    SELECT t.oid::regclass::text AS table_name, c.oid::regclass::text AS index_name,
        CASE WHEN k.contypid <> 0 THEN 'DOMAIN ' || pg_catalog.format_type(k.contypid, NULL)
            ELSE t.oid::regclass::text END AS on_name,
        CASE WHEN k.contypid <> 0 THEN 'ALTER DOMAIN ' || pg_catalog.format_type(k.contypid, NULL)
            ELSE CASE t.relkind WHEN 'f' THEN 'ALTER FOREIGN TABLE ' ELSE 'ALTER TABLE ' END
                -- Checks are of the children too, and a foreign key of a partitioned table is of its partitions.
                || CASE WHEN k.contype IN ('c', 'n') OR k.contype = 'f' AND t.relkind = 'p' THEN '' ELSE 'ONLY ' END
                || t.oid::regclass::text END AS alter_owner
) x
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(z.change ORDER BY z.place) AS changes
    FROM (
        SELECT 0, 'ALTER INDEX ' || x.index_name || ' SET (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')'
        UNION ALL
        SELECT 1, 'ALTER INDEX ' || x.index_name || ' SET TABLESPACE ' || pg_catalog.quote_ident(ts.spcname)
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
