-- Functions, procedures, window functions and aggregates. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid,
    CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
    x.name, p.proowner, p.proacl, 'f'::"char",
    ARRAY[x.definition], NULL::text[],
    ARRAY[pg_catalog.regexp_replace(x.definition, '^CREATE', 'CREATE OR REPLACE')], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_proc p ON w.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
LEFT JOIN pg_catalog.pg_operator so ON so.oid = a.aggsortop
LEFT JOIN pg_catalog.pg_namespace sn ON sn.oid = so.oprnamespace
CROSS JOIN LATERAL (
    SELECT CASE WHEN p.prokind = 'a' AND p.pronargs = 0 THEN pg_catalog.format('%I.%I(*)', n.nspname, p.proname)
            ELSE pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, (
                SELECT pg_catalog.string_agg(pg_catalog.format_type(t.oid, NULL), ', ' ORDER BY t.place)
                FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY t(oid, place))) END AS name,
        CASE WHEN p.prokind <> 'a' THEN pg_catalog.rtrim(pg_catalog.regexp_replace(
            pg_catalog.pg_get_functiondef(p.oid), '^CREATE OR REPLACE', 'CREATE'), E'\n')
        ELSE pg_catalog.format('CREATE AGGREGATE %I.%I(%s) (', n.nspname, p.proname,
            coalesce(nullif(pg_catalog.pg_get_function_arguments(p.oid), ''), '*'))
            || pg_catalog.concat_ws(',',
                E'\n    SFUNC = ' || a.aggtransfn::text,
                E'\n    STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
                E'\n    SSPACE = ' || nullif(a.aggtransspace, 0),
                E'\n    FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'),
                CASE WHEN a.aggfinalextra THEN E'\n    FINALFUNC_EXTRA' END,
                CASE WHEN a.aggfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char"
                    THEN E'\n    FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify
                        WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
                E'\n    COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'),
                E'\n    SERIALFUNC = ' || nullif(a.aggserialfn::text, '-'),
                E'\n    DESERIALFUNC = ' || nullif(a.aggdeserialfn::text, '-'),
                E'\n    INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
                E'\n    MSFUNC = ' || nullif(a.aggmtransfn::text, '-'),
                E'\n    MINVFUNC = ' || nullif(a.aggminvtransfn::text, '-'),
                E'\n    MSTYPE = ' || CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END,
                E'\n    MSSPACE = ' || nullif(a.aggmtransspace, 0),
                E'\n    MFINALFUNC = ' || nullif(a.aggmfinalfn::text, '-'),
                CASE WHEN a.aggmfinalextra THEN E'\n    MFINALFUNC_EXTRA' END,
                CASE WHEN a.aggmfinalfn <> 0 AND a.aggmfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char"
                    THEN E'\n    MFINALFUNC_MODIFY = ' || CASE a.aggmfinalmodify
                        WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
                E'\n    MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
                E'\n    SORTOP = ' || CASE WHEN so.oid IS NOT NULL
                    THEN pg_catalog.format('OPERATOR(%I.%s)', sn.nspname, so.oprname) END,
                CASE p.proparallel WHEN 's' THEN E'\n    PARALLEL = SAFE' WHEN 'r' THEN E'\n    PARALLEL = RESTRICTED' END,
                CASE a.aggkind WHEN 'h' THEN E'\n    HYPOTHETICAL' END)
            || E'\n)' END AS definition
) x
