-- Large objects, without what is in them. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'LARGE OBJECT', l.oid::text, l.lomowner, l.lomacl, 'L'::"char",
    ARRAY[pg_catalog.format('SELECT pg_catalog.lo_create(%L)', l.oid)], NULL::text[], NULL::text[], '{}'::text[],
    pg_catalog.format('SELECT pg_catalog.lo_unlink(%L)', l.oid)
FROM wanted w
JOIN pg_catalog.pg_largeobject_metadata l ON w.classid = 'pg_catalog.pg_largeobject'::regclass AND l.oid = w.objid
