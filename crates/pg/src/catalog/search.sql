-- PostgreSQL 15 to 18. $1 a text, $2 limit. Functions in whose bodies it stands, and objects in whose comments it does.
-- PostgreSQL's own are left out.
select f.catalog, f.oid, pg_catalog.replace(i.type, ' ', '_'), i.schema, coalesce(i.identity, ''), f.place,
       pg_catalog.substr(f.text, greatest(1, pg_catalog.strpos(pg_catalog.lower(f.text), pg_catalog.lower($1)) - 40), 160)
  from ((select 'pg_proc' as catalog, p.oid, 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid as classid, 'body' as place, b.text
           from pg_catalog.pg_proc p
          cross join lateral (select coalesce(nullif(p.prosrc, ''), pg_catalog.pg_get_function_sqlbody(p.oid)) as text) b
          where p.oid >= 16384
            and pg_catalog.strpos(pg_catalog.lower(b.text), pg_catalog.lower($1)) > 0
          order by p.proname, p.oid limit $2::pg_catalog.int4)
        union all
        (select c.relname::pg_catalog.text, d.objoid, d.classoid, 'comment', d.description
           from pg_catalog.pg_description d
           join pg_catalog.pg_class c on c.oid = d.classoid
          where d.objoid >= 16384
            and pg_catalog.strpos(pg_catalog.lower(d.description), pg_catalog.lower($1)) > 0
          order by d.objoid, d.objsubid limit $2::pg_catalog.int4)) f
 cross join lateral identify(f.classid, f.oid) i
 where i.identity is not null
 limit $2::pg_catalog.int4
