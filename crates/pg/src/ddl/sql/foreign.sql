-- Foreign-data wrappers, servers and user mappings. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'FOREIGN DATA WRAPPER', pg_catalog.quote_ident(f.fdwname), f.fdwowner, f.fdwacl, 'F'::"char",
    ARRAY['CREATE FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(f.fdwname)
        || CASE WHEN f.fdwhandler <> 0 THEN ' HANDLER ' || f.fdwhandler::regproc::text ELSE '' END
        || CASE WHEN f.fdwvalidator <> 0 THEN ' VALIDATOR ' || f.fdwvalidator::regproc::text ELSE '' END
        || coalesce(E'\nOPTIONS (' || (
            SELECT pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ')
            FROM pg_catalog.pg_options_to_table(f.fdwoptions) o) || ')', '')],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_foreign_data_wrapper f ON w.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND f.oid = w.objid
UNION ALL
SELECT w.place, w.classid, w.objid, 'SERVER', pg_catalog.quote_ident(s.srvname), s.srvowner, s.srvacl, 'S'::"char",
    ARRAY['CREATE SERVER ' || pg_catalog.quote_ident(s.srvname) || coalesce(' TYPE ' || pg_catalog.quote_literal(s.srvtype), '')
        || coalesce(' VERSION ' || pg_catalog.quote_literal(s.srvversion), '')
        || E'\nFOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(f.fdwname)
        || coalesce(E'\nOPTIONS (' || (
            SELECT pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ')
            FROM pg_catalog.pg_options_to_table(s.srvoptions) o) || ')', '')],
    NULL::text[], NULL::text[], coalesce(ARRAY['ALTER SERVER ' || pg_catalog.quote_ident(s.srvname) || ' OPTIONS (' || (
            SELECT pg_catalog.string_agg(pg_catalog.format('SET %I %L', o.option_name, o.option_value), ', ')
            FROM pg_catalog.pg_options_to_table(s.srvoptions) o) || ')'], '{}'), NULL::text
FROM wanted w
JOIN pg_catalog.pg_foreign_server s ON w.classid = 'pg_catalog.pg_foreign_server'::regclass AND s.oid = w.objid
JOIN pg_catalog.pg_foreign_data_wrapper f ON f.oid = s.srvfdw
UNION ALL
-- The view gives options to those who may see them.
SELECT w.place, w.classid, w.objid, 'USER MAPPING', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE USER MAPPING ' || x.name || coalesce(E'\nOPTIONS (' || o.options || ')', '')]
    || CASE WHEN m.umoptions IS NULL AND NOT pg_catalog.pg_has_role(s.srvowner, 'USAGE')
        THEN ARRAY['-- Its options are not shown to you, if it has some.'] ELSE '{}' END,
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_user_mappings m ON w.classid = 'pg_catalog.pg_user_mapping'::regclass AND m.umid = w.objid
JOIN pg_catalog.pg_foreign_server s ON s.oid = m.srvid
CROSS JOIN LATERAL (
    SELECT 'FOR ' || CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(m.usename) END
        || ' SERVER ' || pg_catalog.quote_ident(m.srvname) AS name
) x
LEFT JOIN LATERAL (
    SELECT pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ') AS options
    FROM pg_catalog.pg_options_to_table(m.umoptions) o
) o ON true
