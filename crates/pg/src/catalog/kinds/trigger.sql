-- PostgreSQL 15 to 18. $5 a relation. tgtype is a set of bits: 2 before, 64 instead of, 4 insert, 8 delete, 16 update, 32 truncate.
select t.oid::pg_catalog.int8 as id, t.tgname as sort, t.tgname::pg_catalog.text as name, 'trigger' as kind,
       pg_catalog.concat(case when t.tgtype & 2 > 0 then 'before ' when t.tgtype & 64 > 0 then 'instead of ' else 'after ' end,
           pg_catalog.concat_ws(' or ', case when t.tgtype & 4 > 0 then 'insert' end, case when t.tgtype & 8 > 0 then 'delete' end,
               case when t.tgtype & 16 > 0 then 'update' end, case when t.tgtype & 32 > 0 then 'truncate' end)) as detail,
       null::pg_catalog.float8 as rows,
       array[case t.tgenabled when 'D' then 'disabled' when 'R' then 'replica only' when 'A' then 'always' end] as badges
  from pg_catalog.pg_trigger t
 where t.tgrelid = $5::pg_catalog.oid
   and not t.tgisinternal
