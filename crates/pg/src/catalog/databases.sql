-- PostgreSQL 15 to 18. $1 filter, $2 name and $3 oid of the last entry seen, $4 limit.
-- Templates are hidden unless one is connected to. Sizes are asked for behind the limit: each reads a directory.
select d.oid,
       d.datname,
       pg_catalog.pg_get_userbyid(d.datdba),
       case when d.may_connect or pg_catalog.pg_has_role('pg_read_all_stats', 'MEMBER')
            then pg_catalog.pg_database_size(d.oid) end,
       d.may_connect,
       pg_catalog.shobj_description(d.oid, 'pg_database')
  from (select c.oid, c.datname, c.datdba,
               pg_catalog.has_database_privilege(c.oid, 'CONNECT') and c.datallowconn as may_connect
          from pg_catalog.pg_database c
         where (not c.datistemplate or c.datname = pg_catalog.current_database())
           and ($1::pg_catalog.text is null
                or pg_catalog.strpos(pg_catalog.lower(c.datname::pg_catalog.text collate "default"), pg_catalog.lower($1)) > 0)
           and ($2::pg_catalog.text is null
                or (c.datname, c.oid) > ($2::pg_catalog.name, $3::pg_catalog.oid))
         order by c.datname, c.oid
         limit $4::pg_catalog.int4) d
 order by d.datname, d.oid
