//! The commands that list objects of one kind, each as the parts of a query.

use super::pattern::{self, Names};

/// A command that lists.
pub(super) struct Listing {
    /// Without modifiers.
    pub(super) command: &'static str,
    pub(super) what: &'static str,
    pub(super) columns: &'static str,
    /// Further columns with `+`.
    pub(super) more: &'static str,
    pub(super) from: &'static str,
    pub(super) condition: &'static str,
    /// What leaves out objects of the system, unless `S` or a pattern asks for them.
    pub(super) own: &'static str,
    pub(super) names: Names,
    pub(super) order: &'static str,
}

impl Listing {
    pub(super) fn sql(&self, plus: bool, system: bool, pattern: Option<&str>) -> String {
        let more = if plus { self.more } else { "" };
        let own = if system || pattern.is_some() { "true" } else { self.own };
        let asked = asked(pattern, self.names);
        let Self { columns, from, condition, order, .. } = self;
        format!("select {columns}{more} from {from} where ({condition}) and ({own}) and {asked} order by {order}")
    }
}

fn asked(pattern: Option<&str>, names: Names) -> String {
    match pattern {
        Some(pattern) => pattern::condition(pattern, names),
        None => names.visible.unwrap_or("true").to_owned(),
    }
}

/// `\dt`, `\dv` and their like, which combine: `\dtv`.
pub(super) fn relations(letters: &str, plus: bool, system: bool, pattern: Option<&str>) -> String {
    let kinds: Vec<String> = letters.chars().flat_map(relation_kinds).map(|kind| format!("'{kind}'")).collect();
    let (table, join) = if letters.contains('i') { (INDEX_COLUMN, INDEX_JOIN) } else { ("", "") };
    let more = if plus { RELATION_DETAILS } else { "" };
    let own = if system || pattern.is_some() { "true" } else { RELATION_IS_OWN };
    format!(
        "select {RELATION_COLUMNS}{table}{more} from {RELATION_FROM}{join} where c.relkind in ({}) and {own} and {} \
         order by 1, 2",
        kinds.join(", "),
        asked(pattern, RELATION_NAMES),
    )
}

fn relation_kinds(letter: char) -> &'static [char] {
    match letter {
        't' => &['r', 'p'],
        'v' => &['v'],
        'm' => &['m'],
        'i' => &['i', 'I'],
        's' => &['S'],
        'E' => &['f'],
        _ => &[],
    }
}

pub(super) const RELATION_NAMES: Names =
    Names { name: "c.relname", schema: Some("n.nspname"), visible: Some("pg_catalog.pg_table_is_visible(c.oid)") };
pub(super) const TYPE_NAMES: Names =
    Names { name: "t.typname", schema: Some("n.nspname"), visible: Some("pg_catalog.pg_type_is_visible(t.oid)") };
const RELATION_FROM: &str = "pg_catalog.pg_class c left join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
const RELATION_IS_OWN: &str =
    "n.nspname <> 'pg_catalog' and n.nspname !~ '^pg_toast' and n.nspname <> 'information_schema'";
const INDEX_COLUMN: &str = ", ic.relname as \"Table\"";
const INDEX_JOIN: &str =
    " left join pg_catalog.pg_index i on i.indexrelid = c.oid left join pg_catalog.pg_class ic on ic.oid = i.indrelid";
const RELATION_COLUMNS: &str = "n.nspname as \"Schema\", c.relname as \"Name\", case c.relkind when 'r' then 'table' \
    when 'v' then 'view' when 'm' then 'materialized view' when 'i' then 'index' when 'S' then 'sequence' \
    when 'f' then 'foreign table' when 'p' then 'partitioned table' when 'I' then 'partitioned index' end as \"Type\", \
    pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\"";
const RELATION_DETAILS: &str = ", case c.relpersistence when 'p' then 'permanent' when 't' then 'temporary' \
    when 'u' then 'unlogged' end as \"Persistence\", \
    (select am.amname from pg_catalog.pg_am am where am.oid = c.relam) as \"Access method\", \
    pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) as \"Size\", \
    pg_catalog.obj_description(c.oid, 'pg_class') as \"Description\"";

const ROLE_COLUMNS: &str = "r.rolname as \"Role name\", pg_catalog.concat_ws(', ', \
    case when r.rolsuper then 'Superuser' end, case when not r.rolinherit then 'No inheritance' end, \
    case when r.rolcreaterole then 'Create role' end, case when r.rolcreatedb then 'Create DB' end, \
    case when not r.rolcanlogin then 'Cannot login' end, case when r.rolreplication then 'Replication' end, \
    case when r.rolbypassrls then 'Bypass RLS' end, \
    case when r.rolconnlimit >= 0 then r.rolconnlimit || ' connections' end, \
    'Password valid until ' || r.rolvaliduntil) as \"Attributes\", \
    array(select b.rolname from pg_catalog.pg_auth_members m join pg_catalog.pg_roles b on m.roleid = b.oid \
    where m.member = r.oid order by 1) as \"Member of\"";
