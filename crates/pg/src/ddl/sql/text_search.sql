-- Text search: parsers, templates, dictionaries, configurations. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'TEXT SEARCH PARSER', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE TEXT SEARCH PARSER ' || x.name || ' (' || pg_catalog.concat_ws(',',
        E'\n    START = ' || p.prsstart::text, E'\n    GETTOKEN = ' || p.prstoken::text, E'\n    END = ' || p.prsend::text,
        E'\n    HEADLINE = ' || nullif(p.prsheadline::text, '-'), E'\n    LEXTYPES = ' || p.prslextype::text) || E'\n)'],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_ts_parser p ON w.classid = 'pg_catalog.pg_ts_parser'::regclass AND p.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, p.prsname) AS name) x
UNION ALL
SELECT w.place, w.classid, w.objid, 'TEXT SEARCH TEMPLATE', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE TEXT SEARCH TEMPLATE ' || x.name || ' (' || pg_catalog.concat_ws(',',
        E'\n    INIT = ' || nullif(t.tmplinit::text, '-'), E'\n    LEXIZE = ' || t.tmpllexize::text) || E'\n)'],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_ts_template t ON w.classid = 'pg_catalog.pg_ts_template'::regclass AND t.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, t.tmplname) AS name) x
UNION ALL
SELECT w.place, w.classid, w.objid, 'TEXT SEARCH DICTIONARY', x.name, d.dictowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE TEXT SEARCH DICTIONARY ' || x.name || E' (\n    TEMPLATE = ' || pg_catalog.format('%I.%I', tn.nspname, t.tmplname)
        || coalesce(E',\n    ' || d.dictinitoption, '') || E'\n)'],
    NULL::text[], NULL::text[],
    CASE WHEN d.dictinitoption IS NOT NULL
        THEN ARRAY['ALTER TEXT SEARCH DICTIONARY ' || x.name || ' (' || d.dictinitoption || ')'] ELSE '{}' END, NULL::text
FROM wanted w
JOIN pg_catalog.pg_ts_dict d ON w.classid = 'pg_catalog.pg_ts_dict'::regclass AND d.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, d.dictname) AS name) x
UNION ALL
SELECT w.place, w.classid, w.objid, 'TEXT SEARCH CONFIGURATION', x.name, c.cfgowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE TEXT SEARCH CONFIGURATION ' || x.name || E' (\n    PARSER = ' || pg_catalog.format('%I.%I', pn.nspname, p.prsname)
        || E'\n)'] || coalesce((
            SELECT pg_catalog.array_agg('ALTER TEXT SEARCH CONFIGURATION ' || x.name || E'\n    ADD MAPPING FOR '
                || pg_catalog.quote_ident(k.alias) || ' WITH ' || m.dictionaries ORDER BY k.tokid)
            FROM (
                SELECT m.maptokentype, pg_catalog.string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
                FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid GROUP BY m.maptokentype
            ) m
            JOIN pg_catalog.ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype), '{}'),
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_ts_config c ON w.classid = 'pg_catalog.pg_ts_config'::regclass AND c.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, c.cfgname) AS name) x
