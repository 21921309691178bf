-- Tables, partitioned tables and foreign tables with their columns, checks and settings. PostgreSQL 13 and later.
--
-- A partition is made as a table of its own and attached behind it, so that it keeps its names and the order of its
-- columns. `$3` names relations whose defaults and checks go behind everything else.
SELECT w.place, w.classid, w.objid, x.word, x.name, c.relowner, c.relacl, 'r'::"char",
    ARRAY[
        'CREATE ' || CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' WHEN 't' THEN 'TEMPORARY ' ELSE '' END || x.word
        || ' ' || x.name
        || CASE WHEN c.reloftype <> 0 THEN ' OF ' || pg_catalog.format_type(c.reloftype, NULL) ELSE '' END
        || CASE
            WHEN e.elements IS NOT NULL THEN E' (\n    ' || e.elements || E'\n)'
            WHEN c.reloftype <> 0 THEN '' ELSE ' ()' END
        || coalesce(E'\nINHERITS (' || CASE WHEN NOT c.relispartition THEN p.parents END || ')', '')
        || CASE WHEN c.relkind = 'p' THEN E'\nPARTITION BY ' || pg_catalog.pg_get_partkeydef(c.oid) ELSE '' END
        || coalesce(E'\nSERVER ' || pg_catalog.quote_ident(fs.srvname), '')
        || coalesce(E'\nOPTIONS (' || (
            SELECT pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, coalesce(o.option_value, '')), ', ')
            FROM pg_catalog.pg_options_to_table(ft.ftoptions) o) || ')', '')
        || CASE WHEN am.amname <> 'heap' THEN E'\nUSING ' || pg_catalog.quote_ident(am.amname) ELSE '' END
        || coalesce(E'\nWITH (' || r.options || ')', '')
        || coalesce(E'\nTABLESPACE ' || pg_catalog.quote_ident(ts.spcname), '')
    ]
    || coalesce(CASE WHEN NOT x.loose THEN k.later END, '{}')
    || coalesce(a.changes, '{}')
    || CASE WHEN c.relrowsecurity THEN ARRAY['ALTER TABLE ' || x.name || ' ENABLE ROW LEVEL SECURITY'] ELSE '{}' END
    || CASE WHEN c.relforcerowsecurity THEN
        ARRAY['ALTER TABLE ONLY ' || x.name || ' FORCE ROW LEVEL SECURITY'] ELSE '{}' END
    || CASE c.relreplident
        WHEN 'f' THEN ARRAY['ALTER TABLE ONLY ' || x.name || ' REPLICA IDENTITY FULL']
        WHEN 'n' THEN CASE WHEN c.relkind <> 'f' AND c.relnamespace <> 'pg_catalog'::regnamespace
            THEN ARRAY['ALTER TABLE ONLY ' || x.name || ' REPLICA IDENTITY NOTHING'] ELSE '{}' END
        ELSE '{}' END
    || CASE WHEN x.loose THEN '{}' ELSE coalesce(k.comments, '{}') END,
    CASE WHEN x.loose THEN coalesce(a.loose_defaults, '{}') || coalesce(k.loose, '{}') || coalesce(k.comments, '{}') END,
    NULL::text[],
    CASE WHEN r.options IS NOT NULL THEN
        ARRAY['ALTER ' || x.word || ' ' || x.name || ' SET (' || r.options || ')'] ELSE '{}' END
    || coalesce(a.changes, '{}'),
    NULL::text
FROM wanted w
JOIN pg_catalog.pg_class c
    ON w.classid = 'pg_catalog.pg_class'::regclass AND c.oid = w.objid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_foreign_table ft ON ft.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver
