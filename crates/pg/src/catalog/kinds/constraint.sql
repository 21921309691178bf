-- PostgreSQL 15 to 18. $5 a table. NOT NULL, which 18 counts among them, is told by the columns.
select k.oid::pg_catalog.int8 as id, k.conname as sort, k.conname::pg_catalog.text as name, 'constraint' as kind,
       case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key' when 'c' then 'check'
                      when 'x' then 'exclusion' else 'trigger' end as detail,
       null::pg_catalog.float8 as rows,
       array[case when not k.convalidated then 'not valid' end,
             case when pg_catalog.to_jsonb(k) ->> 'conenforced' = 'false' then 'not enforced' end,
             case when k.condeferrable then 'deferrable' end] as badges
  from pg_catalog.pg_constraint k
 where k.conrelid = $5::pg_catalog.oid
   and k.contype <> 'n'
