-- PostgreSQL 15 to 18. The names of all objects of a database, a part for each kind or some that are of one catalog. Each
-- part answers catalog, id, kind, schema, relation (what it belongs to) and name. Columns are not among them: an editor
-- knows them already. Each part begins with a line that says of which kinds it is.
--: table view
select 'pg_class', c.oid, case c.relkind when 'r' then 'table' when 'p' then 'partitioned_table' when 'f' then 'foreign_table'
                                         when 'v' then 'view' else 'materialized_view' end,
       c.relnamespace, null::pg_catalog.oid, c.relname::pg_catalog.text
  from pg_catalog.pg_class c
 where c.relkind in ('r', 'p', 'f', 'v', 'm')
--: sequence
select 'pg_class', c.oid, 'sequence', c.relnamespace, null::pg_catalog.oid, c.relname::pg_catalog.text
  from pg_catalog.pg_class c
 where c.relkind = 'S'
--: index
select 'pg_class', c.oid, 'index', c.relnamespace, i.indrelid, c.relname::pg_catalog.text
  from pg_catalog.pg_class c
  join pg_catalog.pg_index i on i.indexrelid = c.oid
 where c.relkind in ('i', 'I')
   and c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace
--: function procedure aggregate
select 'pg_proc', p.oid, case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
       p.pronamespace, null::pg_catalog.oid, p.proname::pg_catalog.text
  from pg_catalog.pg_proc p
