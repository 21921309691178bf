-- What is to be run for each object, with what objects of every kind have: an owner, comments, labels, privileges, and
-- extensions with which they go.
-- PostgreSQL 13 and later.
--
-- Privileges are told as the difference from those that a new object has. A grant by somebody else than the owner is
-- run as that role; the order is that of the list, where it stands behind the one that let it grant.
, acl AS (
    SELECT o.place, -1 AS attnum, NULL::text AS column_name, o.owner, o.acl,
        coalesce(i.initprivs, pg_catalog.acldefault(o.acl_type, o.owner)) AS base,
        pg_catalog.acldefault(o.acl_type, o.owner) AS whole,
        CASE o.acl_type WHEN 'r' THEN 'TABLE' WHEN 'T' THEN 'TYPE' WHEN 'S' THEN 'FOREIGN SERVER'
            WHEN 'f' THEN CASE o.word WHEN 'PROCEDURE' THEN 'PROCEDURE' ELSE 'FUNCTION' END ELSE o.word END
        || ' ' || CASE o.word WHEN 'AGGREGATE' THEN pg_catalog.replace(o.name, '(*)', '()') ELSE o.name END AS target
    FROM object o
    LEFT JOIN pg_catalog.pg_init_privs i ON i.objoid = o.objid AND i.classoid = o.classid AND i.objsubid = 0
    WHERE o.acl IS NOT NULL AND o.owner IS NOT NULL
    UNION ALL
    SELECT o.place, a.attnum, ' (' || pg_catalog.quote_ident(a.attname) || ')', o.owner, a.attacl, NULL, NULL,
        'TABLE ' || o.name
    FROM object o JOIN pg_catalog.pg_attribute a ON a.attrelid = o.objid
    WHERE o.classid = 'pg_catalog.pg_class'::regclass AND a.attacl IS NOT NULL AND NOT a.attisdropped
), change AS (
    SELECT a.place, a.attnum, 1 AS kind, 0 AS turn, false AS by_other, g.grantor, g.grantee, g.is_grantable,
        a.target, a.column_name, count(*) = w.privileges AND w.privileges > 1 AS complete,
        pg_catalog.string_agg(g.privilege_type || coalesce(a.column_name, ''), ', ' ORDER BY g.privilege_type) AS privileges
    FROM acl a
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.base) g
    CROSS JOIN LATERAL (SELECT count(*) AS privileges FROM pg_catalog.aclexplode(a.whole) e WHERE e.grantee = a.owner) w
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.aclexplode(a.acl) c
        WHERE c.grantor = g.grantor AND c.grantee = g.grantee AND c.privilege_type = g.privilege_type)
    GROUP BY a.place, a.attnum, g.grantor, g.grantee, g.is_grantable, a.target, a.column_name, w.privileges
    UNION ALL
    SELECT a.place, a.attnum, 2, min(g.turn), g.grantor <> a.owner, g.grantor, g.grantee, g.is_grantable,
        a.target, a.column_name, count(*) = w.privileges AND w.privileges > 1,
        pg_catalog.string_agg(g.privilege_type || coalesce(a.column_name, ''), ', ' ORDER BY g.privilege_type)
    FROM acl a
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl) WITH ORDINALITY g(grantor, grantee, privilege_type, is_grantable, turn)
    CROSS JOIN LATERAL (SELECT count(*) AS privileges FROM pg_catalog.aclexplode(a.whole) e WHERE e.grantee = a.owner) w
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.aclexplode(a.base) b
        WHERE b.grantor = g.grantor AND b.grantee = g.grantee AND b.privilege_type = g.privilege_type
            AND b.is_grantable = g.is_grantable)
    GROUP BY a.place, a.attnum, g.grantor, a.owner, g.grantee, g.is_grantable, a.target, a.column_name, w.privileges
), statement(place, part, first, second, third, sql) AS (
    SELECT o.place, 'create', 0, b.turn, '', b.sql FROM object o, pg_catalog.unnest(o.body) WITH ORDINALITY b(sql, turn)
    UNION ALL
    SELECT o.place, 'shell', 0, 0, '', 'CREATE TYPE ' || o.name FROM object o
    WHERE o.classid = 'pg_catalog.pg_type'::regclass AND o.name IS NOT NULL
    UNION ALL
    SELECT o.place, 'attach', 0, 0, '', CASE WHEN c.relkind IN ('i', 'I')
        THEN 'ALTER INDEX ' || h.inhparent::regclass::text || ' ATTACH PARTITION ' || c.oid::regclass::text
        ELSE 'ALTER TABLE ONLY ' || h.inhparent::regclass::text || ' ATTACH PARTITION ' || o.name || ' '
            || pg_catalog.pg_get_expr(c.relpartbound, c.oid) END
    FROM object o
    LEFT JOIN pg_catalog.pg_constraint k ON k.oid = o.objid AND o.classid = 'pg_catalog.pg_constraint'::regclass
    JOIN pg_catalog.pg_class c ON c.oid = CASE o.classid WHEN 'pg_catalog.pg_class'::regclass::oid THEN o.objid
        WHEN 'pg_catalog.pg_constraint'::regclass::oid THEN CASE WHEN k.contype IN ('p', 'u', 'x') THEN k.conindid END END
    JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
    WHERE c.relispartition
    UNION ALL
    SELECT o.place, 'late', 0, b.turn, '', b.sql FROM object o, pg_catalog.unnest(o.late) WITH ORDINALITY b(sql, turn)
    UNION ALL
    SELECT o.place, 'replace', 0, b.turn, '', b.sql FROM object o, pg_catalog.unnest(o.replacement) WITH ORDINALITY b(sql, turn)
    UNION ALL
    SELECT o.place, 'alter', 0, b.turn, '', b.sql FROM object o, pg_catalog.unnest(o.alteration) WITH ORDINALITY b(sql, turn)
    UNION ALL
    SELECT o.place, 'drop', 0, 0, '', coalesce(o.removal, 'DROP ' || o.word || ' ' || o.name) FROM object o
    WHERE o.name IS NOT NULL
    UNION ALL
    SELECT o.place, 'owner', 0, 0, '', 'ALTER ' || o.word || ' ' || o.name || ' OWNER TO '
        || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o.owner))
    -- What is made with another object has its owner.
    FROM object o WHERE o.owner IS NOT NULL AND coalesce(o.body[1], '') NOT LIKE '-- Made with %'
    UNION ALL
    SELECT o.place, 'comment', 0, 0, '', 'COMMENT ON ' || o.word || ' ' || o.name || ' IS ' || pg_catalog.quote_literal(d.description)
    FROM object o JOIN pg_catalog.pg_description d ON d.classoid = o.classid AND d.objoid = o.objid AND d.objsubid = 0
    UNION ALL
    SELECT o.place, 'comment', 0, 0, '', 'COMMENT ON ' || o.word || ' ' || o.name || ' IS ' || pg_catalog.quote_literal(d.description)
    FROM object o JOIN pg_catalog.pg_shdescription d ON d.classoid = o.classid AND d.objoid = o.objid
    UNION ALL
    SELECT o.place, 'comment', 1, a.attnum, '', 'COMMENT ON COLUMN ' || o.name || '.' || pg_catalog.quote_ident(a.attname) || ' IS '
        || pg_catalog.quote_literal(d.description)
    FROM object o
    JOIN pg_catalog.pg_description d ON d.classoid = o.classid AND d.objoid = o.objid AND d.objsubid > 0
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.objid AND a.attnum = d.objsubid
    WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.word <> 'INDEX'
    UNION ALL
    SELECT o.place, 'label', 0, 0, l.provider, 'SECURITY LABEL FOR ' || pg_catalog.quote_ident(l.provider) || ' ON ' || o.word || ' '
        || o.name || ' IS ' || pg_catalog.quote_literal(l.label)
    FROM object o JOIN pg_catalog.pg_seclabel l ON l.classoid = o.classid AND l.objoid = o.objid AND l.objsubid = 0
    UNION ALL
    SELECT o.place, 'label', 0, 0, l.provider, 'SECURITY LABEL FOR ' || pg_catalog.quote_ident(l.provider) || ' ON ' || o.word || ' '
        || o.name || ' IS ' || pg_catalog.quote_literal(l.label)
    FROM object o JOIN pg_catalog.pg_shseclabel l ON l.classoid = o.classid AND l.objoid = o.objid
    UNION ALL
    SELECT o.place, 'label', 1, a.attnum, l.provider, 'SECURITY LABEL FOR ' || pg_catalog.quote_ident(l.provider) || ' ON COLUMN '
        || o.name || '.' || pg_catalog.quote_ident(a.attname) || ' IS ' || pg_catalog.quote_literal(l.label)
    FROM object o
    JOIN pg_catalog.pg_seclabel l ON l.classoid = o.classid AND l.objoid = o.objid AND l.objsubid > 0
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.objid AND a.attnum = l.objsubid
    WHERE o.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT o.place, 'label', 2, 0, e.extname, 'ALTER ' || o.word || ' ' || o.name || ' DEPENDS ON EXTENSION '
        || pg_catalog.quote_ident(e.extname)
    FROM object o
    JOIN pg_catalog.pg_depend d ON d.classid = o.classid AND d.objid = o.objid AND d.deptype = 'x'
    JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND e.oid = d.refobjid
    UNION ALL
    SELECT c.place, 'privilege', c.attnum, c.kind * 1000000 + c.turn, '',
        CASE WHEN c.by_other THEN 'SET ROLE ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.grantor)) || E';\n' ELSE '' END
        || CASE c.kind WHEN 1 THEN 'REVOKE ' ELSE 'GRANT ' END || CASE WHEN c.complete THEN 'ALL' ELSE c.privileges END
        || ' ON ' || c.target || CASE c.kind WHEN 1 THEN ' FROM ' ELSE ' TO ' END
        || CASE c.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.grantee)) END
        || CASE WHEN c.kind = 2 AND c.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
        || CASE WHEN c.by_other THEN E';\nRESET ROLE' ELSE '' END
    FROM change c
)
SELECT w.catalog, w.objid, s.part, s.sql
FROM statement s JOIN wanted w ON w.place = s.place
WHERE s.sql IS NOT NULL
ORDER BY s.place, s.part, s.first, s.second, s.third, s.sql
