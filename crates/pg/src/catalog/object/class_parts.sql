-- PostgreSQL 15 to 18. What the page of a relation shows. $1 its oid, $2 true to leave out what may wait for a lock or fail.
select p.section, pg_catalog.row_number() over (order by p.at, p.key) as at, p.cells
  from (
       select 'facts' as section, f.at, null::pg_catalog.name as key, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
         from own c
         left join pg_catalog.pg_am a on a.oid = c.relam
         left join pg_catalog.pg_tablespace t on t.oid = c.reltablespace
         left join pg_catalog.pg_foreign_table ft on ft.ftrelid = c.oid
         left join pg_catalog.pg_foreign_server fs on fs.oid = ft.ftserver
         left join pg_catalog.pg_sequence s on s.seqrelid = c.oid
         left join pg_catalog.pg_index i on i.indexrelid = c.oid
        cross join lateral (values
          (0, 'You may', case when c.relkind in ('r', 'p', 'f', 'v', 'm') then coalesce(nullif(pg_catalog.concat_ws(', ',
                  case when pg_catalog.has_table_privilege(c.oid, 'SELECT') then 'select' when pg_catalog.has_any_column_privilege(c.oid, 'SELECT') then 'select some columns' end,
                  case when c.relkind = 'm' then null when pg_catalog.has_table_privilege(c.oid, 'INSERT') then 'insert' when pg_catalog.has_any_column_privilege(c.oid, 'INSERT') then 'insert some columns' end,
                  case when c.relkind = 'm' then null when pg_catalog.has_table_privilege(c.oid, 'UPDATE') then 'update' when pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') then 'update some columns' end,
                  case when c.relkind <> 'm' and pg_catalog.has_table_privilege(c.oid, 'DELETE') then 'delete' end,
                  case when pg_catalog.pg_has_role(c.relowner, 'USAGE') then 'change it' end), ''), 'see that it is there, not its rows') end, null, null),
          (1, 'Access method', a.amname::pg_catalog.text, null, 'pg_am/' || a.oid),
          (2, 'Options', pg_catalog.array_to_string(c.reloptions, ', '), null, null),
          (3, 'Tablespace', t.spcname::pg_catalog.text, null, 'pg_tablespace/' || t.oid),
          (4, 'Partitioned by', case when c.relkind = 'p' and not $2::pg_catalog.bool then pg_catalog.pg_get_partkeydef(c.oid) end, 'code', null),
          (5, 'Partition', case when c.relispartition and not $2::pg_catalog.bool then pg_catalog.pg_get_expr(c.relpartbound, c.oid) end, 'code', null),
          (6, 'Replica identity', case when c.relkind not in ('r', 'p') then null when c.relreplident = 'f' then 'the whole row' when c.relreplident = 'n' then 'nothing' when c.relreplident = 'i' then 'an index' end, null, null),
          (7, 'Foreign server', fs.srvname::pg_catalog.text, null, 'pg_foreign_server/' || fs.oid),
          (8, 'Foreign options', pg_catalog.array_to_string(ft.ftoptions, ', '), null, null),
          (9, 'Type', pg_catalog.format_type(s.seqtypid, null), 'code', 'pg_type/' || s.seqtypid),
          (10, 'Last value', case when s.seqrelid is null or $2::pg_catalog.bool or pg_catalog.pg_is_other_temp_schema(c.relnamespace) then null
                                  when pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE')
                                  then coalesce(pg_catalog.pg_sequence_last_value(c.oid)::pg_catalog.text, 'not used yet')
                                  else 'You have no SELECT or USAGE privilege on it' end, null, null),
          (11, 'Starts with', s.seqstart::pg_catalog.text, null, null),
          (12, 'Step', s.seqincrement::pg_catalog.text, null, null),
          (13, 'Smallest', s.seqmin::pg_catalog.text, null, null),
          (14, 'Largest', s.seqmax::pg_catalog.text, null, null),
          (15, 'Cache', s.seqcache::pg_catalog.text, null, null),
          (16, 'At its end', case when s.seqcycle then 'begins anew' when s.seqrelid is not null then 'fails' end, null, null),
          (17, 'Size', case when i.indexrelid is not null and not $2::pg_catalog.bool then pg_catalog.pg_relation_size(c.oid)::pg_catalog.text end, 'bytes', null),
          (18, 'Scans', case when c.relkind = 'i' then pg_catalog.pg_stat_get_numscans(c.oid)::pg_catalog.text end, 'count', null),
          (19, 'Last used', case when c.relkind = 'i' then last_scan_of_index::pg_catalog.text end, 'ago', null),
          (20, 'Entries read', case when c.relkind = 'i' then pg_catalog.pg_stat_get_tuples_returned(c.oid)::pg_catalog.text end, 'count', null),
          (21, 'Oldest xid', case when c.relkind in ('r', 'm') and c.relfrozenxid <> 0 then pg_catalog.age(c.relfrozenxid)::pg_catalog.text end, 'count', null)
          ) f (at, label, value, form, address)
        where nullif(f.value, '') is not null
       union all
       select 'facts', 30, p.pubname, pg_catalog.json_build_array('Published in', p.pubname, null, 'pg_publication/' || p.oid)
         from own c
         join pg_catalog.pg_publication p
           on (p.puballtables and c.relkind in ('r', 'p') and c.relpersistence = 'p' and c.oid >= 16384)
           or exists (select from pg_catalog.pg_publication_rel r where r.prpubid = p.oid and r.prrelid = c.oid)
           or exists (select from pg_catalog.pg_publication_namespace n where n.pnpubid = p.oid and n.pnnspid = c.relnamespace
                                                                          and c.relkind in ('r', 'p'))
       union all
       select 'facts', 31, p.relname, pg_catalog.json_build_array('Inherits from', p.relname, null, 'pg_class/' || p.oid)
         from own c
         join pg_catalog.pg_inherits h on h.inhrelid = c.oid and not c.relispartition
         join pg_catalog.pg_class p on p.oid = h.inhparent
       union all
       select 'size', z.at, null, pg_catalog.json_build_array(z.label, z.bytes::pg_catalog.text)
         from own c
        cross join lateral (values
          (1, 'Rows', pg_catalog.pg_table_size(c.oid) - case when c.reltoastrelid = 0 then 0 else pg_catalog.pg_total_relation_size(c.reltoastrelid) end),
          (2, 'Indexes', pg_catalog.pg_indexes_size(c.oid)),
          (3, 'TOAST', case when c.reltoastrelid = 0 then 0 else pg_catalog.pg_total_relation_size(c.reltoastrelid) end)
          ) z (at, label, bytes)
        where c.relkind in ('r', 'm', 't') and not $2::pg_catalog.bool
       union all
       -- A partitioned table has nothing itself: its leaves do.
       select 'size', 1, null, pg_catalog.json_build_array('Partitions', sum(pg_catalog.pg_total_relation_size(t.relid))::pg_catalog.text)
         from own c
        cross join lateral pg_catalog.pg_partition_tree(c.oid) t
        where c.relkind = 'p' and t.isleaf and not $2::pg_catalog.bool
       having count(*) > 0
       union all
       select 'health', h.at, null, pg_catalog.json_build_array(h.label, h.value, h.form)
         from own c
        cross join lateral (values
          (1, 'Dead rows', pg_catalog.round(100.0 * pg_catalog.pg_stat_get_dead_tuples(c.oid)
                                            / nullif(pg_catalog.pg_stat_get_live_tuples(c.oid) + pg_catalog.pg_stat_get_dead_tuples(c.oid), 0), 1)::pg_catalog.text, 'percent'),
          (2, 'Vacuumed', coalesce(greatest(pg_catalog.pg_stat_get_last_vacuum_time(c.oid), pg_catalog.pg_stat_get_last_autovacuum_time(c.oid))::pg_catalog.text, 'never'), 'ago'),
          (3, 'Analyzed', coalesce(greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid))::pg_catalog.text, 'never'), 'ago'),
          (4, 'Changed since', pg_catalog.pg_stat_get_mod_since_analyze(c.oid)::pg_catalog.text, 'count'),
          (5, 'Sequential scans', pg_catalog.pg_stat_get_numscans(c.oid)::pg_catalog.text, 'count'),
          (6, 'Index scans', (select pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.indexrelid))::pg_catalog.text
                                from pg_catalog.pg_index i where i.indrelid = c.oid), 'count'),
          (7, 'Inserted', pg_catalog.pg_stat_get_tuples_inserted(c.oid)::pg_catalog.text, 'count'),
          (8, 'Updated', pg_catalog.pg_stat_get_tuples_updated(c.oid)::pg_catalog.text, 'count'),
          (9, 'Deleted', pg_catalog.pg_stat_get_tuples_deleted(c.oid)::pg_catalog.text, 'count')
          ) h (at, label, value, form)
        where c.relkind in ('r', 'm', 't') and h.value is not null
       union all
       select 'columns', a.attnum, null, pg_catalog.json_build_array(
                pg_catalog.json_build_array(a.attname, case when a.attnum = any ((select i.indkey from pg_catalog.pg_index i where i.indrelid = $1::pg_catalog.oid and i.indisprimary)::pg_catalog.int2[]) then 'key' when f.oid is not null then 'link' else 'column' end, null),
                pg_catalog.format_type(a.atttypid, a.atttypmod),
                case when a.attnotnull then 'not null' else 'null' end,
                case when a.attidentity = 'a' then 'identity, always' when a.attidentity = 'd' then 'identity, by default'
                     when $2::pg_catalog.bool then null
                     when a.attgenerated <> '' then pg_catalog.concat('generated', case a.attgenerated when 'v' then ' virtual' end, ': ',
                                                                      pg_catalog.pg_get_expr(d.adbin, d.adrelid))
                     else pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
                case when f.oid is not null then pg_catalog.json_build_array(
                    pg_catalog.concat(fn.nspname, '.', fc.relname, '(', fa.attname, ')'), 'code', 'pg_class/' || fc.oid) end,
                (select e.description from pg_catalog.pg_description e
                  where e.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objoid = a.attrelid and e.objsubid = a.attnum))
         from pg_catalog.pg_attribute a
         left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         left join (select distinct on (u.column) u.column, k.oid, k.confrelid, u.number
                      from pg_catalog.pg_constraint k
                     cross join lateral rows from (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) u ("column", number)
                     where k.conrelid = $1::pg_catalog.oid and k.contype = 'f'
                     order by u.column, pg_catalog.cardinality(k.conkey), k.oid) f on f.column = a.attnum
         left join pg_catalog.pg_class fc on fc.oid = f.confrelid
         left join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
         left join pg_catalog.pg_attribute fa on fa.attrelid = fc.oid and fa.attnum = f.number
        where a.attrelid = $1::pg_catalog.oid and a.attnum > 0 and not a.attisdropped
          and (select c.relkind from own c) not in ('i', 'I', 'S')
       union all
       select 'indexes', case when i.indisprimary then 0 else 1 end, ic.relname, pg_catalog.json_build_array(
                pg_catalog.json_build_array(ic.relname, case when i.indisprimary then 'key' else 'index' end, 'pg_class/' || ic.oid),
                pg_catalog.concat_ws(', ', case when i.indisprimary then 'primary key' else m.amname::pg_catalog.text end,
                    case when i.indisunique and not i.indisprimary then 'unique' end, case when i.indpred is not null then 'partial' end,
                    case when not i.indisvalid then 'invalid' end),
                case when not $2::pg_catalog.bool then pg_catalog.substr(x.def, pg_catalog.strpos(x.def, ' USING ') + 8 + pg_catalog.length(pg_catalog.quote_ident(m.amname))) end,
                case when not $2::pg_catalog.bool then pg_catalog.json_build_array(pg_catalog.pg_relation_size(ic.oid)::pg_catalog.text, 'bytes', null) end,
                pg_catalog.json_build_array(x.scans::pg_catalog.text, 'count', null),
                case when x.scans = 0 then pg_catalog.json_build_array('never', 'warning', null)
                     when x.scans > 0 then pg_catalog.json_build_array(last_scan_of_index::pg_catalog.text, 'ago', null) end)
         from pg_catalog.pg_index i
         join pg_catalog.pg_class ic on ic.oid = i.indexrelid
         left join pg_catalog.pg_am m on m.oid = ic.relam
        cross join lateral (select case when not $2::pg_catalog.bool then pg_catalog.pg_get_indexdef(i.indexrelid) end as def,
                                   case when ic.relkind = 'i' then pg_catalog.pg_stat_get_numscans(i.indexrelid) end as scans offset 0) x
        where i.indrelid = $1::pg_catalog.oid
       union all
       select 'constraints', pg_catalog.strpos('pfuxc', k.contype::pg_catalog.text), k.conname,
              pg_catalog.json_build_array(
                pg_catalog.json_build_array(k.conname, case k.contype when 'p' then 'key' when 'f' then 'link' else 'check' end, 'pg_constraint/' || k.oid),
                pg_catalog.concat_ws(', ', case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
                                                when 'c' then 'check' when 'x' then 'exclusion' else 'trigger' end,
                    case when k.condeferred then 'deferred' when k.condeferrable then 'deferrable' end,
                    case when not k.convalidated then 'not valid' end,
                    case when not constraint_is_enforced then 'not enforced' end),
                case when not $2::pg_catalog.bool then pg_catalog.pg_get_constraintdef(k.oid, true) end)
         from pg_catalog.pg_constraint k
        where k.conrelid = $1::pg_catalog.oid and k.contype <> 'n'
       union all
       select 'referenced', 0, c.relname, pg_catalog.json_build_array(
                pg_catalog.json_build_array(k.conname, 'link', 'pg_constraint/' || k.oid),
                pg_catalog.json_build_array(c.relname, 'table', 'pg_class/' || c.oid),
                case when not $2::pg_catalog.bool then pg_catalog.pg_get_constraintdef(k.oid, true) end)
         from pg_catalog.pg_constraint k
         join pg_catalog.pg_class c on c.oid = k.conrelid
        where k.oid in (select d.objid from pg_catalog.pg_depend d
                         where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = $1::pg_catalog.oid
                           and d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass)
          and k.confrelid = $1::pg_catalog.oid and k.contype = 'f' and k.conparentid = 0
       union all
       select 'triggers', 0, t.tgname, pg_catalog.json_build_array(
                pg_catalog.json_build_array(t.tgname, 'trigger', 'pg_trigger/' || t.oid),
                case t.tgenabled when 'D' then pg_catalog.json_build_array('disabled', 'warning', null)
                     when 'R' then pg_catalog.json_build_array('replica only', 'warning', null)
                     when 'A' then pg_catalog.json_build_array('always', null, null)
                     else pg_catalog.json_build_array('enabled', null, null) end,
                pg_catalog.json_build_array(pg_catalog.concat(n.nspname, '.', p.proname), 'code', 'pg_proc/' || p.oid),
                case when not $2::pg_catalog.bool then pg_catalog.pg_get_triggerdef(t.oid, true) end)
         from pg_catalog.pg_trigger t
         left join pg_catalog.pg_proc p on p.oid = t.tgfoid
         left join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where t.tgrelid = $1::pg_catalog.oid and not t.tgisinternal
       union all
       select 'rules', 0, r.rulename, pg_catalog.json_build_array(
                pg_catalog.json_build_array(r.rulename, 'rule', 'pg_rewrite/' || r.oid),
                case r.ev_enabled when 'D' then pg_catalog.json_build_array('disabled', 'warning', null)
                     else pg_catalog.json_build_array('enabled', null, null) end,
                case when not $2::pg_catalog.bool then pg_catalog.pg_get_ruledef(r.oid) end)
         from pg_catalog.pg_rewrite r
        where r.ev_class = $1::pg_catalog.oid and r.rulename <> '_RETURN'
       union all
       select 'policies', 0, p.polname, pg_catalog.json_build_array(
                pg_catalog.json_build_array(p.polname, 'policy', 'pg_policy/' || p.oid),
                case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                case when p.polpermissive then 'permissive' else 'restrictive' end,
                (select pg_catalog.string_agg(case when r.oid = 0 then 'public' else pg_catalog.pg_get_userbyid(r.oid)::pg_catalog.text end, ', ')
                   from pg_catalog.unnest(p.polroles) r (oid)),
                case when not $2::pg_catalog.bool then pg_catalog.pg_get_expr(p.polqual, p.polrelid) end,
                case when not $2::pg_catalog.bool then pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) end)
         from pg_catalog.pg_policy p
        where p.polrelid = $1::pg_catalog.oid
       union all
       select 'partitions', 0, p.relname, p.cells
         from (select c.relname, pg_catalog.json_build_array(
                        pg_catalog.json_build_array(c.relname, case c.relkind when 'p' then 'partitioned_table' when 'f' then 'foreign_table' else 'table' end,
                                                    'pg_class/' || c.oid),
                        case when not $2::pg_catalog.bool then pg_catalog.pg_get_expr(c.relpartbound, c.oid) end,
                        pg_catalog.json_build_array(case when c.reltuples >= 0 then c.reltuples::pg_catalog.int8::pg_catalog.text end, 'estimate', null),
                        case when i.inhdetachpending then pg_catalog.json_build_array('being detached', 'warning', null) end) as cells
                 from pg_catalog.pg_inherits i
                 join pg_catalog.pg_class c on c.oid = i.inhrelid
                where i.inhparent = $1::pg_catalog.oid and c.relkind in ('r', 'p', 'f')
                order by c.relname limit 1000) p
       union all
       select 'statistics', 0, s.stxname, pg_catalog.json_build_array(
                pg_catalog.json_build_array(s.stxname, 'statistics', 'pg_statistic_ext/' || s.oid),
                case when not $2::pg_catalog.bool then pg_catalog.pg_get_statisticsobjdef(s.oid) end)
         from pg_catalog.pg_statistic_ext s
        where s.stxrelid = $1::pg_catalog.oid
       union all
       select 'column_statistics', a.attnum, null, pg_catalog.json_build_array(
                s.attname,
                pg_catalog.json_build_array(pg_catalog.round((100 * s.null_frac)::pg_catalog.numeric, 1)::pg_catalog.text, 'percent', null),
                case when s.n_distinct < 0 then pg_catalog.concat(pg_catalog.round((-100 * s.n_distinct)::pg_catalog.numeric, 1), ' % of the rows')
                     else s.n_distinct::pg_catalog.text end,
                pg_catalog.json_build_array(s.avg_width::pg_catalog.text, 'bytes', null),
                pg_catalog.round(s.correlation::pg_catalog.numeric, 2)::pg_catalog.text,
                pg_catalog.left(s.most_common_vals::pg_catalog.text, 200))
         from pg_catalog.pg_stats s
         join pg_catalog.pg_attribute a on a.attrelid = $1::pg_catalog.oid and a.attname = s.attname
        where s.schemaname = (select n.nspname from own c join pg_catalog.pg_namespace n on n.oid = c.relnamespace)
          and s.tablename = (select c.relname from own c where c.relkind in ('r', 'm', 'f'))
          and not s.inherited) p
