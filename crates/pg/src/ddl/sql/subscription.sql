-- Subscriptions, made without a look at the publisher. PostgreSQL 13 and later.
--
-- Only a superuser may read `subconninfo`, or whole rows: `{connection}` becomes that column or NULL. A column that this
-- version does not have is found in `missing` instead, as it is nearer in no scope.
SELECT w.place, w.classid, w.objid, 'SUBSCRIPTION', x.name, s.subowner, NULL::aclitem[], NULL::"char",
    CASE WHEN x.connection IS NULL THEN ARRAY['-- The connection string is not shown to you: write it in before you run this.']
        ELSE '{}' END
    || ARRAY['CREATE SUBSCRIPTION ' || x.name || E'\n    CONNECTION ' || pg_catalog.quote_literal(coalesce(x.connection, ''))
        || E'\n    PUBLICATION ' || (
            SELECT pg_catalog.string_agg(pg_catalog.quote_ident(u.name), ', ' ORDER BY u.place)
            FROM pg_catalog.unnest(s.subpublications) WITH ORDINALITY u(name, place))
        || E'\n    WITH (connect = false, ' || pg_catalog.concat_ws(', ', x.options,
            CASE WHEN o.two_phase <> 'd' THEN 'two_phase = true' END,
            CASE o.failover WHEN 't' THEN 'failover = true' END) || ')'],
    NULL::text[], NULL::text[],
    ARRAY['ALTER SUBSCRIPTION ' || x.name || ' SET (' || x.options || ')',
        'ALTER SUBSCRIPTION ' || x.name || CASE WHEN s.subenabled THEN ' ENABLE' ELSE ' DISABLE' END],
    NULL::text
FROM wanted w
JOIN pg_catalog.pg_subscription s ON w.classid = 'pg_catalog.pg_subscription'::regclass AND s.oid = w.objid
CROSS JOIN (VALUES (NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text)) missing(
    subbinary, substream, subtwophasestate, subdisableonerr, suborigin, subpasswordrequired, subrunasowner, subfailover)
CROSS JOIN LATERAL (
    SELECT {connection} AS connection, pg_catalog."left"(subbinary::text, 1) AS binary_rows,
        pg_catalog."left"(substream::text, 1) AS streaming, subtwophasestate::text AS two_phase,
        pg_catalog."left"(subdisableonerr::text, 1) AS disable_on_error, suborigin::text AS origin,
        pg_catalog."left"(subpasswordrequired::text, 1) AS password_required,
        pg_catalog."left"(subrunasowner::text, 1) AS run_as_owner, pg_catalog."left"(subfailover::text, 1) AS failover
    FROM pg_catalog.pg_subscription i WHERE i.oid = s.oid
) o
CROSS JOIN LATERAL (
    SELECT pg_catalog.quote_ident(s.subname) AS name, o.connection, pg_catalog.concat_ws(', ',
        'slot_name = ' || coalesce(pg_catalog.quote_literal(s.subslotname), 'NONE'),
        CASE o.binary_rows WHEN 't' THEN 'binary = true' END,
        'streaming = ' || CASE o.streaming WHEN 't' THEN 'on' WHEN 'p' THEN 'parallel' WHEN 'f' THEN 'off' END,
        CASE WHEN s.subsynccommit <> 'off' THEN 'synchronous_commit = ' || pg_catalog.quote_literal(s.subsynccommit) END,
        CASE o.disable_on_error WHEN 't' THEN 'disable_on_error = true' END,
        CASE WHEN o.origin <> 'any' THEN 'origin = ' || pg_catalog.quote_literal(o.origin) END,
        CASE o.password_required WHEN 'f' THEN 'password_required = false' END,
        CASE o.run_as_owner WHEN 't' THEN 'run_as_owner = true' END) AS options
) x
