-- Roles that own and may use what every_kind.sql makes; of the whole cluster, so made once.
do $$ begin
    if not exists (select from pg_roles where rolname = 'ddl owner') then
        create role "ddl owner" nologin;
        create role ddl_reader nologin;
        create role "ddl ""Grüße""" nologin;
        create role ddl_grantor nologin;
        create role ddl_member login noinherit createdb connection limit 5 valid until '2030-01-01 00:00:00+00';
        grant ddl_reader to ddl_member with admin option;
        grant "ddl owner" to ddl_member;
        alter role ddl_member set search_path = "$user", "My Schema", public;
        alter role ddl_member set work_mem = '8MB';
        if current_setting('server_version_num')::int >= 160000 then
            create role ddl_set nologin;
            execute 'grant ddl_set to ddl_member with inherit true, set false';
        end if;
        grant set, alter system on parameter work_mem to ddl_member with grant option;
        grant set on parameter "my.Own" to ddl_member;
        grant set on parameter maintenance_work_mem to public;
        set local role ddl_member;
        grant set on parameter work_mem to ddl_reader, public;
        reset role;
        comment on role ddl_member is E'may\nread';
    end if;
end $$;
