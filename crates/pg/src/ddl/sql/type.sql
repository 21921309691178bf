-- Enumerations, composite types, ranges, base and shell types, domains. PostgreSQL 13 and later.
--
-- `$3` names domains whose checks go behind everything else.
SELECT w.place, w.classid, w.objid, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, x.name, t.typowner, t.typacl,
    'T'::"char",
    CASE
    WHEN NOT t.typisdefined THEN ARRAY['CREATE TYPE ' || x.name]
    WHEN t.typtype = 'e' THEN ARRAY['CREATE TYPE ' || x.name || ' AS ENUM (' || coalesce((
        SELECT E'\n    ' || pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), E',\n    ' ORDER BY e.enumsortorder) || E'\n'
        FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '') || ')']
    WHEN t.typtype = 'c' THEN ARRAY['CREATE TYPE ' || x.name || ' AS (' || coalesce(E'\n    ' || c.columns || E'\n', '') || ')']
        || coalesce(c.comments, '{}')
    WHEN t.typtype = 'r' THEN ARRAY['CREATE TYPE ' || x.name || ' AS RANGE (' || (
        SELECT pg_catalog.concat_ws(',',
            E'\n    SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL),
            CASE WHEN NOT o.opcdefault THEN E'\n    SUBTYPE_OPCLASS = ' || pg_catalog.format('%I.%I', n.nspname, o.opcname) END,
            CASE WHEN r.rngcollation <> s.typcollation
                THEN E'\n    COLLATION = ' || pg_catalog.format('%I.%I', cn.nspname, co.collname) END,
            E'\n    CANONICAL = ' || nullif(r.rngcanonical::text, '-'),
            E'\n    SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::text, '-'),
            E'\n    MULTIRANGE_TYPE_NAME = ' || pg_catalog.format_type((to_jsonb(r) ->> 'rngmultitypid')::oid, NULL))
        FROM pg_catalog.pg_range r
        JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype
        JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
        JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
        LEFT JOIN pg_catalog.pg_collation co ON co.oid = r.rngcollation
        LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
        WHERE r.rngtypid = t.oid) || E'\n)']
    WHEN t.typtype = 'd' THEN ARRAY['CREATE DOMAIN ' || x.name || ' AS ' || pg_catalog.format_type(t.typbasetype, t.typtypmod)
        || coalesce((
            SELECT ' COLLATE ' || pg_catalog.format('%I.%I', cn.nspname, co.collname)
            FROM pg_catalog.pg_type b, pg_catalog.pg_collation co
            JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
            WHERE b.oid = t.typbasetype AND co.oid = t.typcollation AND t.typcollation <> b.typcollation), '')
        || coalesce(x.domain_default, '') || coalesce(d.inside, CASE WHEN t.typnotnull THEN ' NOT NULL' END, '')
        || CASE WHEN x.loose THEN '' ELSE coalesce(d.checks, '') END]
        || CASE WHEN x.loose THEN '{}' ELSE coalesce(d.later, '{}') || coalesce(d.comments, '{}') END
    WHEN t.typtype = 'b' THEN ARRAY['CREATE TYPE ' || x.name || ' (' || pg_catalog.concat_ws(',',
        E'\n    INPUT = ' || t.typinput::text, E'\n    OUTPUT = ' || t.typoutput::text,
        E'\n    RECEIVE = ' || nullif(t.typreceive::text, '-'), E'\n    SEND = ' || nullif(t.typsend::text, '-'),
        E'\n    TYPMOD_IN = ' || nullif(t.typmodin::text, '-'), E'\n    TYPMOD_OUT = ' || nullif(t.typmodout::text, '-'),
        E'\n    ANALYZE = ' || nullif(t.typanalyze::text, '-'),
        E'\n    SUBSCRIPT = ' || nullif(to_jsonb(t) ->> 'typsubscript', '-'),
        E'\n    INTERNALLENGTH = ' || CASE t.typlen WHEN -1 THEN 'VARIABLE' ELSE t.typlen::text END,
        CASE WHEN t.typbyval THEN E'\n    PASSEDBYVALUE' END,
        E'\n    ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' ELSE 'double' END,
        E'\n    STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END,
        CASE WHEN t.typcategory <> 'U' THEN E'\n    CATEGORY = ' || pg_catalog.quote_literal(t.typcategory::text) END,
        CASE WHEN t.typispreferred THEN E'\n    PREFERRED = true' END,
        E'\n    DEFAULT = ' || pg_catalog.quote_literal(t.typdefault),
        E'\n    ELEMENT = ' || CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END,
        CASE WHEN t.typdelim <> ',' THEN E'\n    DELIMITER = ' || pg_catalog.quote_literal(t.typdelim::text) END,
        CASE WHEN t.typcollation <> 0 THEN E'\n    COLLATABLE = true' END) || E'\n)']
    ELSE ARRAY['-- PostgreSQL makes the type ' || x.name || ' by itself, with the one that it belongs to.']
    END,
    CASE WHEN x.loose THEN d.added || coalesce(d.comments, '{}') END, NULL::text[],
    CASE t.typtype
        WHEN 'd' THEN ARRAY['ALTER DOMAIN ' || x.name || coalesce(' SET' || x.domain_default, ' DROP DEFAULT'),
            'ALTER DOMAIN ' || x.name || CASE WHEN t.typnotnull THEN ' SET NOT NULL' ELSE ' DROP NOT NULL' END]
        ELSE '{}' END,
    NULL::text
