-- Operator classes and operator families. What is loose in a family is added to it behind the classes.
-- PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'OPERATOR CLASS', x.name, o.opcowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE OPERATOR CLASS ' || pg_catalog.format('%I.%I', n.nspname, o.opcname)
        || CASE WHEN o.opcdefault THEN E'\n    DEFAULT' ELSE '' END || E'\n    FOR TYPE '
        || pg_catalog.format_type(o.opcintype, NULL) || ' USING ' || pg_catalog.quote_ident(am.amname)
        || ' FAMILY ' || pg_catalog.format('%I.%I', fn.nspname, f.opfname) || E' AS\n    '
        || coalesce((
            SELECT pg_catalog.string_agg(m.item, E',\n    ' ORDER BY m.kind, m.item_number, m.item)
            FROM (
                SELECT 0 AS kind, 0 AS item_number, 'STORAGE ' || pg_catalog.format_type(o.opckeytype, NULL) AS item
                WHERE o.opckeytype <> 0
                UNION ALL
                SELECT 1, a.amopstrategy, pg_catalog.format('OPERATOR %s %s', a.amopstrategy, a.amopopr::regoperator)
                    || CASE WHEN a.amopsortfamily <> 0 THEN (
                        SELECT ' FOR ORDER BY ' || pg_catalog.format('%I.%I', sn.nspname, sf.opfname)
                        FROM pg_catalog.pg_opfamily sf JOIN pg_catalog.pg_namespace sn ON sn.oid = sf.opfnamespace
                        WHERE sf.oid = a.amopsortfamily) ELSE '' END
                FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amop a ON a.oid = d.objid
                WHERE d.classid = 'pg_catalog.pg_amop'::regclass AND d.refclassid = 'pg_catalog.pg_opclass'::regclass
                    AND d.refobjid = o.oid
                UNION ALL
                SELECT 2, a.amprocnum, pg_catalog.format('FUNCTION %s (%s, %s) %s', a.amprocnum,
                    pg_catalog.format_type(a.amproclefttype, NULL), pg_catalog.format_type(a.amprocrighttype, NULL),
                    a.amproc::regprocedure)
                FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amproc a ON a.oid = d.objid
                WHERE d.classid = 'pg_catalog.pg_amproc'::regclass AND d.refclassid = 'pg_catalog.pg_opclass'::regclass
                    AND d.refobjid = o.oid
            ) m), 'STORAGE ' || pg_catalog.format_type(o.opcintype, NULL))],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_opclass o ON w.classid = 'pg_catalog.pg_opclass'::regclass AND o.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod
JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily
JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.format('%I.%I USING %I', n.nspname, o.opcname, am.amname) AS name
) x
UNION ALL
SELECT w.place, w.classid, w.objid, 'OPERATOR FAMILY', x.name, f.opfowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE OPERATOR FAMILY ' || x.name],
    (
        SELECT ARRAY['ALTER OPERATOR FAMILY ' || x.name || E' ADD\n    '
            || pg_catalog.string_agg(m.item, E',\n    ' ORDER BY m.kind, m.item_number, m.item)]
        FROM (
            SELECT 1 AS kind, a.amopstrategy AS item_number,
                pg_catalog.format('OPERATOR %s %s', a.amopstrategy, a.amopopr::regoperator)
                || CASE WHEN a.amopsortfamily <> 0 THEN (
                    SELECT ' FOR ORDER BY ' || pg_catalog.format('%I.%I', sn.nspname, sf.opfname)
                    FROM pg_catalog.pg_opfamily sf JOIN pg_catalog.pg_namespace sn ON sn.oid = sf.opfnamespace
                    WHERE sf.oid = a.amopsortfamily) ELSE '' END AS item
            FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amop a ON a.oid = d.objid
            WHERE d.classid = 'pg_catalog.pg_amop'::regclass AND d.refclassid = 'pg_catalog.pg_opfamily'::regclass
                AND d.refobjid = f.oid AND a.amopfamily = f.oid AND NOT EXISTS (
                    SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid
                    AND e.refclassid = 'pg_catalog.pg_opclass'::regclass)
            UNION ALL
            SELECT 2, a.amprocnum, pg_catalog.format('FUNCTION %s (%s, %s) %s', a.amprocnum,
                pg_catalog.format_type(a.amproclefttype, NULL), pg_catalog.format_type(a.amprocrighttype, NULL),
                a.amproc::regprocedure)
            FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amproc a ON a.oid = d.objid
            WHERE d.classid = 'pg_catalog.pg_amproc'::regclass AND d.refclassid = 'pg_catalog.pg_opfamily'::regclass
                AND d.refobjid = f.oid AND NOT EXISTS (
                    SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid
                    AND e.refclassid = 'pg_catalog.pg_opclass'::regclass)
        ) m HAVING count(*) > 0
    ),
    NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_opfamily f ON w.classid = 'pg_catalog.pg_opfamily'::regclass AND f.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod
CROSS JOIN LATERAL (
    SELECT pg_catalog.format('%I.%I USING %I', n.nspname, f.opfname, am.amname) AS name
) x
