-- Languages, transforms and access methods. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'LANGUAGE', pg_catalog.quote_ident(l.lanname), l.lanowner,
    CASE WHEN l.lanpltrusted THEN l.lanacl END, 'l'::"char",
    ARRAY['CREATE ' || x.definition], NULL::text[], ARRAY['CREATE OR REPLACE ' || x.definition], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_language l ON w.classid = 'pg_catalog.pg_language'::regclass AND l.oid = w.objid
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.lanpltrusted THEN 'TRUSTED ' ELSE '' END || 'LANGUAGE ' || pg_catalog.quote_ident(l.lanname)
        || CASE WHEN l.lanplcallfoid <> 0 THEN ' HANDLER ' || l.lanplcallfoid::regproc::text ELSE '' END
        || CASE WHEN l.laninline <> 0 THEN ' INLINE ' || l.laninline::regproc::text ELSE '' END
        || CASE WHEN l.lanvalidator <> 0 THEN ' VALIDATOR ' || l.lanvalidator::regproc::text ELSE '' END AS definition
) x
UNION ALL
SELECT w.place, w.classid, w.objid, 'TRANSFORM', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE ' || x.definition], NULL::text[], ARRAY['CREATE OR REPLACE ' || x.definition], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_transform t ON w.classid = 'pg_catalog.pg_transform'::regclass AND t.oid = w.objid
JOIN pg_catalog.pg_language l ON l.oid = t.trflang
CROSS JOIN LATERAL (
    SELECT k.name, 'TRANSFORM ' || k.name || ' (' || pg_catalog.concat_ws(', ',
        CASE WHEN t.trffromsql <> 0 THEN 'FROM SQL WITH FUNCTION ' || t.trffromsql::oid::regprocedure::text END,
        CASE WHEN t.trftosql <> 0 THEN 'TO SQL WITH FUNCTION ' || t.trftosql::oid::regprocedure::text END) || ')' AS definition
    FROM (SELECT 'FOR ' || pg_catalog.format_type(t.trftype, NULL) || ' LANGUAGE ' || pg_catalog.quote_ident(l.lanname) AS name) k
) x
UNION ALL
SELECT w.place, w.classid, w.objid, 'ACCESS METHOD', pg_catalog.quote_ident(a.amname), NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE ACCESS METHOD ' || pg_catalog.quote_ident(a.amname) || CASE a.amtype WHEN 't' THEN ' TYPE TABLE' ELSE ' TYPE INDEX' END
        || ' HANDLER ' || a.amhandler::text],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_am a ON w.classid = 'pg_catalog.pg_am'::regclass AND a.oid = w.objid
