-- Sequences. One that an identity column made is made with its column. PostgreSQL 13 and later.
SELECT w.place, w.classid, w.objid, 'SEQUENCE', x.name, c.relowner, c.relacl, 's'::"char",
    CASE WHEN x.identity
        THEN ARRAY['-- Made with an identity column: ' || pg_catalog.replace(x.name, E'\n', ' ')]
        ELSE ARRAY[
            'CREATE ' || CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' WHEN 't' THEN 'TEMPORARY ' ELSE '' END
            || 'SEQUENCE ' || x.name || coalesce(E'\n    ' || nullif(pg_catalog.concat_ws(E'\n    ',
                CASE WHEN s.seqtypid <> 20 THEN 'AS ' || x.type_name END,
                CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
                CASE WHEN s.seqmin <> x.least THEN 'MINVALUE ' || s.seqmin END,
                CASE WHEN s.seqmax <> x.greatest THEN 'MAXVALUE ' || s.seqmax END,
                CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END
                    THEN 'START WITH ' || s.seqstart END,
                CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
                CASE WHEN s.seqcycle THEN 'CYCLE' END), ''), '')
        ] END,
    CASE WHEN x.owner_column IS NOT NULL AND NOT x.identity
        THEN ARRAY['ALTER SEQUENCE ' || x.name || ' OWNED BY ' || x.owner_column] END,
    NULL::text[],
    ARRAY['ALTER SEQUENCE ' || x.name || CASE WHEN x.identity THEN '' ELSE E'\n    AS ' || x.type_name END
        || E'\n    INCREMENT BY ' || s.seqincrement || E'\n    MINVALUE ' || s.seqmin || E'\n    MAXVALUE ' || s.seqmax
        || E'\n    START WITH ' || s.seqstart || E'\n    CACHE ' || s.seqcache
        || CASE WHEN s.seqcycle THEN E'\n    CYCLE' ELSE E'\n    NO CYCLE' END
        || CASE WHEN x.identity THEN '' ELSE E'\n    OWNED BY ' || coalesce(x.owner_column, 'NONE') END],
    CASE WHEN x.identity THEN 'ALTER TABLE ' || x.owner_table || ' ALTER COLUMN '
        || x.owner_column_name || ' DROP IDENTITY' END
FROM wanted w
JOIN pg_catalog.pg_class c ON w.classid = 'pg_catalog.pg_class'::regclass AND c.oid = w.objid AND c.relkind = 'S'
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN LATERAL (
    SELECT d.deptype, t.oid::regclass::text AS owner_table, pg_catalog.quote_ident(a.attname) AS owner_column
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
) d ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN c.relpersistence = 't' THEN pg_catalog.quote_ident(c.relname)
            ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END AS name,
        coalesce(d.deptype = 'i', false) AS identity,
        d.owner_table, d.owner_column AS owner_column_name, d.owner_table || '.' || d.owner_column AS owner_column,
        pg_catalog.format_type(s.seqtypid, NULL) AS type_name,
        CASE WHEN s.seqincrement > 0 THEN 1 ELSE CASE s.seqtypid
            WHEN 21 THEN -32768 WHEN 23 THEN -2147483648 ELSE -9223372036854775808 END END AS least,
        CASE WHEN s.seqincrement < 0 THEN -1 ELSE CASE s.seqtypid
            WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END END AS greatest
) x
