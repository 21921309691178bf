-- Publications of all tables and of single tables. PostgreSQL 13 and 14.
SELECT w.place, w.classid, w.objid, 'PUBLICATION', x.name, p.pubowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE PUBLICATION ' || x.name || CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE '' END || ' WITH (' || x.options || ')']
    || coalesce((
        SELECT pg_catalog.array_agg('ALTER PUBLICATION ' || x.name || ' ADD TABLE ONLY ' || r.prrelid::regclass::text
            ORDER BY r.prrelid::regclass::text)
        FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid), '{}'),
    NULL::text[], NULL::text[], ARRAY['ALTER PUBLICATION ' || x.name || ' SET (' || x.options || ')'], NULL::text
FROM wanted w
JOIN pg_catalog.pg_publication p ON w.classid = 'pg_catalog.pg_publication'::regclass AND p.oid = w.objid
CROSS JOIN LATERAL (
    SELECT pg_catalog.quote_ident(p.pubname) AS name,
        'publish = ' || pg_catalog.quote_literal(pg_catalog.concat_ws(', ',
            CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END))
        || CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END AS options
) x
