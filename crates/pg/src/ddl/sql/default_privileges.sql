-- Default privileges, of a role everywhere or in a schema. Those of a schema add to those everywhere, which stand in
-- place of PostgreSQL's own. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'DEFAULT PRIVILEGES', NULL::text, NULL::oid, NULL::aclitem[], NULL::"char",
    y.changes, NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_default_acl d ON w.classid = 'pg_catalog.pg_default_acl'::regclass AND d.oid = w.objid
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (
    SELECT 'ALTER DEFAULT PRIVILEGES FOR ROLE ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole))
        || coalesce(' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), '') AS start,
        ' ON ' || CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
            WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS objects,
        pg_catalog.acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) AS whole,
        CASE WHEN n.oid IS NULL THEN pg_catalog.acldefault(
            CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END AS base
) x
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(z.change ORDER BY z.kind, z.place, z.change) AS changes
    FROM (
        SELECT 1 AS kind, 0 AS place, x.start || ' REVOKE ' || CASE WHEN count(*) > 1 AND count(*) = (
                SELECT count(*) FROM pg_catalog.aclexplode(x.whole) a WHERE a.grantee = d.defaclrole)
                THEN 'ALL' ELSE pg_catalog.string_agg(r.privilege_type, ', ' ORDER BY r.privilege_type) END
            || x.objects || ' FROM ' || CASE r.grantee WHEN 0 THEN 'PUBLIC'
                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.grantee)) END AS change
        FROM (
            SELECT a.grantee, a.privilege_type FROM pg_catalog.aclexplode(x.base) a
            EXCEPT SELECT a.grantee, a.privilege_type FROM pg_catalog.aclexplode(d.defaclacl) a
        ) r
        GROUP BY r.grantee
        UNION ALL
        SELECT 2, min(g.place), x.start || ' GRANT ' || CASE WHEN count(*) > 1 AND count(*) = (
                SELECT count(*) FROM pg_catalog.aclexplode(x.whole) a WHERE a.grantee = d.defaclrole)
                THEN 'ALL' ELSE pg_catalog.string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type) END
            || x.objects || ' TO ' || CASE g.grantee WHEN 0 THEN 'PUBLIC'
                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END
            || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
        FROM pg_catalog.aclexplode(d.defaclacl) WITH ORDINALITY g(grantor, grantee, privilege_type, is_grantable, place)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.aclexplode(x.base) b
            WHERE b.grantee = g.grantee AND b.privilege_type = g.privilege_type AND b.is_grantable = g.is_grantable)
        GROUP BY g.grantee, g.is_grantable
    ) z
) y