--: type domain
select 'pg_type', t.oid, case t.typtype when 'd' then 'domain' else 'type' end,
       t.typnamespace, null::pg_catalog.oid, t.typname::pg_catalog.text
  from pg_catalog.pg_type t
 where t.typtype in ('b', 'c', 'd', 'e', 'p', 'r')
   and t.typcategory <> 'A'
   and (t.typrelid = 0 or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
--: constraint domain_constraint
select 'pg_constraint', k.oid, case when k.conrelid = 0 then 'domain_constraint' else 'constraint' end,
       k.connamespace, nullif(k.conrelid, 0), k.conname::pg_catalog.text
  from pg_catalog.pg_constraint k
 where k.contype <> 'n'
--: trigger
select 'pg_trigger', t.oid, 'trigger', c.relnamespace, t.tgrelid, t.tgname::pg_catalog.text
  from pg_catalog.pg_trigger t
  left join pg_catalog.pg_class c on c.oid = t.tgrelid
 where not t.tgisinternal
--: rule
select 'pg_rewrite', r.oid, 'rule', c.relnamespace, r.ev_class, r.rulename::pg_catalog.text
  from pg_catalog.pg_rewrite r
  left join pg_catalog.pg_class c on c.oid = r.ev_class
 where r.rulename <> '_RETURN'
--: policy
select 'pg_policy', p.oid, 'policy', c.relnamespace, p.polrelid, p.polname::pg_catalog.text
  from pg_catalog.pg_policy p
  left join pg_catalog.pg_class c on c.oid = p.polrelid
--: statistics
select 'pg_statistic_ext', s.oid, 'statistics', s.stxnamespace, s.stxrelid, s.stxname::pg_catalog.text
  from pg_catalog.pg_statistic_ext s
--: schema
select 'pg_namespace', n.oid, 'schema', null::pg_catalog.oid, null::pg_catalog.oid, n.nspname::pg_catalog.text
  from pg_catalog.pg_namespace n
 where n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
--: extension
select 'pg_extension', e.oid, 'extension', null::pg_catalog.oid, null::pg_catalog.oid, e.extname::pg_catalog.text
  from pg_catalog.pg_extension e
--: foreign_data_wrapper
select 'pg_foreign_data_wrapper', w.oid, 'foreign_data_wrapper', null::pg_catalog.oid, null::pg_catalog.oid, w.fdwname::pg_catalog.text
  from pg_catalog.pg_foreign_data_wrapper w
--: foreign_server
select 'pg_foreign_server', s.oid, 'foreign_server', null::pg_catalog.oid, null::pg_catalog.oid, s.srvname::pg_catalog.text
  from pg_catalog.pg_foreign_server s
--: user_mapping
select 'pg_user_mapping', m.umid, 'user_mapping', null::pg_catalog.oid, null::pg_catalog.oid,
       pg_catalog.concat(coalesce(m.usename, 'public'), ' on ', m.srvname)
  from pg_catalog.pg_user_mappings m
--: publication
select 'pg_publication', p.oid, 'publication', null::pg_catalog.oid, null::pg_catalog.oid, p.pubname::pg_catalog.text
  from pg_catalog.pg_publication p
--: subscription
select 'pg_subscription', s.oid, 'subscription', null::pg_catalog.oid, null::pg_catalog.oid, s.subname::pg_catalog.text
  from pg_catalog.pg_subscription s
 where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
--: event_trigger
select 'pg_event_trigger', e.oid, 'event_trigger', null::pg_catalog.oid, null::pg_catalog.oid, e.evtname::pg_catalog.text
  from pg_catalog.pg_event_trigger e
--: language
select 'pg_language', l.oid, 'language', null::pg_catalog.oid, null::pg_catalog.oid, l.lanname::pg_catalog.text
  from pg_catalog.pg_language l
--: cast
select 'pg_cast', c.oid, 'cast', null::pg_catalog.oid, null::pg_catalog.oid,
       pg_catalog.concat(pg_catalog.format_type(c.castsource, null), ' as ', pg_catalog.format_type(c.casttarget, null))
  from pg_catalog.pg_cast c
--: transform
select 'pg_transform', t.oid, 'transform', null::pg_catalog.oid, null::pg_catalog.oid,
       pg_catalog.concat(pg_catalog.format_type(t.trftype, null), ' for ', l.lanname)
  from pg_catalog.pg_transform t
  left join pg_catalog.pg_language l on l.oid = t.trflang
--: access_method
select 'pg_am', a.oid, 'access_method', null::pg_catalog.oid, null::pg_catalog.oid, a.amname::pg_catalog.text
  from pg_catalog.pg_am a
--: large_object
select 'pg_largeobject', l.oid, 'large_object', null::pg_catalog.oid, null::pg_catalog.oid, l.oid::pg_catalog.text
  from pg_catalog.pg_largeobject_metadata l
--: collation
select 'pg_collation', c.oid, 'collation', c.collnamespace, null::pg_catalog.oid, c.collname::pg_catalog.text
  from pg_catalog.pg_collation c
--: conversion
select 'pg_conversion', c.oid, 'conversion', c.connamespace, null::pg_catalog.oid, c.conname::pg_catalog.text
  from pg_catalog.pg_conversion c
--: operator
select 'pg_operator', o.oid, 'operator', o.oprnamespace, null::pg_catalog.oid, o.oprname::pg_catalog.text
  from pg_catalog.pg_operator o
--: operator_class
select 'pg_opclass', o.oid, 'operator_class', o.opcnamespace, null::pg_catalog.oid, o.opcname::pg_catalog.text
  from pg_catalog.pg_opclass o
--: operator_family
select 'pg_opfamily', o.oid, 'operator_family', o.opfnamespace, null::pg_catalog.oid, o.opfname::pg_catalog.text
  from pg_catalog.pg_opfamily o
--: text_search_configuration
select 'pg_ts_config', c.oid, 'text_search_configuration', c.cfgnamespace, null::pg_catalog.oid, c.cfgname::pg_catalog.text
  from pg_catalog.pg_ts_config c
--: text_search_dictionary
select 'pg_ts_dict', d.oid, 'text_search_dictionary', d.dictnamespace, null::pg_catalog.oid, d.dictname::pg_catalog.text
  from pg_catalog.pg_ts_dict d
--: text_search_parser
select 'pg_ts_parser', p.oid, 'text_search_parser', p.prsnamespace, null::pg_catalog.oid, p.prsname::pg_catalog.text
  from pg_catalog.pg_ts_parser p
--: text_search_template
select 'pg_ts_template', t.oid, 'text_search_template', t.tmplnamespace, null::pg_catalog.oid, t.tmplname::pg_catalog.text
  from pg_catalog.pg_ts_template t
--: database
select 'pg_database', d.oid, 'database', null::pg_catalog.oid, null::pg_catalog.oid, d.datname::pg_catalog.text
  from pg_catalog.pg_database d
 where not d.datistemplate
--: role
select 'pg_authid', r.oid, case when r.rolcanlogin then 'role' else 'group_role' end, null::pg_catalog.oid, null::pg_catalog.oid,
       r.rolname::pg_catalog.text
  from pg_catalog.pg_roles r
--: tablespace
select 'pg_tablespace', t.oid, 'tablespace', null::pg_catalog.oid, null::pg_catalog.oid, t.spcname::pg_catalog.text
  from pg_catalog.pg_tablespace t
--: replication_slot
select 'pg_replication_slots', (pg_catalog.hashtext(s.slot_name::pg_catalog.text)::pg_catalog.int8 & 4294967295), 'replication_slot',
       null::pg_catalog.oid, null::pg_catalog.oid, s.slot_name::pg_catalog.text
  from pg_catalog.pg_replication_slots s
