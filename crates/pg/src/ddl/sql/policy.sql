-- Policies of row-level security. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'POLICY', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE POLICY ' || x.name || CASE WHEN p.polpermissive THEN '' ELSE E'\n    AS RESTRICTIVE' END
        || CASE p.polcmd WHEN 'r' THEN E'\n    FOR SELECT' WHEN 'a' THEN E'\n    FOR INSERT' WHEN 'w' THEN E'\n    FOR UPDATE'
            WHEN 'd' THEN E'\n    FOR DELETE' ELSE '' END
        || x.terms],
    NULL::text[], NULL::text[], ARRAY['ALTER POLICY ' || x.name || x.terms], NULL::text
FROM wanted w
JOIN pg_catalog.pg_policy p ON w.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = w.objid
CROSS JOIN LATERAL (
    SELECT pg_catalog.quote_ident(p.polname) || ' ON ' || p.polrelid::regclass::text AS name,
        E'\n    TO ' || (
            SELECT pg_catalog.string_agg(CASE WHEN r.oid = 0 THEN 'PUBLIC'
                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.oid)) END, ', ' ORDER BY r.place)
            FROM pg_catalog.unnest(p.polroles) WITH ORDINALITY r(oid, place))
        || coalesce(E'\n    USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
        || coalesce(E'\n    WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') AS terms
) x
