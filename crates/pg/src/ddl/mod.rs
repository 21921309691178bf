//! Objects of a database as the SQL that makes them: complete, in an order that runs, with every name qualified.
//!
//! [`script()`] prints one object with what is made and dropped with it: a table with its indexes, constraints, triggers,
//! rules and policies. [`database()`] prints all of a database. Both say who owns an object, its comments, and what its
//! privileges are beside those that a new object has. PostgreSQL's own functions write what they can write (queries,
//! expressions, functions); the queries in `sql/` write the rest, one for each kind of object and for as many objects as
//! are asked for, so that a script takes three round trips.
//!
//! What a person may not read is told in a comment of the script.

mod fragments;
mod order;
mod script;

use crate::{
    QueryError, Session,
    catalog::{Catalog, ObjectAddress},
    ddl::{
        fragments::{Part, Printed, print},
        order::Node,
    },
    quote,
};

pub use script::Script;

/// What a script does with its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Makes it, with all that belongs to it.
    Create,
    /// Makes it or puts it in place of the one that is there, for what PostgreSQL replaces.
    Replace,
    /// Sets what can be set on the one that is there: its settings, owner, comments and privileges.
    Alter,
    /// Drops it. What depends on it keeps it from being dropped.
    Drop,
}

/// Why there is no script.
#[derive(Debug, thiserror::Error)]
pub enum DdlError {
    /// There is no such object, or not any more.
    #[error("there is no such object; it may have been dropped")]
    NotFound,
    /// PostgreSQL has no such statement for this kind of object.
    #[error("objects of this kind have no such form")]
    NoSuchForm,
    /// PostgreSQL's.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// The script of an object. It sets `search_path` and the like in the session, and leaves them so.
///
/// # Errors
///
/// [`DdlError::NotFound`] and [`DdlError::NoSuchForm`]; and PostgreSQL's, as where a function that it calls is broken.
pub async fn script(session: &mut Session, address: ObjectAddress, form: Form) -> Result<Script, DdlError> {
    if address.catalog == Catalog::ReplicationSlot {
        return replication_slot(session, address.oid, form).await;
    }
    let reader = Reader::settle(session).await?;
    let parts = parts(session, address).await?;
    let Some(own) = parts.iter().position(|(_, what)| *what == What::Own) else { return Err(DdlError::NotFound) };
    let wanted: Vec<ObjectAddress> = match form {
        Form::Create => parts.iter().map(|(address, _)| *address).collect(),
        _ => vec![parts[own].0],
    };
    let printed = print(session, reader, &wanted, &[]).await?;
    let own = parts[own].0;
    if !printed.has(own, Part::Create) {
        return Err(DdlError::NotFound);
    }
    let mut script = Script::of(forms(&printed, own));
    if !script.forms().contains(&form) {
        return Err(DdlError::NoSuchForm);
    }
    let leading = match form {
        Form::Create => {
            create(&mut script, &printed, &parts);
            return Ok(script);
        }
        Form::Drop => {
            script.add(printed.of(own, Part::Drop));
            return Ok(script);
        }
        Form::Replace => Part::Replace,
        Form::Alter => Part::Alter,
    };
    for part in [leading, Part::Owner, Part::Comment, Part::Label, Part::Privilege] {
        script.add(printed.of(own, part));
    }
    Ok(script)
}

/// The script of a slot, which no statement makes and no dependency knows. That of a logical one is run in its
/// database.
async fn replication_slot(session: &mut Session, oid: u32, form: Form) -> Result<Script, DdlError> {
    let rows = session.query(include_str!("sql/replication_slot.sql"), &[Some(&oid.to_string())]).await?;
    let Some(row) = rows.texts().next() else { return Err(DdlError::NotFound) };
    let [Some(create), Some(drop)] = row.as_slice() else { return Err(DdlError::NotFound) };
    let mut script = Script::of(vec![Form::Create, Form::Drop]);
    match form {
        Form::Create => script.add(std::iter::once(create.as_ref())),
        Form::Drop => script.add(std::iter::once(drop.as_ref())),
        Form::Replace | Form::Alter => return Err(DdlError::NoSuchForm),
    }
    Ok(script)
}

/// The forms that an object has.
fn forms(printed: &Printed, own: ObjectAddress) -> Vec<Form> {
    let has = |parts: &[Part]| parts.iter().any(|part| printed.has(own, *part));
    let altered = [Part::Alter, Part::Owner, Part::Comment, Part::Label, Part::Privilege];
    let all = [
        (Form::Create, true),
        (Form::Replace, has(&[Part::Replace])),
        (Form::Alter, has(&altered)),
        (Form::Drop, has(&[Part::Drop])),
    ];
    all.into_iter().filter(|(_, has)| *has).map(|(form, _)| form).collect()
}

/// The script of all that the database holds, in an order that runs in an empty database of the same encoding; roles
/// and tablespaces must be there. Rows, large objects' contents, and what extensions bring are not in it.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn database(session: &mut Session) -> Result<Script, QueryError> {
    let reader = Reader::settle(session).await?;
    let order = order::sorted(session).await?;
    let addresses: Vec<ObjectAddress> =
        order.nodes.iter().filter(|node| !node.shell).map(|node| node.address).collect();
    let printed = print(session, reader, &addresses, &order.loose).await?;
    let mut script = Script::begin();
    // An event trigger would fire for all that is made after it.
    let (event_triggers, nodes): (Vec<&Node>, Vec<&Node>) =
        order.nodes.iter().partition(|node| node.address.catalog == Catalog::EventTrigger);
    let (defaults, nodes): (Vec<&Node>, Vec<&Node>) =
        nodes.into_iter().partition(|node| node.address.catalog == Catalog::DefaultPrivileges);
    for node in &nodes {
        if node.shell {
            script.add(printed.of(node.address, Part::Shell));
        } else {
            whole(&mut script, &printed, node.address);
            script.add(printed.of(node.address, Part::Attach));
        }
        script.end_object();
    }
    for part in [Part::Late, Part::Privilege] {
        for node in nodes.iter().filter(|node| !node.shell) {
            script.add(printed.of(node.address, part));
        }
        script.end_object();
    }
    for node in defaults.into_iter().chain(event_triggers) {
        whole(&mut script, &printed, node.address);
        script.end_object();
    }
    Ok(script)
}

