-- Rules of tables and views. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'RULE', pg_catalog.quote_ident(r.rulename) || ' ON ' || r.ev_class::regclass::text,
    NULL::oid, NULL::aclitem[], NULL::"char", ARRAY[x.definition] || x.state, NULL::text[],
    ARRAY[pg_catalog.regexp_replace(x.definition, '^CREATE', 'CREATE OR REPLACE')] || x.state, x.state, NULL::text
FROM wanted w
JOIN pg_catalog.pg_rewrite r ON w.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = w.objid
CROSS JOIN LATERAL (
    SELECT pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';') AS definition,
        CASE r.ev_enabled WHEN 'O' THEN '{}'::text[] ELSE ARRAY[
            'ALTER TABLE ' || r.ev_class::regclass::text || CASE r.ev_enabled WHEN 'D' THEN ' DISABLE RULE '
                WHEN 'A' THEN ' ENABLE ALWAYS RULE ' ELSE ' ENABLE REPLICA RULE ' END
            || pg_catalog.quote_ident(r.rulename)] END AS state
) x
WHERE r.rulename <> '_RETURN'
