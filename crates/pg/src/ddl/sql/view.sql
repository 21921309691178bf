-- Views and materialized views. PostgreSQL 13 and later.
--
-- `$3` names views that stand in a cycle: they are made with columns alone and get their query behind everything else.
SELECT w.place, w.classid, w.objid, x.word, x.name, c.relowner, c.relacl, 'r'::"char",
    CASE
        WHEN x.loose THEN ARRAY['CREATE VIEW ' || x.name || E' AS\n SELECT ' || d.empty] || coalesce(d.defaults, '{}')
        WHEN c.relkind = 'v' THEN ARRAY['CREATE ' || x.definition] || coalesce(d.defaults, '{}')
        ELSE ARRAY['CREATE ' || x.definition || E'\n WITH NO DATA'] || coalesce(d.changes, '{}')
            || CASE c.relreplident
                WHEN 'f' THEN ARRAY['ALTER TABLE ONLY ' || x.name || ' REPLICA IDENTITY FULL']
                WHEN 'n' THEN ARRAY['ALTER TABLE ONLY ' || x.name || ' REPLICA IDENTITY NOTHING']
                ELSE '{}' END
    END,
    CASE WHEN x.loose THEN ARRAY['CREATE OR REPLACE ' || x.definition] END,
    CASE WHEN c.relkind = 'v' THEN ARRAY['CREATE OR REPLACE ' || x.definition] || coalesce(d.defaults, '{}') END,
    CASE WHEN x.options IS NOT NULL
        THEN ARRAY['ALTER ' || x.word || ' ' || x.name || ' SET (' || x.options || ')'] ELSE '{}' END
    || coalesce(d.defaults, '{}') || coalesce(d.changes, '{}'),
    NULL::text
FROM wanted w
JOIN pg_catalog.pg_class c
    ON w.classid = 'pg_catalog.pg_class'::regclass AND c.oid = w.objid AND c.relkind IN ('v', 'm')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN LATERAL (
    SELECT pg_catalog.string_agg(
        o.prefix || pg_catalog.quote_ident(pg_catalog.split_part(o.item, '=', 1)) || '=' || CASE
            WHEN o.value ~ '^(-?[0-9]+([.][0-9]+)?|on|off|true|false|auto|local|cascaded)$' THEN o.value
            ELSE pg_catalog.quote_literal(o.value) END, ', ' ORDER BY o.prefix, o.place) AS options
    FROM (
        SELECT '' AS prefix, u.item, pg_catalog.substr(u.item, pg_catalog.strpos(u.item, '=') + 1) AS value, u.place
        FROM pg_catalog.unnest(c.reloptions) WITH ORDINALITY u(item, place)
        UNION ALL
        SELECT 'toast.', u.item, pg_catalog.substr(u.item, pg_catalog.strpos(u.item, '=') + 1), u.place
        FROM pg_catalog.pg_class t, pg_catalog.unnest(t.reloptions) WITH ORDINALITY u(item, place)
        WHERE t.oid = c.reltoastrelid
    ) o
) r ON true
CROSS JOIN LATERAL (
    SELECT k.word, k.name, r.options, c.relkind = 'v' AND c.oid = ANY ($3::oid[]) AS loose,
        k.word || ' ' || k.name
        || CASE WHEN am.amname <> 'heap' THEN E'\nUSING ' || pg_catalog.quote_ident(am.amname) ELSE '' END
        || coalesce(E'\nWITH (' || r.options || ')', '')
        || coalesce(E'\nTABLESPACE ' || pg_catalog.quote_ident(ts.spcname), '')
        || E' AS\n' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid, true), ';') AS definition
    FROM (
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS word,
            CASE WHEN c.relpersistence = 't' THEN pg_catalog.quote_ident(c.relname)
                ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END AS name
    ) k
) x
LEFT JOIN LATERAL (
    SELECT
        pg_catalog.string_agg('NULL::' || pg_catalog.format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attcollation <> y.typcollation
                THEN ' COLLATE ' || pg_catalog.format('%I.%I', cn.nspname, co.collname) ELSE '' END
            || ' AS ' || pg_catalog.quote_ident(a.attname), E',\n    ' ORDER BY a.attnum)
            FILTER (WHERE z.place = 0) AS empty,
        pg_catalog.array_agg(z.change ORDER BY a.attnum) FILTER (WHERE z.place = 1 AND z.change IS NOT NULL) AS defaults,
        pg_catalog.array_agg(z.change ORDER BY a.attnum, z.place)
            FILTER (WHERE z.place > 1 AND z.change IS NOT NULL) AS changes
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
    LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    CROSS JOIN LATERAL (
        SELECT 'ALTER ' || x.word || ' ' || x.name || ' ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) AS start
    ) t
    CROSS JOIN LATERAL (VALUES
        (0, NULL),
        (1, t.start || ' SET DEFAULT ' || pg_catalog.pg_get_expr(f.adbin, f.adrelid)),
        (2, CASE WHEN c.relkind = 'm' AND a.attstorage <> y.typstorage THEN t.start || ' SET STORAGE '
            || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
                ELSE 'EXTENDED' END END),
        (3, CASE WHEN c.relkind = 'm' THEN t.start || CASE to_jsonb(a) ->> 'attcompression'
            WHEN 'p' THEN ' SET COMPRESSION pglz' WHEN 'l' THEN ' SET COMPRESSION lz4' END END),
        (4, CASE WHEN (to_jsonb(a) ->> 'attstattarget')::int >= 0
            THEN t.start || ' SET STATISTICS ' || (to_jsonb(a) ->> 'attstattarget') END),
        (5, t.start || ' SET (' || pg_catalog.array_to_string(a.attoptions, ', ') || ')')
    ) z(place, change)
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) d ON true
