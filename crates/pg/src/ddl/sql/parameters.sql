-- What a role may set of the server's configuration, and what it lets everybody set, as statements: PUBLIC has no page of
-- its own, so that stands with who granted it. PostgreSQL 15 and later. Part of `role.sql`.
coalesce((
            SELECT pg_catalog.array_agg(p.statement ORDER BY p.name, p.grantee = 0, p.grantor <> 10, p.grantor, p.grantable, p.at)
            FROM (
                SELECT g.name, g.grantee, g.grantor, g.grantable, u.at, u.statement
                FROM (
                    SELECT a.parname AS name, e.grantee, e.grantor, e.is_grantable AS grantable,
                        pg_catalog.string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type DESC) AS privileges
                    FROM pg_catalog.pg_parameter_acl a
                    CROSS JOIN LATERAL pg_catalog.aclexplode(a.paracl) e
                    WHERE e.grantee = r.oid AND e.grantee <> 10 OR e.grantee = 0 AND e.grantor = r.oid
                    GROUP BY a.parname, e.grantee, e.grantor, e.is_grantable) g
                -- A parameter's name is written as SET has it, each part for itself.
                CROSS JOIN LATERAL (
                    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.part), '.' ORDER BY n.at) AS quoted
                    FROM pg_catalog.regexp_split_to_table(g.name, '\.') WITH ORDINALITY n(part, at)) q
                -- Grants of others than the owner are made by who made them.
                CROSS JOIN LATERAL (VALUES
                    (1, CASE WHEN g.grantor <> 10 THEN 'SET ROLE ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantor)) END),
                    (2, 'GRANT ' || g.privileges || ' ON PARAMETER ' || q.quoted || ' TO '
                        || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END
                        || CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END),
                    (3, CASE WHEN g.grantor <> 10 THEN 'RESET ROLE' END)) u (at, statement)
                WHERE u.statement IS NOT NULL) p), '{}')