-- Operators. One of two that name each other is a shell until the other exists. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'OPERATOR', x.name, o.oprowner, NULL::aclitem[], NULL::"char",
    ARRAY[pg_catalog.format('CREATE OPERATOR %I.%s (', n.nspname, o.oprname) || pg_catalog.concat_ws(',',
        E'\n    FUNCTION = ' || o.oprcode::text,
        E'\n    LEFTARG = ' || CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END,
        E'\n    RIGHTARG = ' || CASE WHEN o.oprright <> 0 THEN pg_catalog.format_type(o.oprright, NULL) END,
        E'\n    COMMUTATOR = ' || CASE WHEN c.oid IS NOT NULL
            THEN pg_catalog.format('OPERATOR(%I.%s)', cn.nspname, c.oprname) END,
        E'\n    NEGATOR = ' || CASE WHEN g.oid IS NOT NULL
            THEN pg_catalog.format('OPERATOR(%I.%s)', gn.nspname, g.oprname) END,
        E'\n    RESTRICT = ' || nullif(o.oprrest::text, '-'),
        E'\n    JOIN = ' || nullif(o.oprjoin::text, '-'),
        CASE WHEN o.oprcanhash THEN E'\n    HASHES' END,
        CASE WHEN o.oprcanmerge THEN E'\n    MERGES' END) || E'\n)'],
    NULL::text[], NULL::text[],
    ARRAY['ALTER OPERATOR ' || x.name || ' SET (RESTRICT = '
        || coalesce(nullif(o.oprrest::text, '-'), 'NONE') || ', JOIN = ' || coalesce(nullif(o.oprjoin::text, '-'), 'NONE') || ')'],
    NULL::text
FROM wanted w
JOIN pg_catalog.pg_operator o ON w.classid = 'pg_catalog.pg_operator'::regclass AND o.oid = w.objid AND o.oprcode <> 0
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
LEFT JOIN pg_catalog.pg_operator c ON c.oid = o.oprcom
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.oprnamespace
LEFT JOIN pg_catalog.pg_operator g ON g.oid = o.oprnegate
LEFT JOIN pg_catalog.pg_namespace gn ON gn.oid = g.oprnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.format('%I.%s (%s, %s)', n.nspname, o.oprname,
        CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprleft, NULL) END,
        CASE WHEN o.oprright = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprright, NULL) END) AS name
) x
