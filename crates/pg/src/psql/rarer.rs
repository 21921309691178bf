//! Listings of what is seldom asked for.

use super::listings::{Listing, RELATION_NAMES, TYPE_NAMES};
use super::pattern::Names;

/// Further commands that list.
pub(super) const RARER: &[Listing] = &[
    Listing {
        command: "dP",
        what: "Partitioned relations",
        columns: "n.nspname as \"Schema\", c.relname as \"Name\", pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\", \
            case c.relkind when 'p' then 'partitioned table' else 'partitioned index' end as \"Type\", \
            i.indrelid::pg_catalog.regclass as \"Table\"",
        more: ", (select pg_catalog.pg_size_pretty(sum(pg_catalog.pg_table_size(t.relid))) \
            from pg_catalog.pg_partition_tree(c.oid) t) as \"Total size\", \
            pg_catalog.obj_description(c.oid, 'pg_class') as \"Description\"",
        from: "pg_catalog.pg_class c left join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
            left join pg_catalog.pg_index i on i.indexrelid = c.oid",
        condition: "c.relkind in ('p', 'I') and not c.relispartition",
        own: "true",
        names: RELATION_NAMES,
        order: "1, 4 desc, 2",
    },
    Listing {
        command: "dX",
        what: "Extended statistics",
        columns: "n.nspname as \"Schema\", s.stxname as \"Name\", pg_catalog.pg_get_statisticsobjdef(s.oid) as \"Definition\"",
        more: "",
        from: "pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace",
        condition: "true",
        own: "true",
        names: Names {
            name: "s.stxname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_statistics_obj_is_visible(s.oid)"),
        },
        order: "1, 2",
    },
    Listing {
        command: "ddp",
        what: "Default privileges",
        columns: "pg_catalog.pg_get_userbyid(d.defaclrole) as \"Owner\", n.nspname as \"Schema\", \
            case d.defaclobjtype when 'r' then 'table' when 'S' then 'sequence' when 'f' then 'function' when 'T' then 'type' \
            when 'n' then 'schema' when 'L' then 'large object' end as \"Type\", \
            pg_catalog.array_to_string(d.defaclacl, E'\\n') as \"Access privileges\"",
        more: "",
        from: "pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace",
        condition: "true",
        own: "true",
        names: Names { name: "n.nspname", schema: None, visible: None },
        order: "1, 2, 3",
    },
    Listing {
        command: "drds",
        what: "Settings of roles and databases",
        columns: "r.rolname as \"Role\", d.datname as \"Database\", \
            pg_catalog.array_to_string(s.setconfig, E'\\n') as \"Settings\"",
        more: "",
        from: "pg_catalog.pg_db_role_setting s left join pg_catalog.pg_database d on d.oid = s.setdatabase \
            left join pg_catalog.pg_roles r on r.oid = s.setrole",
        condition: "true",
        own: "true",
        names: Names { name: "r.rolname", schema: None, visible: None },
        order: "1, 2",
    },
    Listing {
        command: "drg",
        what: "Role grants",
        columns: "m.rolname as \"Role name\", r.rolname as \"Member of\", pg_catalog.concat_ws(', ', \
            case when a.admin_option then 'ADMIN' end, \
            case when coalesce((pg_catalog.to_jsonb(a) ->> 'inherit_option')::pg_catalog.bool, m.rolinherit) then 'INHERIT' end, \
            case when coalesce((pg_catalog.to_jsonb(a) ->> 'set_option')::pg_catalog.bool, true) then 'SET' end) as \"Options\", \
            pg_catalog.pg_get_userbyid(a.grantor) as \"Grantor\"",
        more: "",
        from: "pg_catalog.pg_auth_members a join pg_catalog.pg_roles m on m.oid = a.member \
            join pg_catalog.pg_roles r on r.oid = a.roleid",
        condition: "true",
        own: "m.rolname !~ '^pg_'",
        names: Names { name: "m.rolname", schema: None, visible: None },
        order: "1, 2, 4",
    },
    Listing {
        command: "do",
        what: "Operators",
        columns: "n.nspname as \"Schema\", o.oprname as \"Name\", \
            case when o.oprkind <> 'l' then pg_catalog.format_type(o.oprleft, null) end as \"Left arg type\", \
            pg_catalog.format_type(o.oprright, null) as \"Right arg type\", \
            pg_catalog.format_type(o.oprresult, null) as \"Result type\", \
            coalesce(pg_catalog.obj_description(o.oid, 'pg_operator'), pg_catalog.obj_description(o.oprcode, 'pg_proc')) \
            as \"Description\"",
        more: ", o.oprcode as \"Function\"",
        from: "pg_catalog.pg_operator o left join pg_catalog.pg_namespace n on n.oid = o.oprnamespace",
        condition: "true",
        own: OWN,
        names: Names {
            name: "o.oprname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_operator_is_visible(o.oid)"),
        },
        order: "1, 2, 3, 4",
    },
    Listing {
        command: "dC",
        what: "Casts",
        columns: "pg_catalog.format_type(c.castsource, null) as \"Source type\", \
            pg_catalog.format_type(c.casttarget, null) as \"Target type\", \
            case c.castmethod when 'b' then '(binary coercible)' when 'i' then '(with inout)' else p.proname end as \"Function\", \
            case c.castcontext when 'e' then 'no' when 'a' then 'in assignment' else 'yes' end as \"Implicit?\"",
        more: ", pg_catalog.obj_description(c.oid, 'pg_cast') as \"Description\"",
        from: "pg_catalog.pg_cast c join pg_catalog.pg_type t on t.oid = c.castsource \
            left join pg_catalog.pg_namespace n on n.oid = t.typnamespace left join pg_catalog.pg_proc p on p.oid = c.castfunc",
        condition: "true",
        own: "true",
        names: TYPE_NAMES,
        order: "1, 2",
    },
    Listing {
        command: "dc",
        what: "Conversions",
        columns: "n.nspname as \"Schema\", c.conname as \"Name\", pg_catalog.pg_encoding_to_char(c.conforencoding) as \"Source\", \
            pg_catalog.pg_encoding_to_char(c.contoencoding) as \"Destination\", c.condefault as \"Default?\"",
        more: ", pg_catalog.obj_description(c.oid, 'pg_conversion') as \"Description\"",
        from: "pg_catalog.pg_conversion c join pg_catalog.pg_namespace n on n.oid = c.connamespace",
        condition: "true",
        own: OWN,
        names: Names {
            name: "c.conname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_conversion_is_visible(c.oid)"),
        },
        order: "1, 2",
    },
    Listing {
        command: "dO",
        what: "Collations",
        columns: "n.nspname as \"Schema\", c.collname as \"Name\", case c.collprovider when 'd' then 'default' \
            when 'b' then 'builtin' when 'c' then 'libc' when 'i' then 'icu' end as \"Provider\", \
            c.collcollate as \"Collate\", c.collctype as \"Ctype\", \
            coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale') as \"Locale\", \
            c.collisdeterministic as \"Deterministic?\"",
        more: ", pg_catalog.obj_description(c.oid, 'pg_collation') as \"Description\"",
        from: "pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace",
        condition: "c.collencoding in (-1, pg_catalog.pg_char_to_encoding(pg_catalog.getdatabaseencoding()))",
        own: OWN,
        names: Names {
            name: "c.collname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_collation_is_visible(c.oid)"),
        },
        order: "1, 2",
    },
    Listing {
        command: "dA",
        what: "Access methods",
        columns: "a.amname as \"Name\", case a.amtype when 'i' then 'Index' when 't' then 'Table' end as \"Type\"",
        more: ", a.amhandler as \"Handler\", pg_catalog.obj_description(a.oid, 'pg_am') as \"Description\"",
        from: "pg_catalog.pg_am a",
        condition: "true",
        own: "true",
        names: Names { name: "a.amname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "dew",
        what: "Foreign-data wrappers",
        columns: "w.fdwname as \"Name\", pg_catalog.pg_get_userbyid(w.fdwowner) as \"Owner\", \
            w.fdwhandler::pg_catalog.regproc as \"Handler\", w.fdwvalidator::pg_catalog.regproc as \"Validator\"",
        more: ", pg_catalog.array_to_string(w.fdwacl, E'\\n') as \"Access privileges\", \
            pg_catalog.obj_description(w.oid, 'pg_foreign_data_wrapper') as \"Description\"",
        from: "pg_catalog.pg_foreign_data_wrapper w",
        condition: "true",
        own: "true",
        names: Names { name: "w.fdwname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "det",
        what: "Foreign tables",
        columns: "n.nspname as \"Schema\", c.relname as \"Table\", s.srvname as \"Server\"",
        more: ", pg_catalog.array_to_string(f.ftoptions, ', ') as \"FDW options\", \
            pg_catalog.obj_description(c.oid, 'pg_class') as \"Description\"",
        from: "pg_catalog.pg_foreign_table f join pg_catalog.pg_class c on c.oid = f.ftrelid \
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_foreign_server s on s.oid = f.ftserver",
        condition: "true",
        own: "true",
        names: RELATION_NAMES,
        order: "1, 2",
    },
    Listing {
        command: "deu",
        what: "User mappings",
        columns: "u.srvname as \"Server\", u.usename as \"User name\"",
        more: "",
        from: "pg_catalog.pg_user_mappings u",
        condition: "true",
        own: "true",
        names: Names { name: "u.srvname", schema: None, visible: None },
        order: "1, 2",
    },
    Listing {
        command: "dF",
        what: "Text search configurations",
        columns: "n.nspname as \"Schema\", x.cfgname as \"Name\", pg_catalog.obj_description(x.oid, 'pg_ts_config') as \"Description\"",
        more: "",
        from: "pg_catalog.pg_ts_config x join pg_catalog.pg_namespace n on n.oid = x.cfgnamespace",
        condition: "true",
        own: "true",
        names: Names {
            name: "x.cfgname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_ts_config_is_visible(x.oid)"),
        },
        order: "1, 2",
    },
    Listing {
        command: "dFd",
        what: "Text search dictionaries",
        columns: "n.nspname as \"Schema\", x.dictname as \"Name\", pg_catalog.obj_description(x.oid, 'pg_ts_dict') as \"Description\"",
        more: ", x.dictinitoption as \"Init options\"",
        from: "pg_catalog.pg_ts_dict x join pg_catalog.pg_namespace n on n.oid = x.dictnamespace",
        condition: "true",
        own: "true",
        names: Names {
            name: "x.dictname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_ts_dict_is_visible(x.oid)"),
        },
        order: "1, 2",
    },
    Listing {
        command: "dFp",
        what: "Text search parsers",
        columns: "n.nspname as \"Schema\", x.prsname as \"Name\", pg_catalog.obj_description(x.oid, 'pg_ts_parser') as \"Description\"",
        more: "",
        from: "pg_catalog.pg_ts_parser x join pg_catalog.pg_namespace n on n.oid = x.prsnamespace",
        condition: "true",
        own: "true",
        names: Names {
            name: "x.prsname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_ts_parser_is_visible(x.oid)"),
        },
        order: "1, 2",
    },
    Listing {
        command: "dFt",
        what: "Text search templates",
        columns: "n.nspname as \"Schema\", x.tmplname as \"Name\", pg_catalog.obj_description(x.oid, 'pg_ts_template') as \"Description\"",
        more: "",
        from: "pg_catalog.pg_ts_template x join pg_catalog.pg_namespace n on n.oid = x.tmplnamespace",
        condition: "true",
        own: "true",
        names: Names {
            name: "x.tmplname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_ts_template_is_visible(x.oid)"),
        },
        order: "1, 2",
    },
    Listing {
        command: "dl",
        what: "Large objects",
        columns: "l.oid as \"ID\", pg_catalog.pg_get_userbyid(l.lomowner) as \"Owner\", \
            pg_catalog.obj_description(l.oid, 'pg_largeobject') as \"Description\"",
        more: ", pg_catalog.array_to_string(l.lomacl, E'\\n') as \"Access privileges\"",
        from: "pg_catalog.pg_largeobject_metadata l",
        condition: "true",
        own: "true",
        names: Names { name: "l.oid::pg_catalog.text", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "dd",
        what: "Object descriptions",
        columns: "n.nspname as \"Schema\", o.name as \"Name\", o.kind as \"Object\", d.description as \"Description\"",
        more: "",
        from: "pg_catalog.pg_description d join (\
            select c.tableoid, c.oid, r.relnamespace as schema, c.conname as name, 'table constraint' as kind \
            from pg_catalog.pg_constraint c join pg_catalog.pg_class r on r.oid = c.conrelid \
            union all select c.tableoid, c.oid, t.typnamespace, c.conname, 'domain constraint' \
            from pg_catalog.pg_constraint c join pg_catalog.pg_type t on t.oid = c.contypid \
            union all select c.tableoid, c.oid, c.opcnamespace, c.opcname, 'operator class' from pg_catalog.pg_opclass c \
            union all select f.tableoid, f.oid, f.opfnamespace, f.opfname, 'operator family' from pg_catalog.pg_opfamily f \
            union all select w.tableoid, w.oid, r.relnamespace, w.rulename, 'rule' \
            from pg_catalog.pg_rewrite w join pg_catalog.pg_class r on r.oid = w.ev_class where w.rulename <> '_RETURN' \
            union all select t.tableoid, t.oid, r.relnamespace, t.tgname, 'trigger' \
            from pg_catalog.pg_trigger t join pg_catalog.pg_class r on r.oid = t.tgrelid) o \
            on d.objoid = o.oid and d.classoid = o.tableoid and d.objsubid = 0 \
            join pg_catalog.pg_namespace n on n.oid = o.schema",
        condition: "true",
        own: OWN,
        names: Names { name: "o.name", schema: Some("n.nspname"), visible: None },
        order: "1, 2, 3",
    },
];

/// What leaves out the objects of the system.
const OWN: &str = "n.nspname not in ('pg_catalog', 'information_schema')";
