-- Extended statistics. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'STATISTICS', x.name, s.stxowner, NULL::aclitem[], NULL::"char",
    ARRAY[pg_catalog.pg_get_statisticsobjdef(s.oid)] || x.target, NULL::text[], NULL::text[], x.target, NULL::text
FROM wanted w
JOIN pg_catalog.pg_statistic_ext s ON w.classid = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.format('%I.%I', n.nspname, s.stxname) AS name,
        CASE WHEN s.stxstattarget >= 0 THEN ARRAY[pg_catalog.format(
            'ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget)]
            ELSE '{}'::text[] END AS target
) x
