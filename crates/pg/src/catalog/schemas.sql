-- PostgreSQL 15 to 18. $1 filter, $2 name and $3 oid of the last entry seen, $4 limit.
-- PostgreSQL's own come last; those for TOAST and temporary tables are left out.
select n.oid,
       n.nspname,
       pg_catalog.pg_get_userbyid(n.nspowner),
       n.own,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       coalesce(c.tables, 0),
       coalesce(c.views, 0),
       (select d.description from pg_catalog.pg_description d
         where d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.objoid = n.oid and d.objsubid = 0)
  from (select s.oid, s.nspname, s.nspowner,
               s.nspname operator(pg_catalog.~) '^pg_' or s.nspname = 'information_schema' as own
          from pg_catalog.pg_namespace s
         where s.nspname operator(pg_catalog.!~) '^pg_(toast|temp_|toast_temp_)'
           and ($1::pg_catalog.text is null
                or pg_catalog.strpos(pg_catalog.lower(s.nspname::pg_catalog.text collate "default"), pg_catalog.lower($1)) > 0)
       ) n
  left join (select r.relnamespace,
                    pg_catalog.count(*) filter (where r.relkind in ('r', 'p', 'f')) as tables,
                    pg_catalog.count(*) filter (where r.relkind in ('v', 'm')) as views
               from pg_catalog.pg_class r
              group by r.relnamespace) c on c.relnamespace = n.oid
 where $2::pg_catalog.text is null
    or (n.own, n.nspname, n.oid)
       > ($2 operator(pg_catalog.~) '^pg_' or $2 = 'information_schema', $2::pg_catalog.name, $3::pg_catalog.oid)
 order by n.own, n.nspname, n.oid
 limit $4::pg_catalog.int4
