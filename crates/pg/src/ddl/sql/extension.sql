-- Extensions and event triggers. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'EXTENSION', pg_catalog.quote_ident(e.extname), NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE EXTENSION ' || pg_catalog.quote_ident(e.extname) || ' WITH SCHEMA ' || pg_catalog.quote_ident(n.nspname)],
    NULL::text[], NULL::text[],
    ARRAY['ALTER EXTENSION ' || pg_catalog.quote_ident(e.extname) || ' UPDATE TO ' || pg_catalog.quote_literal(e.extversion)]
    || CASE WHEN e.extrelocatable
        THEN ARRAY['ALTER EXTENSION ' || pg_catalog.quote_ident(e.extname) || ' SET SCHEMA ' || pg_catalog.quote_ident(n.nspname)]
        ELSE '{}' END,
    NULL::text
FROM wanted w
JOIN pg_catalog.pg_extension e ON w.classid = 'pg_catalog.pg_extension'::regclass AND e.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
UNION ALL
SELECT w.place, w.classid, w.objid, 'EVENT TRIGGER', pg_catalog.quote_ident(t.evtname), t.evtowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE EVENT TRIGGER ' || pg_catalog.quote_ident(t.evtname) || ' ON ' || pg_catalog.quote_ident(t.evtevent)
        || coalesce(E'\n    WHEN TAG IN (' || (
            SELECT pg_catalog.string_agg(pg_catalog.quote_literal(g.tag), ', ' ORDER BY g.place)
            FROM pg_catalog.unnest(t.evttags) WITH ORDINALITY g(tag, place)) || ')', '')
        || E'\n    EXECUTE FUNCTION ' || t.evtfoid::regproc::text || '()'] || x.state,
    NULL::text[], NULL::text[], x.state, NULL::text
FROM wanted w
JOIN pg_catalog.pg_event_trigger t ON w.classid = 'pg_catalog.pg_event_trigger'::regclass AND t.oid = w.objid
CROSS JOIN LATERAL (
    SELECT CASE t.evtenabled WHEN 'O' THEN '{}'::text[] ELSE ARRAY['ALTER EVENT TRIGGER ' || pg_catalog.quote_ident(t.evtname)
        || CASE t.evtenabled WHEN 'D' THEN ' DISABLE' WHEN 'A' THEN ' ENABLE ALWAYS' ELSE ' ENABLE REPLICA' END] END AS state
) x
