-- PostgreSQL 15 to 18. The roles of the cluster.
select r.oid::pg_catalog.int8 as id, r.rolname as sort, r.rolname::pg_catalog.text as name,
       case when r.rolcanlogin then 'role' else 'group_role' end as kind,
       null::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       array[case when r.rolsuper then 'superuser' end, case when r.rolreplication then 'replication' end,
             case when r.rolbypassrls then 'bypasses row security' end,
             case when r.rolvaliduntil < pg_catalog.now() then 'expired' end] as badges
  from pg_catalog.pg_roles r
