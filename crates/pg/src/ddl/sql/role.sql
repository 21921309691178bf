-- Roles with settings and memberships, without passwords, which only a superuser may read. PostgreSQL 13 and later:
-- memberships have INHERIT and SET since 16.
-- What it may set of the server stands in a file of its own, since that is to grant from 15 on.
SELECT w.place, w.classid, w.objid, 'ROLE', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    CASE WHEN r.oid < 16384 THEN ARRAY['-- PostgreSQL makes this role by itself.']
    ELSE ARRAY['CREATE ROLE ' || x.name || coalesce(E'\n    ' || nullif(pg_catalog.concat_ws(' ',
            CASE WHEN r.rolcanlogin THEN 'LOGIN' END, CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
            CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
            CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
            CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
            CASE WHEN r.rolconnlimit <> -1 THEN 'CONNECTION LIMIT ' || r.rolconnlimit END,
            'VALID UNTIL ' || pg_catalog.quote_literal(r.rolvaliduntil::text)), ''), '')]
        || CASE WHEN r.rolcanlogin THEN ARRAY['-- A password is not shown.'] ELSE '{}' END END
    || x.settings || x.memberships || x.parameters,
    NULL::text[], NULL::text[],
    CASE WHEN r.oid < 16384 THEN '{}' ELSE ARRAY['ALTER ROLE ' || x.name || E'\n    ' || pg_catalog.concat_ws(' ',
        CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN r.rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
        CASE WHEN r.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
        CASE WHEN r.rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
        CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
        CASE WHEN r.rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
        CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
        'CONNECTION LIMIT ' || r.rolconnlimit, 'VALID UNTIL ' || pg_catalog.quote_literal(r.rolvaliduntil::text))] END
    || x.settings || x.memberships || x.parameters, NULL::text
FROM wanted w
JOIN pg_catalog.pg_roles r ON w.classid = 'pg_catalog.pg_authid'::regclass AND r.oid = w.objid
CROSS JOIN LATERAL (
    SELECT pg_catalog.quote_ident(r.rolname) AS name,
        coalesce((
            SELECT pg_catalog.array_agg('ALTER ROLE ' || pg_catalog.quote_ident(r.rolname)
                || coalesce(' IN DATABASE ' || pg_catalog.quote_ident(d.datname), '')
                || ' SET ' || pg_catalog.quote_ident(pg_catalog.split_part(c.item, '=', 1)) || ' TO '
                || CASE WHEN v.value <> '' AND pg_catalog.split_part(c.item, '=', 1) IN ('search_path', 'temp_tablespaces',
                        'local_preload_libraries', 'session_preload_libraries', 'shared_preload_libraries',
                        'unix_socket_directories')
                    THEN v.value ELSE pg_catalog.quote_literal(v.value) END
                ORDER BY d.datname NULLS FIRST, c.place)
            FROM pg_catalog.pg_db_role_setting s
            LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
            CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY c(item, place)
            CROSS JOIN LATERAL (SELECT pg_catalog.substr(c.item, pg_catalog.strpos(c.item, '=') + 1) AS value) v
            WHERE s.setrole = r.oid), '{}') AS settings,
        coalesce((
            SELECT pg_catalog.array_agg('GRANT ' || pg_catalog.quote_ident(g.rolname) || ' TO '
                || pg_catalog.quote_ident(u.rolname) || coalesce(' WITH ' || nullif(pg_catalog.concat_ws(', ',
                    CASE WHEN m.admin_option THEN 'ADMIN OPTION' END,
                    CASE WHEN (to_jsonb(m) ->> 'inherit_option')::bool <> u.rolinherit
                        THEN 'INHERIT ' || pg_catalog.upper(to_jsonb(m) ->> 'inherit_option') END,
                    CASE WHEN NOT (to_jsonb(m) ->> 'set_option')::bool THEN 'SET FALSE' END), ''), '')
                || CASE WHEN m.grantor <> 10 AND a.rolname IS NOT NULL
                    THEN ' GRANTED BY ' || pg_catalog.quote_ident(a.rolname) ELSE '' END
                ORDER BY m.member = r.oid DESC, g.rolname, u.rolname, m.grantor <> 10, a.rolname)
            FROM pg_catalog.pg_auth_members m
            JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
            JOIN pg_catalog.pg_roles u ON u.oid = m.member
            LEFT JOIN pg_catalog.pg_roles a ON a.oid = m.grantor
            WHERE (m.member = r.oid OR m.roleid = r.oid)), '{}') AS memberships,
        {parameters} AS parameters
) x
