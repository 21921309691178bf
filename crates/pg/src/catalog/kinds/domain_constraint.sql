-- PostgreSQL 15 to 18. $5 a domain.
select k.oid::pg_catalog.int8 as id, k.conname as sort, k.conname::pg_catalog.text as name, 'constraint' as kind,
       case k.contype when 'n' then 'not null' else 'check' end as detail, null::pg_catalog.float8 as rows,
       array[case when not k.convalidated then 'not valid' end] as badges
  from pg_catalog.pg_constraint k
 where k.contypid = $5::pg_catalog.oid