CROSS JOIN LATERAL (
    SELECT CASE c.relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS word,
        c.oid = ANY ($3::oid[]) AS loose,
        CASE WHEN c.relpersistence = 't' THEN pg_catalog.quote_ident(c.relname)
            ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END AS name
) x
LEFT JOIN LATERAL (
    SELECT pg_catalog.string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) AS parents
    FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid
) p ON true
LEFT JOIN LATERAL (
    SELECT pg_catalog.string_agg(
        o.prefix || pg_catalog.quote_ident(pg_catalog.split_part(o.item, '=', 1)) || '=' || CASE
            WHEN o.value ~ '^(-?[0-9]+([.][0-9]+)?|on|off|true|false|auto)$' THEN o.value
            ELSE pg_catalog.quote_literal(o.value) END, ', ' ORDER BY o.prefix, o.place) AS options
    FROM (
        SELECT '' AS prefix, u.item, pg_catalog.substr(u.item, pg_catalog.strpos(u.item, '=') + 1) AS value, u.place
        FROM pg_catalog.unnest(c.reloptions) WITH ORDINALITY u(item, place)
        UNION ALL
        SELECT 'toast.', u.item, pg_catalog.substr(u.item, pg_catalog.strpos(u.item, '=') + 1), u.place
        FROM pg_catalog.pg_class t, pg_catalog.unnest(t.reloptions) WITH ORDINALITY u(item, place)
        WHERE t.oid = c.reltoastrelid
    ) o
) r ON true
-- Not-null constraints have rows of their own since PostgreSQL 18; checks and those that cannot stand in a column.
LEFT JOIN LATERAL (
    SELECT
        pg_catalog.string_agg(
            k.named, E',\n    ' ORDER BY k.contype, k.conname) FILTER (WHERE k.inside AND k.validated) AS inside,
        pg_catalog.array_agg('ALTER ' || x.word || ' ' || x.name || ' ADD ' || k.named ORDER BY k.contype, k.conname)
            FILTER (WHERE k.inside AND NOT k.validated) AS later,
        pg_catalog.array_agg('ALTER ' || x.word || ' ' || x.name || ' ADD ' || k.named ORDER BY k.contype, k.conname)
            FILTER (WHERE k.inside) AS loose,
        pg_catalog.array_agg(pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, x.name, d.description)
            ORDER BY k.conname) FILTER (WHERE d.description IS NOT NULL) AS comments
    FROM (
        SELECT k.oid, k.conname, k.contype,
            -- A partition is attached while it is empty: what its parent has not validated is valid in it.
            k.convalidated OR c.relispartition OR coalesce(to_jsonb(k) ->> 'conenforced', '') = 'false' AS validated,
            (k.conislocal OR c.relispartition) AND (k.contype = 'c' OR NOT k.convalidated OR NOT EXISTS (
                SELECT FROM pg_catalog.pg_attribute o WHERE o.attrelid = c.oid AND o.attnum = k.conkey[1]
                AND (o.attislocal OR c.relispartition))) AS inside,
            pg_catalog.format('CONSTRAINT %I %s', k.conname, CASE WHEN c.relispartition
                THEN pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')
                ELSE pg_catalog.pg_get_constraintdef(k.oid) END) AS named
        FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'n')
    ) k
    LEFT JOIN pg_catalog.pg_description d
        ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid AND d.objsubid = 0
) k ON true
LEFT JOIN LATERAL (
    SELECT
        pg_catalog.string_agg(q.column_name || q.definition, E',\n    ' ORDER BY q.attnum)
            FILTER (WHERE q.listed AND z.place = 0) AS listed,
        pg_catalog.array_agg(z.change ORDER BY q.attnum, z.place)
            FILTER (WHERE z.change IS NOT NULL AND z.place < 10) AS changes,
        pg_catalog.array_agg(z.change ORDER BY q.attnum)
            FILTER (WHERE z.change IS NOT NULL AND z.place = 11) AS loose_defaults
    FROM (
        SELECT a.*, d.adbin, v.*, y.typstorage,
            coalesce(a.attislocal OR c.relispartition, true) AND (
                c.reloftype = 0 OR d.oid IS NOT NULL AND NOT x.loose OR v.is_not_null) AS listed,
            pg_catalog.quote_ident(a.attname) AS column_name,
            'ALTER ' || x.word || ' ONLY ' || x.name || ' ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) AS altered,
            pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
            CASE WHEN c.reloftype = 0 THEN ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) ELSE ' WITH OPTIONS' END
            || coalesce(' OPTIONS (' || (
                SELECT pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ')
                FROM pg_catalog.pg_options_to_table(a.attfdwoptions) o) || ')', '')
            || CASE WHEN c.reloftype = 0 AND a.attcollation <> y.typcollation
                THEN ' COLLATE ' || pg_catalog.format('%I.%I', cn.nspname, co.collname) ELSE '' END
            || CASE
                WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                    || CASE a.attgenerated WHEN 's' THEN ') STORED' ELSE ') VIRTUAL' END
                WHEN d.oid IS NOT NULL AND NOT x.loose THEN ' DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                WHEN a.attidentity <> '' AND s.oid IS NOT NULL THEN ' GENERATED '
                    || CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END || ' AS IDENTITY'
                    || coalesce(' (' || s.options || ')', '')
                ELSE '' END
            || coalesce(v.not_null, '') AS definition,
            s.persistence AS sequence_change
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
        LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
        LEFT JOIN pg_catalog.pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum
        LEFT JOIN LATERAL (
            SELECT sc.oid,
                nullif(pg_catalog.concat_ws(' ',
                    CASE WHEN sc.relname <> c.relname || '_' || a.attname || '_seq' OR sc.relnamespace <> c.relnamespace
                        THEN 'SEQUENCE NAME ' || sc.oid::regclass::text END,
                    CASE WHEN q.seqincrement <> 1 THEN 'INCREMENT BY ' || q.seqincrement END,
                    CASE WHEN q.seqmin <> CASE WHEN q.seqincrement > 0 THEN 1 ELSE CASE q.seqtypid
                            WHEN 21 THEN -32768 WHEN 23 THEN -2147483648 ELSE -9223372036854775808 END END
                        THEN 'MINVALUE ' || q.seqmin END,
                    CASE WHEN q.seqmax <> CASE WHEN q.seqincrement < 0 THEN -1 ELSE CASE q.seqtypid
                            WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END END
                        THEN 'MAXVALUE ' || q.seqmax END,
                    CASE WHEN q.seqstart <> CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE q.seqmax END
                        THEN 'START WITH ' || q.seqstart END,
                    CASE WHEN q.seqcache <> 1 THEN 'CACHE ' || q.seqcache END,
                    CASE WHEN q.seqcycle THEN 'CYCLE' END), '') AS options,
                CASE WHEN sc.relpersistence <> c.relpersistence AND c.relpersistence <> 't' THEN
                    'ALTER SEQUENCE ' || sc.oid::regclass::text || CASE sc.relpersistence
                        WHEN 'u' THEN ' SET UNLOGGED' ELSE ' SET LOGGED' END END AS persistence
            FROM pg_catalog.pg_depend i
            JOIN pg_catalog.pg_class sc ON sc.oid = i.objid AND sc.relkind = 'S'
            JOIN pg_catalog.pg_sequence q ON q.seqrelid = sc.oid
            WHERE i.classid = 'pg_catalog.pg_class'::regclass AND i.refclassid = 'pg_catalog.pg_class'::regclass
                AND i.refobjid = a.attrelid AND i.refobjsubid = a.attnum AND i.deptype = 'i' AND a.attidentity <> ''
        ) s ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(nn.convalidated AND (nn.conislocal OR c.relispartition), nn.oid IS NULL AND a.attnotnull)
                    AS is_not_null,
                CASE WHEN coalesce(nn.convalidated AND (nn.conislocal OR c.relispartition),
                        nn.oid IS NULL AND a.attnotnull)
                    THEN CASE WHEN nn.conname <> c.relname || '_' || a.attname || '_not_null'
                        THEN pg_catalog.format(' CONSTRAINT %I', nn.conname) ELSE '' END || ' NOT NULL'
                        || CASE WHEN nn.connoinherit THEN ' NO INHERIT' ELSE '' END END AS not_null
        ) v
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) q
    CROSS JOIN LATERAL (VALUES
        (0, NULL),
        (1, CASE WHEN q.attstorage <> q.typstorage THEN q.altered || ' SET STORAGE ' || CASE q.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END),
        (2, CASE to_jsonb(q) ->> 'attcompression'
            WHEN 'p' THEN q.altered || ' SET COMPRESSION pglz' WHEN 'l' THEN q.altered || ' SET COMPRESSION lz4' END),
        (3, CASE WHEN (to_jsonb(q) ->> 'attstattarget')::int >= 0
            THEN q.altered || ' SET STATISTICS ' || (to_jsonb(q) ->> 'attstattarget') END),
        (4, q.altered || ' SET (' || pg_catalog.array_to_string(q.attoptions, ', ') || ')'),
        (5, q.sequence_change),
        -- What an inherited column has of its own.
        (6, CASE WHEN NOT q.attislocal AND NOT c.relispartition AND q.attgenerated = '' THEN CASE
            WHEN q.expression IS NOT NULL AND NOT x.loose THEN q.altered || ' SET DEFAULT ' || q.expression
            WHEN q.expression IS NULL AND EXISTS (
                SELECT FROM pg_catalog.pg_inherits i
                JOIN pg_catalog.pg_attribute o ON o.attrelid = i.inhparent AND o.attname = q.attname
                WHERE i.inhrelid = c.oid AND o.atthasdef AND NOT o.attisdropped)
                THEN q.altered || ' DROP DEFAULT' END END),
        (7, CASE WHEN NOT q.attislocal AND NOT c.relispartition AND q.is_not_null AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint n WHERE n.conrelid = c.oid AND n.contype = 'n')
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_inherits i
                JOIN pg_catalog.pg_attribute o ON o.attrelid = i.inhparent AND o.attname = q.attname
                WHERE i.inhrelid = c.oid AND o.attnotnull AND NOT o.attisdropped)
            THEN q.altered || ' SET NOT NULL' END),
        (11, CASE WHEN x.loose AND q.attgenerated = '' THEN q.altered || ' SET DEFAULT ' || q.expression END)
    ) z(place, change)
) a ON true
CROSS JOIN LATERAL (
    SELECT nullif(pg_catalog.concat_ws(E',\n    ', a.listed, CASE WHEN NOT x.loose THEN k.inside END), '') AS elements
) e
