-- PostgreSQL 15 to 18. The casts of the database, without PostgreSQL's own.
select c.oid::pg_catalog.int8 as id, k.name::pg_catalog.name as sort, k.name, 'cast' as kind,
       case c.castcontext when 'i' then 'implicit' when 'a' then 'in assignments' else 'explicit' end as detail,
       null::pg_catalog.float8 as rows, null::pg_catalog.text[] as badges
  from pg_catalog.pg_cast c
 cross join lateral (select pg_catalog.concat(pg_catalog.format_type(c.castsource, null), ' as ',
                                              pg_catalog.format_type(c.casttarget, null)) as name) k
 where c.oid >= 16384
