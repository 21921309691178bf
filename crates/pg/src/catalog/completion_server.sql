-- PostgreSQL 15 to 18. A line of JSON for the version, each role and each parameter that may be named.
(select pg_catalog.json_build_array('version', pg_catalog.current_setting('server_version_num')::pg_catalog.int4)::pg_catalog.text)
union all
(select pg_catalog.json_build_array('role', r.rolname)::pg_catalog.text
   from pg_catalog.pg_roles r
  -- Where there are very many, groups are granted to rather than people.
  order by r.rolcanlogin, r.rolname
  limit 1000)
union all
(select pg_catalog.json_build_array('parameter', s.name, s.context, s.vartype, pg_catalog.to_json(s.enumvals))::pg_catalog.text
   from pg_catalog.pg_settings s
  order by s.name)