const ROLES: Listing = Listing {
    command: "du",
    what: "Roles",
    columns: ROLE_COLUMNS,
    more: ", pg_catalog.shobj_description(r.oid, 'pg_authid') as \"Description\"",
    from: "pg_catalog.pg_roles r",
    condition: "true",
    own: "r.rolname !~ '^pg_'",
    names: Names { name: "r.rolname", schema: None, visible: None },
    order: "1",
};

const FUNCTION_COLUMNS: &str = "n.nspname as \"Schema\", p.proname as \"Name\", \
    pg_catalog.pg_get_function_result(p.oid) as \"Result data type\", \
    pg_catalog.pg_get_function_arguments(p.oid) as \"Argument data types\", \
    case p.prokind when 'a' then 'agg' when 'w' then 'window' when 'p' then 'proc' \
    else 'func' end as \"Type\"";
const FUNCTION_DETAILS: &str = ", case p.provolatile when 'i' then 'immutable' when 's' then 'stable' \
    when 'v' then 'volatile' end as \"Volatility\", case p.proparallel when 'r' then 'restricted' when 's' then 'safe' \
    when 'u' then 'unsafe' end as \"Parallel\", pg_catalog.pg_get_userbyid(p.proowner) as \"Owner\", \
    case when p.prosecdef then 'definer' else 'invoker' end as \"Security\", \
    case when p.proleakproof then 'yes' else 'no' end as \"Leakproof?\", \
    pg_catalog.array_to_string(p.proacl, E'\\n') as \"Access privileges\", l.lanname as \"Language\", \
    case when l.lanname in ('internal', 'c') then p.prosrc end as \"Internal name\", \
    pg_catalog.obj_description(p.oid, 'pg_proc') as \"Description\"";

const fn functions(command: &'static str, what: &'static str, condition: &'static str) -> Listing {
    Listing {
        command,
        what,
        columns: FUNCTION_COLUMNS,
        more: FUNCTION_DETAILS,
        from: "pg_catalog.pg_proc p left join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
            left join pg_catalog.pg_language l on l.oid = p.prolang",
        condition,
        own: "n.nspname not in ('pg_catalog', 'information_schema')",
        names: Names {
            name: "p.proname",
            schema: Some("n.nspname"),
            visible: Some("pg_catalog.pg_function_is_visible(p.oid)"),
        },
        order: "1, 2, 4",
    }
}

const fn privileges(command: &'static str) -> Listing {
    Listing {
        command,
        what: "Privileges",
        columns: "n.nspname as \"Schema\", c.relname as \"Name\", case c.relkind when 'r' then 'table' \
            when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' \
            when 'f' then 'foreign table' when 'p' then 'partitioned table' end as \"Type\", \
            pg_catalog.array_to_string(c.relacl, E'\\n') as \"Access privileges\", \
            pg_catalog.array_to_string(array(select a.attname || E':\\n  ' || \
            pg_catalog.array_to_string(a.attacl, E'\\n  ') from pg_catalog.pg_attribute a \
            where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null), E'\\n') as \"Column privileges\", \
            pg_catalog.array_to_string(array(select pol.polname from pg_catalog.pg_policy pol \
            where pol.polrelid = c.oid), E'\\n') as \"Policies\"",
        more: "",
        from: RELATION_FROM,
        condition: "c.relkind in ('r', 'v', 'm', 'S', 'f', 'p')",
        own: "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'",
        names: RELATION_NAMES,
        order: "1, 2",
    }
}

