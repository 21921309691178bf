-- Collations. The locale's columns have other names in each version from 15 to 17. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'COLLATION', x.name, c.collowner, NULL::aclitem[], NULL::"char",
    ARRAY['CREATE COLLATION ' || x.name || ' (' || pg_catalog.concat_ws(', ',
        'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN '"default"' ELSE 'libc' END,
        CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END,
        CASE WHEN x.locale IS NOT NULL THEN 'locale = ' || pg_catalog.quote_literal(x.locale)
            WHEN to_jsonb(c) ->> 'collcollate' = to_jsonb(c) ->> 'collctype'
                THEN 'locale = ' || pg_catalog.quote_literal(to_jsonb(c) ->> 'collcollate')
            ELSE 'lc_collate = ' || pg_catalog.quote_literal(to_jsonb(c) ->> 'collcollate')
                || ', lc_ctype = ' || pg_catalog.quote_literal(to_jsonb(c) ->> 'collctype') END,
        'rules = ' || pg_catalog.quote_literal(to_jsonb(c) ->> 'collicurules')) || ')'],
    NULL::text[], NULL::text[], '{}'::text[], NULL::text
FROM wanted w
JOIN pg_catalog.pg_collation c ON w.classid = 'pg_catalog.pg_collation'::regclass AND c.oid = w.objid
JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) AS name,
        coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale') AS locale
) x
