-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select pg_catalog.concat(o.oprname, ' (', pg_catalog.concat_ws(', ', pg_catalog.format_type(nullif(o.oprleft, 0), null), pg_catalog.format_type(o.oprright, null)), ')') as name,
       o.oprnamespace as schema,
       'operator' as kind,
       o.oprowner as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       null::pg_catalog.text[] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_operator o
 where o.oid = $1::pg_catalog.oid