FROM wanted w
JOIN pg_catalog.pg_type t ON w.classid = 'pg_catalog.pg_type'::regclass AND t.oid = w.objid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.format('%I.%I', tn.nspname, t.typname) AS name, t.typtype = 'd' AND t.oid = ANY ($3::oid[]) AS loose,
        CASE WHEN t.typtype = 'd' THEN ' DEFAULT '
            || coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), pg_catalog.quote_literal(t.typdefault)) END
            AS domain_default
) x
LEFT JOIN LATERAL (
    SELECT
        pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attcollation <> y.typcollation
                THEN ' COLLATE ' || pg_catalog.format('%I.%I', cn.nspname, co.collname) ELSE '' END,
            E',\n    ' ORDER BY a.attnum) AS columns,
        pg_catalog.array_agg(pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', x.name, a.attname, d.description)
            ORDER BY a.attnum) FILTER (WHERE d.description IS NOT NULL) AS comments
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
    LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    LEFT JOIN pg_catalog.pg_description d
        ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
) c ON true
LEFT JOIN LATERAL (
    SELECT
        pg_catalog.string_agg(CASE WHEN k.conname <> t.typname || '_not_null'
            THEN pg_catalog.format(' CONSTRAINT %I NOT NULL', k.conname) ELSE ' NOT NULL' END, '')
            FILTER (WHERE k.contype = 'n') AS inside,
        pg_catalog.string_agg(pg_catalog.format(E'\n    CONSTRAINT %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)),
            '' ORDER BY k.conname) FILTER (WHERE k.contype = 'c' AND k.convalidated) AS checks,
        pg_catalog.array_agg(pg_catalog.format('ALTER DOMAIN %s ADD CONSTRAINT %I %s', x.name, k.conname,
            pg_catalog.pg_get_constraintdef(k.oid)) ORDER BY k.conname)
            FILTER (WHERE k.contype = 'c' AND NOT k.convalidated) AS later,
        pg_catalog.array_agg(pg_catalog.format('ALTER DOMAIN %s ADD CONSTRAINT %I %s', x.name, k.conname,
            pg_catalog.pg_get_constraintdef(k.oid)) ORDER BY k.conname) FILTER (WHERE k.contype = 'c') AS added,
        pg_catalog.array_agg(pg_catalog.format('COMMENT ON CONSTRAINT %I ON DOMAIN %s IS %L', k.conname, x.name, d.description)
            ORDER BY k.conname) FILTER (WHERE d.description IS NOT NULL) AS comments
    FROM pg_catalog.pg_constraint k
    LEFT JOIN pg_catalog.pg_description d
        ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid AND d.objsubid = 0
    WHERE k.contypid = t.oid
) d ON true
