-- PostgreSQL 15 to 18. $1 the hash of a slot's name. What makes it and what drops it; both are functions.
select case s.slot_type
       when 'logical' then pg_catalog.format('SELECT pg_catalog.pg_create_logical_replication_slot(%L, %L%s)', s.slot_name, s.plugin,
           pg_catalog.concat(case when s.temporary then ', temporary => true' end, case when s.two_phase then ', twophase => true' end,
                             case when pg_catalog.to_jsonb(s) ->> 'failover' = 'true' then ', failover => true' end))
       else pg_catalog.format('SELECT pg_catalog.pg_create_physical_replication_slot(%L%s)', s.slot_name,
           pg_catalog.concat(case when s.restart_lsn is not null then ', immediately_reserve => true' end,
                             case when s.temporary then ', temporary => true' end))
       end,
       pg_catalog.format('SELECT pg_catalog.pg_drop_replication_slot(%L)', s.slot_name)
  from pg_catalog.pg_replication_slots s
 where (pg_catalog.hashtext(s.slot_name::pg_catalog.text)::pg_catalog.int8 & 4294967295) = $1::pg_catalog.oid::pg_catalog.int8
