-- What an object's script consists of: the object, and what is made and dropped with it. PostgreSQL 13 and later.
--
-- `$1` is a catalog, `$2` an oid. A row says what is printed (`shell` or all of it), and whether it is the object itself:
-- the constraint for its index, the table for its row type.
WITH asked AS (
    SELECT pg_catalog.to_regclass('pg_catalog.' || $1::text)::oid AS classid, $2::oid AS objid
), element AS (
    SELECT a.classid, coalesce(e.oid, r.rngtypid, a.objid) AS objid
    FROM asked a
    LEFT JOIN pg_catalog.pg_type e ON a.classid = 'pg_catalog.pg_type'::regclass AND e.typarray = a.objid
    LEFT JOIN pg_catalog.pg_range r ON a.classid = 'pg_catalog.pg_type'::regclass
        AND (to_jsonb(r) ->> 'rngmultitypid')::oid = coalesce(e.oid, a.objid)
), self AS (
    SELECT a.classid, a.objid FROM element a
    WHERE a.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_constraint'::regclass)
    UNION ALL
    SELECT CASE WHEN k.oid IS NOT NULL THEN 'pg_catalog.pg_constraint'::regclass
            WHEN c.relkind = 'c' THEN 'pg_catalog.pg_type'::regclass ELSE a.classid::regclass END::oid,
        CASE WHEN k.oid IS NOT NULL THEN k.oid WHEN c.relkind = 'c' THEN c.reltype ELSE a.objid END
    FROM element a
    JOIN pg_catalog.pg_class c ON c.oid = a.objid
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = i.indrelid AND k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
    WHERE a.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT CASE WHEN c.oid IS NULL THEN a.classid ELSE 'pg_catalog.pg_class'::regclass::oid END, coalesce(c.oid, a.objid)
    FROM element a
    JOIN pg_catalog.pg_type t ON t.oid = a.objid
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c'
    WHERE a.classid = 'pg_catalog.pg_type'::regclass
    UNION ALL
    SELECT CASE WHEN t.oid IS NULL THEN a.classid ELSE 'pg_catalog.pg_trigger'::regclass::oid END, coalesce(t.oid, a.objid)
    FROM element a
    JOIN pg_catalog.pg_constraint k ON k.oid = a.objid
    LEFT JOIN pg_catalog.pg_trigger t ON t.tgconstraint = k.oid AND k.contype = 't'
    WHERE a.classid = 'pg_catalog.pg_constraint'::regclass
), relation AS (
    SELECT c.* FROM self s JOIN pg_catalog.pg_class c ON s.classid = 'pg_catalog.pg_class'::regclass AND c.oid = s.objid
), part(place, name, catalog, objid, what) AS (
    SELECT 0, c.relname::text, 'pg_class', c.oid, 'whole'
    FROM relation r
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = r.oid
        AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'a' AND d.refobjsubid > 0
    JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
    UNION ALL
    -- The sequence of an identity column, for its privileges and comments.
    SELECT 11, c.relname::text, 'pg_class', c.oid, 'whole'
    FROM relation r
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = r.oid
        AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'i' AND d.refobjsubid > 0
    JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
    WHERE c.relacl IS NOT NULL OR pg_catalog.obj_description(c.oid, 'pg_class') IS NOT NULL
    UNION ALL
    SELECT 1, '', 'pg_type', t.oid, 'shell'
    FROM self s JOIN pg_catalog.pg_type t ON s.classid = 'pg_catalog.pg_type'::regclass AND t.oid = s.objid
    LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
    WHERE t.typisdefined AND (t.typtype = 'b' OR g.rngcanonical <> 0)
    UNION ALL
    SELECT 2, p.oid::regprocedure::text, 'pg_proc', p.oid, 'whole'
    FROM self s JOIN pg_catalog.pg_type t ON s.classid = 'pg_catalog.pg_type'::regclass AND t.oid = s.objid
    LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
    JOIN pg_catalog.pg_proc p ON p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze)
        AND t.typtype = 'b' OR p.oid = g.rngcanonical
    WHERE p.oid >= 16384
    UNION ALL
    SELECT 10, '', s.classid::regclass::text, s.objid, 'self' FROM self s
    UNION ALL
    SELECT 20, k.contype::text || k.conname::text, 'pg_constraint', k.oid, 'whole'
    FROM relation r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('p', 'u', 'x')
    UNION ALL
    SELECT 21, c.relname::text, 'pg_class', c.oid, 'whole'
    FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE r.relkind <> 't' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = r.oid AND k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 22, k.conname::text, 'pg_constraint', k.oid, 'whole'
    FROM relation r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid AND k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT 23, x.stxname, 'pg_statistic_ext', x.oid, 'whole'
    FROM relation r JOIN pg_catalog.pg_statistic_ext x ON x.stxrelid = r.oid
    UNION ALL
    SELECT 24, w.rulename, 'pg_rewrite', w.oid, 'whole'
    FROM relation r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
    UNION ALL
    SELECT 25, t.tgname, 'pg_trigger', t.oid, 'whole'
    FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    LEFT JOIN pg_catalog.pg_trigger u ON u.oid = t.tgparentid
    WHERE t.tgparentid = 0 OR t.tgenabled <> u.tgenabled
    UNION ALL
    SELECT 26, p.polname, 'pg_policy', p.oid, 'whole'
    FROM relation r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
    UNION ALL
    SELECT 27, pg_catalog.pg_get_userbyid(d.defaclrole) || ' ' || d.defaclobjtype::text, 'pg_default_acl', d.oid, 'whole'
    FROM self s JOIN pg_catalog.pg_default_acl d ON s.classid = 'pg_catalog.pg_namespace'::regclass AND d.defaclnamespace = s.objid
    UNION ALL
    SELECT 28, pg_catalog.pg_get_userbyid(u.umuser)::text, 'pg_user_mapping', u.umid, 'whole'
    FROM self s JOIN pg_catalog.pg_user_mappings u ON s.classid = 'pg_catalog.pg_foreign_server'::regclass AND u.srvid = s.objid
)
SELECT p.catalog, p.objid, p.what FROM part p ORDER BY p.place, p.name, p.objid
