-- The objects of the database that are neither PostgreSQL's own nor an extension's nor made with another.
-- PostgreSQL 13 and later.
WITH member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), namespace AS (
    SELECT n.oid FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp\_%'
), object(catalog, objid, rank, name) AS (
    SELECT 'pg_namespace', n.oid, 10, n.nspname::text FROM pg_catalog.pg_namespace n
    WHERE (n.oid >= 16384 OR n.nspname = 'public') AND n.oid IN (SELECT oid FROM namespace)
    UNION ALL SELECT 'pg_extension', e.oid, 15, e.extname FROM pg_catalog.pg_extension e
    UNION ALL SELECT 'pg_am', a.oid, 18, a.amname FROM pg_catalog.pg_am a
    UNION ALL SELECT 'pg_language', l.oid, 20, l.lanname FROM pg_catalog.pg_language l
    UNION ALL SELECT 'pg_collation', c.oid, 25, c.collname FROM pg_catalog.pg_collation c
    UNION ALL SELECT 'pg_type', t.oid, 30, t.typname
    FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typnamespace IN (SELECT oid FROM namespace) AND t.typtype IN ('b', 'c', 'd', 'e', 'p', 'r')
        AND (c.oid IS NULL OR c.relkind = 'c') AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
    UNION ALL SELECT 'pg_proc', p.oid, CASE p.prokind WHEN 'a' THEN 45 ELSE 40 END, p.oid::regprocedure::text
    FROM pg_catalog.pg_proc p
    WHERE p.oid >= 16384 AND p.pronamespace IN (SELECT oid FROM namespace) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL SELECT 'pg_operator', o.oid, 50, o.oid::regoperator::text FROM pg_catalog.pg_operator o WHERE o.oid >= 16384 AND o.oprcode <> 0
    UNION ALL SELECT 'pg_opfamily', f.oid, 52, f.opfname FROM pg_catalog.pg_opfamily f
    UNION ALL SELECT 'pg_opclass', o.oid, 54, o.opcname FROM pg_catalog.pg_opclass o
    UNION ALL SELECT 'pg_cast', c.oid, 56, pg_catalog.format_type(c.castsource, NULL) || ' ' || pg_catalog.format_type(c.casttarget, NULL)
    FROM pg_catalog.pg_cast c
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
    UNION ALL SELECT 'pg_conversion', c.oid, 58, c.conname FROM pg_catalog.pg_conversion c
    UNION ALL SELECT 'pg_ts_parser', p.oid, 60, p.prsname FROM pg_catalog.pg_ts_parser p
    UNION ALL SELECT 'pg_ts_template', t.oid, 60, t.tmplname FROM pg_catalog.pg_ts_template t
    UNION ALL SELECT 'pg_ts_dict', d.oid, 61, d.dictname FROM pg_catalog.pg_ts_dict d
    UNION ALL SELECT 'pg_ts_config', c.oid, 62, c.cfgname FROM pg_catalog.pg_ts_config c
    UNION ALL SELECT 'pg_transform', t.oid, 63, pg_catalog.format_type(t.trftype, NULL) || ' ' || l.lanname
    FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang
    UNION ALL SELECT 'pg_foreign_data_wrapper', f.oid, 64, f.fdwname FROM pg_catalog.pg_foreign_data_wrapper f
    UNION ALL SELECT 'pg_foreign_server', s.oid, 66, s.srvname FROM pg_catalog.pg_foreign_server s
    UNION ALL SELECT 'pg_user_mapping', u.umid, 67, u.srvname || ' ' || coalesce(u.usename, '') FROM pg_catalog.pg_user_mappings u
    UNION ALL SELECT 'pg_class', c.oid, CASE c.relkind WHEN 'S' THEN 68 WHEN 'v' THEN 75 WHEN 'm' THEN 76 ELSE 70 END, c.relname
    FROM pg_catalog.pg_class c
    -- The sequence of an identity column is made with it, but may have privileges and comments of its own.
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relnamespace IN (SELECT oid FROM namespace) AND (
        c.relkind <> 'S' OR c.relacl IS NOT NULL OR pg_catalog.obj_description(c.oid, 'pg_class') IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
        AND d.objid = c.oid AND d.deptype = 'i'))
    UNION ALL SELECT 'pg_largeobject', l.oid, 72, l.oid::text FROM pg_catalog.pg_largeobject_metadata l
    UNION ALL SELECT 'pg_constraint', k.oid, CASE k.contype WHEN 'f' THEN 85 ELSE 80 END, k.conname || ' ' || k.conrelid::regclass::text
    FROM pg_catalog.pg_constraint k
    WHERE k.conrelid >= 16384 AND (k.contype IN ('p', 'u', 'x') OR k.contype = 'f' AND k.conparentid = 0)
        AND k.connamespace IN (SELECT oid FROM namespace)
    UNION ALL SELECT 'pg_class', c.oid, 80, c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace IN (SELECT oid FROM namespace) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = i.indrelid AND k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
        AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = i.indrelid)
    UNION ALL SELECT 'pg_statistic_ext', s.oid, 82, s.stxname FROM pg_catalog.pg_statistic_ext s
    UNION ALL SELECT 'pg_rewrite', r.oid, 86, r.rulename || ' ' || r.ev_class::regclass::text
    FROM pg_catalog.pg_rewrite r WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'
    UNION ALL SELECT 'pg_trigger', t.oid, 88, t.tgname || ' ' || t.tgrelid::regclass::text
    FROM pg_catalog.pg_trigger t LEFT JOIN pg_catalog.pg_trigger u ON u.oid = t.tgparentid
    WHERE NOT t.tgisinternal AND (t.tgparentid = 0 OR t.tgenabled <> u.tgenabled)
    UNION ALL SELECT 'pg_policy', p.oid, 90, p.polname || ' ' || p.polrelid::regclass::text FROM pg_catalog.pg_policy p
    UNION ALL SELECT 'pg_publication', p.oid, 92, p.pubname FROM pg_catalog.pg_publication p
    UNION ALL SELECT 'pg_subscription', s.oid, 94, s.subname
    FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
    WHERE d.datname = pg_catalog.current_database()
    UNION ALL SELECT 'pg_default_acl', d.oid, 98, pg_catalog.pg_get_userbyid(d.defaclrole) || ' ' || coalesce(n.nspname, '') || ' ' || d.defaclobjtype::text
    FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
    UNION ALL SELECT 'pg_event_trigger', t.oid, 99, t.evtname FROM pg_catalog.pg_event_trigger t
)
SELECT o.catalog, o.objid, o.rank, coalesce(n.nspname || ' ', '') || o.name AS name,
    o.catalog = 'pg_type' AND (t.typtype = 'b' AND t.typisdefined OR g.rngcanonical <> 0) AS shell
FROM object o
LEFT JOIN pg_catalog.pg_type t ON o.catalog = 'pg_type' AND t.oid = o.objid
LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
LEFT JOIN pg_catalog.pg_class c ON o.catalog = 'pg_class' AND c.oid = o.objid
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(t.typnamespace, c.relnamespace)
WHERE (o.objid >= 16384 OR o.catalog IN ('pg_namespace', 'pg_largeobject'))
    AND NOT EXISTS (
        SELECT FROM member m WHERE m.objid = o.objid AND m.classid = pg_catalog.to_regclass('pg_catalog.' || o.catalog))
ORDER BY o.rank, name, o.objid