/// What makes an object with all that belongs to it. A partition is attached behind its indexes, so that it keeps them,
/// and before its foreign keys and triggers, which may be its parent's.
fn create(script: &mut Script, printed: &Printed, parts: &[(ObjectAddress, What)]) {
    let belongs_to_rows = |address: ObjectAddress| {
        matches!(address.catalog, Catalog::Class | Catalog::Type | Catalog::Procedure | Catalog::Constraint)
            && !printed.of(address, Part::Create).any(|sql| sql.contains(" FOREIGN KEY ("))
    };
    let (before, behind): (Vec<_>, Vec<_>) =
        parts.iter().partition(|(address, what)| *what != What::Whole || belongs_to_rows(*address));
    for (address, what) in &before {
        if *what == What::Shell {
            script.add(printed.of(*address, Part::Shell));
        } else {
            whole(script, printed, *address);
        }
        script.end_object();
    }
    let whole_parts = || parts.iter().filter(|(_, what)| *what != What::Shell);
    for (address, _) in whole_parts() {
        script.add(printed.of(*address, Part::Attach));
    }
    script.end_object();
    for (address, _) in &behind {
        whole(script, printed, *address);
        script.end_object();
    }
    for part in [Part::Late, Part::Privilege] {
        for (address, _) in whole_parts() {
            script.add(printed.of(*address, part));
        }
        script.end_object();
    }
}

/// What makes one object, apart from what must wait for others.
fn whole(script: &mut Script, printed: &Printed, address: ObjectAddress) {
    for part in [Part::Create, Part::Owner, Part::Comment, Part::Label] {
        script.add(printed.of(address, part));
    }
}

/// What of an object a script holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// It is the object that was asked for.
    Own,
    /// It belongs to that object.
    Whole,
    /// A type of which only the name is made.
    Shell,
}

/// The object that an address means, among what belongs to it, in order.
async fn parts(session: &mut Session, address: ObjectAddress) -> Result<Vec<(ObjectAddress, What)>, QueryError> {
    let oid = address.oid.to_string();
    let rows = session.query(include_str!("sql/parts.sql"), &[Some(address.catalog.name()), Some(&oid)]).await?;
    let mut parts = Vec::new();
    for row in rows.texts() {
        let [Some(catalog), Some(oid), Some(what)] = row.as_slice() else { continue };
        let (Ok(catalog), Ok(oid)) = (catalog.parse(), oid.parse()) else { continue };
        let what = match what.as_ref() {
            "self" => What::Own,
            "shell" => What::Shell,
            _ => What::Whole,
        };
        parts.push((ObjectAddress { catalog, oid }, what));
    }
    Ok(parts)
}

/// Which queries this session can run.
#[derive(Debug, Clone, Copy)]
struct Reader {
    /// `server_version_num`.
    version: u32,
    /// Whether the person may read where subscriptions connect to.
    sees_connections: bool,
}

impl Reader {
    /// Makes a session one whose answers mean the same everywhere.
    async fn settle(session: &mut Session) -> Result<Self, QueryError> {
        // The queries are long and read little: compiling them takes longer than running them.
        const SETTINGS: [(&str, &str); 6] = [
            ("jit", "off"),
            ("search_path", ""),
            ("quote_all_identifiers", "off"),
            ("datestyle", "ISO"),
            ("intervalstyle", "postgres"),
            ("extra_float_digits", "3"),
        ];
        let set: Vec<String> = SETTINGS
            .iter()
            .map(|(name, value)| {
                format!("pg_catalog.set_config({}, {}, false)", quote::literal(name), quote::literal(value))
            })
            .collect();
        let sql = format!(
            "select pg_catalog.current_setting('server_version_num'), pg_catalog.has_column_privilege(\
             'pg_catalog.pg_subscription', 'subconninfo', 'select'), {}",
            set.join(", ")
        );
        let rows = session.query(&sql, &[]).await?;
        let row = rows.texts().next().unwrap_or_default();
        let text = |place: usize| row.get(place).and_then(Option::as_deref).unwrap_or_default();
        Ok(Self { version: text(0).parse().unwrap_or_default(), sees_connections: text(1) == "t" })
    }
}
