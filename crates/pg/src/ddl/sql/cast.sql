-- Casts. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'CAST', x.name, NULL::oid, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE CAST ' || x.name || CASE c.castmethod
            WHEN 'f' THEN ' WITH FUNCTION ' || c.castfunc::regprocedure::text
            WHEN 'i' THEN ' WITH INOUT' ELSE ' WITHOUT FUNCTION' END
        || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_cast c ON w.classid = 'pg_catalog.pg_cast'::regclass AND c.oid = w.objid
CROSS JOIN LATERAL (
    SELECT '(' || pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL)
        || ')' AS name
) x
