-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select case when $2::pg_catalog.bool then p.proname::pg_catalog.text
            else pg_catalog.concat(p.proname, '(', pg_catalog.pg_get_function_identity_arguments(p.oid), ')') end as name,
       p.pronamespace as schema,
       case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind,
       p.proowner as owner,
       p.proacl as acl,
       'f' as acl_kind,
       array[case p.prokind when 'w' then 'window' end, case when p.prosecdef then 'security definer' end, case when p.proleakproof then 'leakproof' end,
             case when p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype then 'trigger' end] as badges,
       null::pg_catalog.float8 as rows,
       case when p.prokind <> 'a' and not $2::pg_catalog.bool then pg_catalog.pg_get_functiondef(p.oid) when p.prokind <> 'a' then p.prosrc end as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_proc p
 where p.oid = $1::pg_catalog.oid
