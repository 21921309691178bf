-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_ts_config c
  left join pg_catalog.pg_ts_parser p on p.oid = c.cfgparser
 cross join lateral (values
   (1, 'Parser', p.prsname::pg_catalog.text, null, 'pg_ts_parser/' || p.oid)
   ) f (at, label, value, form, address)
 where c.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'mappings', pg_catalog.row_number() over (order by t.alias), pg_catalog.json_build_array(
         t.alias, t.description, pg_catalog.string_agg(d.dictname, ', ' order by m.mapseqno))
  from pg_catalog.pg_ts_config c
  join pg_catalog.pg_ts_config_map m on m.mapcfg = c.oid
  join pg_catalog.pg_ts_dict d on d.oid = m.mapdict
  join lateral pg_catalog.ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype
 where c.oid = $1::pg_catalog.oid
 group by t.alias, t.description