/// The commands that list one kind each.
pub(super) const LISTINGS: &[Listing] = &[
    Listing {
        command: "l",
        what: "Databases",
        columns: "d.datname as \"Name\", pg_catalog.pg_get_userbyid(d.datdba) as \"Owner\", \
            pg_catalog.pg_encoding_to_char(d.encoding) as \"Encoding\", \
            case pg_catalog.to_jsonb(d) ->> 'datlocprovider' when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end \
            as \"Locale Provider\", d.datcollate as \"Collate\", d.datctype as \"Ctype\", \
            coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') as \"Locale\", \
            pg_catalog.to_jsonb(d) ->> 'daticurules' as \"ICU Rules\", \
            pg_catalog.array_to_string(d.datacl, E'\\n') as \"Access privileges\"",
        more: ", case when pg_catalog.has_database_privilege(d.datname, 'CONNECT') \
            then pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(d.datname)) else 'No access' end as \"Size\", \
            t.spcname as \"Tablespace\", pg_catalog.shobj_description(d.oid, 'pg_database') as \"Description\"",
        from: "pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace",
        condition: "true",
        own: "true",
        names: Names { name: "d.datname", schema: None, visible: None },
        order: "1",
    },
    ROLES,
    Listing { command: "dg", ..ROLES },
    Listing {
        command: "dn",
        what: "Schemas",
        columns: "n.nspname as \"Name\", pg_catalog.pg_get_userbyid(n.nspowner) as \"Owner\"",
        more: ", pg_catalog.array_to_string(n.nspacl, E'\\n') as \"Access privileges\", \
            pg_catalog.obj_description(n.oid, 'pg_namespace') as \"Description\"",
        from: "pg_catalog.pg_namespace n",
        condition: "true",
        own: "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'",
        names: Names { name: "n.nspname", schema: None, visible: None },
        order: "1",
    },
    functions("df", "Functions", "true"),
    Listing {
        columns: "n.nspname as \"Schema\", p.proname as \"Name\", \
            pg_catalog.format_type(p.prorettype, null) as \"Result data type\", \
            case when p.pronargs = 0 then '*' else pg_catalog.pg_get_function_arguments(p.oid) end as \"Argument data types\", \
            pg_catalog.obj_description(p.oid, 'pg_proc') as \"Description\"",
        more: "",
        ..functions("da", "Aggregate functions", "p.prokind = 'a'")
    },
    functions("dfa", "Aggregate functions", "p.prokind = 'a'"),
    functions("dfn", "Functions", "p.prokind = 'f' and p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype"),
    functions("dfp", "Procedures", "p.prokind = 'p'"),
    functions("dft", "Trigger functions", "p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype"),
    functions("dfw", "Window functions", "p.prokind = 'w'"),
    privileges("dp"),
    privileges("z"),
    Listing {
        command: "dT",
        what: "Data types",
        columns: "n.nspname as \"Schema\", pg_catalog.format_type(t.oid, null) as \"Name\", \
            case t.typtype when 'b' then 'base' when 'c' then 'composite' when 'd' then 'domain' when 'e' then 'enum' \
            when 'r' then 'range' when 'm' then 'multirange' when 'p' then 'pseudo' end as \"Kind\", \
            pg_catalog.array_to_string(array(select e.enumlabel from pg_catalog.pg_enum e where e.enumtypid = t.oid \
            order by e.enumsortorder), E'\\n') as \"Elements\", pg_catalog.obj_description(t.oid, 'pg_type') as \"Description\"",
        more: ", case when t.typrelid <> 0 then 'tuple' when t.typlen < 0 then 'var' else t.typlen::pg_catalog.text end \
            as \"Size\", t.typname as \"Internal name\", pg_catalog.pg_get_userbyid(t.typowner) as \"Owner\", \
            pg_catalog.array_to_string(t.typacl, E'\\n') as \"Access privileges\"",
        from: "pg_catalog.pg_type t left join pg_catalog.pg_namespace n on n.oid = t.typnamespace",
        condition: "(t.typrelid = 0 or (select c.relkind = 'c' from pg_catalog.pg_class c where c.oid = t.typrelid)) \
            and not exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid)",
        own: "n.nspname not in ('pg_catalog', 'information_schema')",
        names: TYPE_NAMES,
        order: "1, 2",
    },
    Listing {
        command: "dD",
        what: "Domains",
        columns: "n.nspname as \"Schema\", t.typname as \"Name\", \
            pg_catalog.format_type(t.typbasetype, t.typtypmod) as \"Type\", \
            (select c.collname from pg_catalog.pg_collation c join pg_catalog.pg_type b on b.oid = t.typbasetype \
            where c.oid = t.typcollation and t.typcollation <> b.typcollation) as \"Collation\", \
            case when t.typnotnull then 'not null' end as \"Nullable\", t.typdefault as \"Default\", \
            pg_catalog.array_to_string(array(select pg_catalog.pg_get_constraintdef(r.oid, true) \
            from pg_catalog.pg_constraint r where r.contypid = t.oid and r.contype = 'c' order by r.conname), ' ') as \"Check\"",
        more: ", pg_catalog.array_to_string(t.typacl, E'\\n') as \"Access privileges\", pg_catalog.obj_description(t.oid, 'pg_type') as \"Description\"",
        from: "pg_catalog.pg_type t left join pg_catalog.pg_namespace n on n.oid = t.typnamespace",
        condition: "t.typtype = 'd'",
        own: "n.nspname not in ('pg_catalog', 'information_schema')",
        names: TYPE_NAMES,
        order: "1, 2",
    },
    Listing {
        command: "dx",
        what: "Extensions",
        columns: "e.extname as \"Name\", e.extversion as \"Version\", \
            (select a.default_version from pg_catalog.pg_available_extensions a where a.name = e.extname) \
            as \"Default version\", n.nspname as \"Schema\", pg_catalog.obj_description(e.oid, 'pg_extension') as \"Description\"",
        more: ", array(select pg_catalog.pg_describe_object(d.classid, d.objid, 0) from pg_catalog.pg_depend d \
            where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid and d.deptype = 'e' \
            order by 1) as \"Objects\"",
        from: "pg_catalog.pg_extension e left join pg_catalog.pg_namespace n on n.oid = e.extnamespace",
        condition: "true",
        own: "true",
        names: Names { name: "e.extname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "db",
        what: "Tablespaces",
        columns: "s.spcname as \"Name\", pg_catalog.pg_get_userbyid(s.spcowner) as \"Owner\", \
            pg_catalog.pg_tablespace_location(s.oid) as \"Location\"",
        more: ", pg_catalog.array_to_string(s.spcacl, E'\\n') as \"Access privileges\", s.spcoptions as \"Options\", \
            pg_catalog.shobj_description(s.oid, 'pg_tablespace') as \"Description\"",
        from: "pg_catalog.pg_tablespace s",
        condition: "true",
        own: "true",
        names: Names { name: "s.spcname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "dL",
        what: "Languages",
        columns: "l.lanname as \"Name\", pg_catalog.pg_get_userbyid(l.lanowner) as \"Owner\", l.lanpltrusted as \"Trusted\", \
            pg_catalog.obj_description(l.oid, 'pg_language') as \"Description\"",
        more: ", not l.lanispl as \"Internal language\", pg_catalog.array_to_string(l.lanacl, E'\\n') as \"Access privileges\"",
        from: "pg_catalog.pg_language l",
        condition: "true",
        own: "l.lanispl",
        names: Names { name: "l.lanname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "dy",
        what: "Event triggers",
        columns: "e.evtname as \"Name\", e.evtevent as \"Event\", pg_catalog.pg_get_userbyid(e.evtowner) as \"Owner\", \
            case e.evtenabled when 'O' then 'enabled' when 'R' then 'replica' when 'A' then 'always' when 'D' then 'disabled' \
            end as \"Enabled\", e.evtfoid::pg_catalog.regproc as \"Function\", e.evttags as \"Tags\"",
        more: ", pg_catalog.obj_description(e.oid, 'pg_event_trigger') as \"Description\"",
        from: "pg_catalog.pg_event_trigger e",
        condition: "true",
        own: "true",
        names: Names { name: "e.evtname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "des",
        what: "Foreign servers",
        columns: "s.srvname as \"Name\", pg_catalog.pg_get_userbyid(s.srvowner) as \"Owner\", \
            f.fdwname as \"Foreign-data wrapper\"",
        more: ", pg_catalog.array_to_string(s.srvacl, E'\\n') as \"Access privileges\", s.srvtype as \"Type\", \
            s.srvversion as \"Version\"",
        from: "pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper f on f.oid = s.srvfdw",
        condition: "true",
        own: "true",
        names: Names { name: "s.srvname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "dRp",
        what: "Publications",
        columns: "p.pubname as \"Name\", pg_catalog.pg_get_userbyid(p.pubowner) as \"Owner\", p.puballtables as \"All tables\", \
            p.pubinsert as \"Inserts\", p.pubupdate as \"Updates\", p.pubdelete as \"Deletes\", p.pubtruncate as \"Truncates\", \
            case pg_catalog.to_jsonb(p) ->> 'pubgencols' when 's' then 'stored' else 'none' end as \"Generated columns\", \
            p.pubviaroot as \"Via root\"",
        more: "",
        from: "pg_catalog.pg_publication p",
        condition: "true",
        own: "true",
        names: Names { name: "p.pubname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "dRs",
        what: "Subscriptions",
        columns: "s.subname as \"Name\", pg_catalog.pg_get_userbyid(s.subowner) as \"Owner\", s.subenabled as \"Enabled\", \
            s.subpublications as \"Publications\"",
        more: "",
        from: "pg_catalog.pg_subscription s",
        condition: "s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())",
        own: "true",
        names: Names { name: "s.subname", schema: None, visible: None },
        order: "1",
    },
    Listing {
        command: "dconfig",
        what: "Settings",
        columns: "s.name as \"Parameter\", pg_catalog.current_setting(s.name) as \"Value\"",
        more: ", s.vartype as \"Type\", s.context as \"Context\", s.source as \"Source\", s.short_desc as \"Description\"",
        from: "pg_catalog.pg_settings s",
        condition: "true",
        own: "s.source <> 'default' and s.setting is distinct from s.boot_val",
        names: Names { name: "s.name", schema: None, visible: None },
        order: "1",
    },
];
