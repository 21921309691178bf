-- Databases with their settings, and tablespaces. PostgreSQL 13 and later: providers of locales came with 15, and
-- their columns have other names since 17.
SELECT w.place, w.classid, w.objid, 'DATABASE', x.name, d.datdba, d.datacl, 'd'::"char",
    ARRAY['CREATE DATABASE ' || x.name || E'\n    TEMPLATE = template0' || E'\n    ENCODING = '
        || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(d.encoding))
        || coalesce(E'\n    LOCALE_PROVIDER = ' || CASE j.datlocprovider
            WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' END, '')
        || E'\n    LC_COLLATE = ' || pg_catalog.quote_literal(d.datcollate::text)
        || E'\n    LC_CTYPE = ' || pg_catalog.quote_literal(d.datctype::text)
        || coalesce(CASE j.datlocprovider WHEN 'i' THEN E'\n    ICU_LOCALE = ' WHEN 'b' THEN E'\n    BUILTIN_LOCALE = ' END
            || pg_catalog.quote_literal(coalesce(j.datlocale, j.daticulocale)), '')
        || coalesce(E'\n    ICU_RULES = ' || pg_catalog.quote_literal(j.daticurules), '')
        || CASE WHEN t.spcname <> 'pg_default' THEN E'\n    TABLESPACE = ' || pg_catalog.quote_ident(t.spcname) ELSE '' END
        || CASE WHEN d.datallowconn THEN '' ELSE E'\n    ALLOW_CONNECTIONS = false' END
        || CASE WHEN d.datconnlimit <> -1 THEN E'\n    CONNECTION LIMIT = ' || d.datconnlimit ELSE '' END
        || CASE WHEN d.datistemplate THEN E'\n    IS_TEMPLATE = true' ELSE '' END]
    || x.settings, NULL::text[], NULL::text[],
    ARRAY['ALTER DATABASE ' || x.name || ' WITH ALLOW_CONNECTIONS ' || d.datallowconn || ' CONNECTION LIMIT ' || d.datconnlimit
        || ' IS_TEMPLATE ' || d.datistemplate] || x.settings, NULL::text
FROM wanted w
JOIN pg_catalog.pg_database d ON w.classid = 'pg_catalog.pg_database'::regclass AND d.oid = w.objid
JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
CROSS JOIN LATERAL pg_catalog.jsonb_to_record(to_jsonb(d))
    AS j(datlocprovider text, datlocale text, daticulocale text, daticurules text)
CROSS JOIN LATERAL (
    SELECT pg_catalog.quote_ident(d.datname) AS name,
        coalesce((
            SELECT pg_catalog.array_agg('ALTER DATABASE ' || pg_catalog.quote_ident(d.datname) || ' SET '
                || pg_catalog.quote_ident(pg_catalog.split_part(c.item, '=', 1)) || ' TO '
                || CASE WHEN v.value <> '' AND pg_catalog.split_part(c.item, '=', 1) IN ('search_path', 'temp_tablespaces',
                        'local_preload_libraries', 'session_preload_libraries', 'shared_preload_libraries',
                        'unix_socket_directories')
                    THEN v.value ELSE pg_catalog.quote_literal(v.value) END ORDER BY c.place)
            FROM pg_catalog.pg_db_role_setting s
            CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY c(item, place)
            CROSS JOIN LATERAL (SELECT pg_catalog.substr(c.item, pg_catalog.strpos(c.item, '=') + 1) AS value) v
            WHERE s.setdatabase = d.oid AND s.setrole = 0), '{}') AS settings
) x
UNION ALL
SELECT w.place, w.classid, w.objid, 'TABLESPACE', x.name, t.spcowner, t.spcacl, 't'::"char",
    CASE WHEN t.oid < 16384 THEN ARRAY['-- PostgreSQL makes this tablespace by itself.']
    ELSE ARRAY['CREATE TABLESPACE ' || x.name || E'\n    LOCATION '
        || pg_catalog.quote_literal(CASE
            WHEN pg_catalog.pg_tablespace_location(t.oid) LIKE 'pg\_tblspc/%' THEN '' ELSE pg_catalog.pg_tablespace_location(t.oid) END) || coalesce(E'\n    WITH (' || x.options || ')', '')] END,
    NULL::text[], NULL::text[],
    CASE WHEN x.options IS NULL THEN '{}' ELSE ARRAY['ALTER TABLESPACE ' || x.name || ' SET (' || x.options || ')'] END, NULL::text
FROM wanted w
JOIN pg_catalog.pg_tablespace t ON w.classid = 'pg_catalog.pg_tablespace'::regclass AND t.oid = w.objid
CROSS JOIN LATERAL (
    SELECT pg_catalog.quote_ident(t.spcname) AS name, pg_catalog.array_to_string(t.spcoptions, ', ') AS options
) x
