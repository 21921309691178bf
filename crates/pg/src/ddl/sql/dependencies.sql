-- Which of the database's objects must be there before which. PostgreSQL 13 and later.
--
-- What is printed as a part of an object stands for it: a default for its table, a rule `_RETURN` for its view. A row is
-- soft where the part can be made behind everything else.
WITH alias(classid, objid, node_classid, node_objid, soft) AS (
    SELECT 'pg_catalog.pg_attrdef'::regclass::oid, d.oid, 'pg_catalog.pg_class'::regclass::oid, d.adrelid, a.attgenerated = ''
    FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid,
        CASE WHEN c.oid IS NULL THEN 'pg_catalog.pg_type'::regclass ELSE 'pg_catalog.pg_class'::regclass END, coalesce(c.oid, e.oid), false
    FROM pg_catalog.pg_type e
    JOIN pg_catalog.pg_type t ON t.oid IN (e.oid, e.typarray)
    LEFT JOIN pg_catalog.pg_class c ON c.oid = e.typrelid AND c.relkind <> 'c'
    WHERE t.oid <> e.oid OR c.oid IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 'pg_catalog.pg_type'::regclass, r.rngtypid, false
    FROM pg_catalog.pg_range r
    JOIN pg_catalog.pg_type m ON m.oid = (to_jsonb(r) ->> 'rngmultitypid')::oid
    JOIN pg_catalog.pg_type t ON t.oid IN (m.oid, m.typarray)
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, c.oid, 'pg_catalog.pg_type'::regclass, c.reltype, false
    FROM pg_catalog.pg_class c WHERE c.relkind = 'c'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, k.conindid, 'pg_catalog.pg_constraint'::regclass, k.oid, false
    FROM pg_catalog.pg_constraint k WHERE k.contype IN ('p', 'u', 'x')
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid, 'pg_catalog.pg_class'::regclass, r.ev_class, c.relkind = 'v'
    FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class WHERE r.rulename = '_RETURN'
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass, k.oid,
        CASE WHEN k.contypid = 0 THEN 'pg_catalog.pg_class'::regclass ELSE 'pg_catalog.pg_type'::regclass END,
        CASE WHEN k.contypid = 0 THEN k.conrelid ELSE k.contypid END, k.contype = 'c'
    FROM pg_catalog.pg_constraint k WHERE k.contype IN ('c', 'n')
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass, t.tgconstraint, 'pg_catalog.pg_trigger'::regclass, t.oid, false
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint AND k.contype = 't'
    UNION ALL
    SELECT d.classid, d.objid, d.refclassid, d.refobjid, false
    FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'i' AND (
        d.classid = 'pg_catalog.pg_proc'::regclass AND d.refclassid = 'pg_catalog.pg_type'::regclass
        OR d.classid IN ('pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass))
    UNION ALL
    SELECT d.classid, d.objid, d.refclassid, d.refobjid, false
    FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'e' OR d.deptype = 'a' AND d.refclassid IN ('pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_opfamily'::regclass)
            AND d.classid IN ('pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass)
        OR d.deptype = 'a' AND d.refclassid = 'pg_catalog.pg_publication'::regclass
), edge(classid, objid, refclassid, refobjid, shell, soft) AS (
    SELECT coalesce(a.node_classid, d.classid), coalesce(a.node_objid, d.objid),
        coalesce(b.node_classid, d.refclassid), coalesce(b.node_objid, d.refobjid),
        s.oid IS NOT NULL, coalesce(a.soft, false)
    FROM pg_catalog.pg_depend d
    LEFT JOIN alias a ON a.classid = d.classid AND a.objid = d.objid
    LEFT JOIN alias b ON b.classid = d.refclassid AND b.objid = d.refobjid
    -- What a base type or a range is made of takes its shell.
    LEFT JOIN pg_catalog.pg_range g ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.refclassid = 'pg_catalog.pg_type'::regclass
        AND g.rngtypid = d.refobjid AND g.rngcanonical = d.objid
    LEFT JOIN pg_catalog.pg_type s ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.refclassid = 'pg_catalog.pg_type'::regclass
        AND s.oid = d.refobjid AND (g.rngtypid IS NOT NULL OR d.objid IN (
            s.typinput, s.typoutput, s.typreceive, s.typsend, s.typmodin, s.typmodout, s.typanalyze))
    LEFT JOIN pg_catalog.pg_class q ON d.classid = 'pg_catalog.pg_class'::regclass AND q.oid = d.objid AND q.relkind = 'S'
    -- A sequence is told of its column behind everything else.
    WHERE NOT (d.deptype = 'a' AND q.oid IS NOT NULL AND d.refclassid = 'pg_catalog.pg_class'::regclass)
    UNION ALL
    -- An index of a partitioned table is made behind the partitions, so that none makes it anew when it is attached.
    SELECT coalesce(a.node_classid, 'pg_catalog.pg_class'::regclass), coalesce(a.node_objid, i.indexrelid),
        'pg_catalog.pg_class'::regclass, h.inhrelid, false, false
    FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition AND c.relkind IN ('r', 'p', 'f')
    JOIN pg_catalog.pg_index i ON i.indrelid = h.inhparent
    LEFT JOIN alias a ON a.classid = 'pg_catalog.pg_class'::regclass AND a.objid = i.indexrelid
    UNION ALL
    SELECT coalesce(a.node_classid, 'pg_catalog.pg_class'::regclass), coalesce(a.node_objid, h.inhrelid),
        coalesce(b.node_classid, 'pg_catalog.pg_class'::regclass), coalesce(b.node_objid, h.inhparent), false, false
    FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relkind IN ('i', 'I')
    LEFT JOIN alias a ON a.classid = 'pg_catalog.pg_class'::regclass AND a.objid = h.inhrelid
    LEFT JOIN alias b ON b.classid = 'pg_catalog.pg_class'::regclass AND b.objid = h.inhparent
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::regclass, t.oid, 'pg_catalog.pg_trigger'::regclass, t.tgparentid, false, false
    FROM pg_catalog.pg_trigger t WHERE t.tgparentid <> 0
)
SELECT e.classid::regclass::text, e.objid, e.refclassid::regclass::text, e.refobjid, e.shell, pg_catalog.bool_and(e.soft) AS soft
FROM edge e
WHERE (e.classid, e.objid) <> (e.refclassid, e.refobjid) AND e.objid >= 16384 AND e.refobjid >= 16384
GROUP BY e.classid, e.objid, e.refclassid, e.refobjid, e.shell
