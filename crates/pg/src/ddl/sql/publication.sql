-- Publications of all tables, of schemas, and of tables with columns and filters. PostgreSQL 15 and later; generated
-- columns came with 18.
SELECT w.place, w.classid, w.objid, 'PUBLICATION', x.name, p.pubowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE PUBLICATION ' || x.name || CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE '' END || ' WITH (' || x.options || ')']
    || coalesce(y.members, '{}'),
    NULL::text[], NULL::text[], ARRAY['ALTER PUBLICATION ' || x.name || ' SET (' || x.options || ')'], NULL::text
FROM wanted w
JOIN pg_catalog.pg_publication p ON w.classid = 'pg_catalog.pg_publication'::regclass AND p.oid = w.objid
CROSS JOIN LATERAL (
    SELECT pg_catalog.quote_ident(p.pubname) AS name,
        'publish = ' || pg_catalog.quote_literal(pg_catalog.concat_ws(', ',
            CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END))
        || CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END
        || CASE WHEN to_jsonb(p) ->> 'pubgencols' = 's' THEN ', publish_generated_columns = stored' ELSE '' END AS options
) x
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg('ALTER PUBLICATION ' || x.name || ' ADD ' || m.member ORDER BY m.kind, m.member) AS members
    FROM (
        SELECT 1 AS kind, 'TABLES IN SCHEMA ' || pg_catalog.quote_ident(n.nspname) AS member
        FROM pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid
        WHERE s.pnpubid = p.oid
        UNION ALL
        SELECT 2, 'TABLE ONLY ' || r.prrelid::regclass::text
            || coalesce(' (' || (
                SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', '')
            || coalesce(' WHERE ' || q.filter, '')
        FROM pg_catalog.pg_publication_rel r
        CROSS JOIN LATERAL (SELECT '(' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')' AS filter) q
        WHERE r.prpubid = p.oid
    ) m
) y
