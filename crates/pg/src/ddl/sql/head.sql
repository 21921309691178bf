-- The objects that are asked for: `$1` names their catalogs, `$2` their rows.
WITH wanted AS MATERIALIZED (
    SELECT u.catalog, pg_catalog.to_regclass('pg_catalog.' || u.catalog)::oid AS classid, u.objid, u.place
    FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::oid[])) WITH ORDINALITY u(catalog, objid, place)
), object(place, classid, objid, word, name, owner, acl, acl_type, body, late, replacement, alteration, removal) AS MATERIALIZED (
