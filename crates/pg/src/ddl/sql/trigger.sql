-- Triggers, constraint triggers among them. One that a partition has from its parent shows only what differs.
-- PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'TRIGGER', pg_catalog.quote_ident(t.tgname) || ' ON ' || t.tgrelid::regclass::text,
    NULL::oid, NULL::aclitem[], NULL::"char",
    CASE WHEN t.tgparentid = 0 THEN ARRAY[pg_catalog.pg_get_triggerdef(t.oid)]
        ELSE ARRAY['-- Made with the trigger of the parent table'] END || x.state,
    NULL::text[],
    CASE WHEN t.tgconstraint = 0 AND t.tgparentid = 0
            AND pg_catalog.current_setting('server_version_num')::int >= 140000 THEN ARRAY[
        pg_catalog.regexp_replace(pg_catalog.pg_get_triggerdef(t.oid), '^CREATE', 'CREATE OR REPLACE')] || x.state END,
    x.state, NULL::text
FROM wanted w
JOIN pg_catalog.pg_trigger t ON w.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = w.objid
LEFT JOIN pg_catalog.pg_trigger p ON p.oid = t.tgparentid
CROSS JOIN LATERAL (
    SELECT CASE WHEN t.tgenabled = coalesce(p.tgenabled, 'O') THEN '{}'::text[] ELSE ARRAY[
        'ALTER TABLE ' || t.tgrelid::regclass::text || CASE t.tgenabled
            WHEN 'D' THEN ' DISABLE TRIGGER ' WHEN 'A' THEN ' ENABLE ALWAYS TRIGGER '
            WHEN 'R' THEN ' ENABLE REPLICA TRIGGER ' ELSE ' ENABLE TRIGGER ' END
        || pg_catalog.quote_ident(t.tgname)] END AS state
) x
