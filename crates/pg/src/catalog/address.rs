//! The address of an object of a database, as PostgreSQL has it: a system catalog and a row of it.

use std::{fmt, str::FromStr};

/// A system catalog whose rows are objects that people name.
///
/// As in `pg_depend.classid`: a table, a view, an index and a sequence are all of [`Catalog::Class`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Catalog {
    /// `pg_am`: access methods.
    AccessMethod,
    /// `pg_attrdef`: defaults of columns.
    Default,
    /// `pg_default_acl`: default privileges.
    DefaultPrivileges,
    /// `pg_authid`: roles, of the whole cluster.
    Role,
    /// `pg_cast`: casts.
    Cast,
    /// `pg_class`: relations of every kind.
    Class,
    /// `pg_collation`: collations.
    Collation,
    /// `pg_constraint`: constraints of tables and domains.
    Constraint,
    /// `pg_conversion`: conversions between encodings.
    Conversion,
    /// `pg_database`: databases, of the whole cluster.
    Database,
    /// `pg_event_trigger`: event triggers.
    EventTrigger,
    /// `pg_extension`: extensions.
    Extension,
    /// `pg_foreign_data_wrapper`: foreign-data wrappers.
    ForeignDataWrapper,
    /// `pg_foreign_server`: foreign servers.
    ForeignServer,
    /// `pg_language`: procedural languages.
    Language,
    /// `pg_largeobject`: large objects.
    LargeObject,
    /// `pg_namespace`: schemas.
    Namespace,
    /// `pg_opclass`: operator classes.
    OperatorClass,
    /// `pg_operator`: operators.
    Operator,
    /// `pg_opfamily`: operator families.
    OperatorFamily,
    /// `pg_policy`: row-level security policies.
    Policy,
    /// `pg_proc`: functions, procedures and aggregates.
    Procedure,
    /// `pg_publication`: publications.
    Publication,
    /// `pg_replication_slots`, a view: slots have no oid, and a hash of their name stands for one.
    ReplicationSlot,
    /// `pg_rewrite`: rules.
    Rule,
    /// `pg_statistic_ext`: extended statistics.
    Statistics,
    /// `pg_subscription`: subscriptions.
    Subscription,
    /// `pg_tablespace`: tablespaces, of the whole cluster.
    Tablespace,
    /// `pg_transform`: transforms.
    Transform,
    /// `pg_trigger`: triggers.
    Trigger,
    /// `pg_ts_config`: text search configurations.
    TextSearchConfiguration,
    /// `pg_ts_dict`: text search dictionaries.
    TextSearchDictionary,
    /// `pg_ts_parser`: text search parsers.
    TextSearchParser,
    /// `pg_ts_template`: text search templates.
    TextSearchTemplate,
    /// `pg_type`: types and domains.
    Type,
    /// `pg_user_mapping`: user mappings.
    UserMapping,
}

/// Each catalog with its name in `pg_catalog`.
const NAMES: [(Catalog, &str); 36] = [
    (Catalog::AccessMethod, "pg_am"),
    (Catalog::Default, "pg_attrdef"),
    (Catalog::DefaultPrivileges, "pg_default_acl"),
    (Catalog::Role, "pg_authid"),
    (Catalog::Cast, "pg_cast"),
    (Catalog::Class, "pg_class"),
    (Catalog::Collation, "pg_collation"),
    (Catalog::Constraint, "pg_constraint"),
    (Catalog::Conversion, "pg_conversion"),
    (Catalog::Database, "pg_database"),
    (Catalog::EventTrigger, "pg_event_trigger"),
    (Catalog::Extension, "pg_extension"),
    (Catalog::ForeignDataWrapper, "pg_foreign_data_wrapper"),
    (Catalog::ForeignServer, "pg_foreign_server"),
    (Catalog::Language, "pg_language"),
    (Catalog::LargeObject, "pg_largeobject"),
    (Catalog::Namespace, "pg_namespace"),
    (Catalog::OperatorClass, "pg_opclass"),
    (Catalog::Operator, "pg_operator"),
    (Catalog::OperatorFamily, "pg_opfamily"),
    (Catalog::Policy, "pg_policy"),
    (Catalog::Procedure, "pg_proc"),
    (Catalog::Publication, "pg_publication"),
    (Catalog::ReplicationSlot, "pg_replication_slots"),
    (Catalog::Rule, "pg_rewrite"),
    (Catalog::Statistics, "pg_statistic_ext"),
    (Catalog::Subscription, "pg_subscription"),
    (Catalog::Tablespace, "pg_tablespace"),
    (Catalog::Transform, "pg_transform"),
    (Catalog::Trigger, "pg_trigger"),
    (Catalog::TextSearchConfiguration, "pg_ts_config"),
    (Catalog::TextSearchDictionary, "pg_ts_dict"),
    (Catalog::TextSearchParser, "pg_ts_parser"),
    (Catalog::TextSearchTemplate, "pg_ts_template"),
    (Catalog::Type, "pg_type"),
    (Catalog::UserMapping, "pg_user_mapping"),
];

impl Catalog {
    /// Its name in `pg_catalog`, such as `pg_class`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(catalog, _)| *catalog == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no catalog of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no system catalog whose rows are objects has this name")]
pub struct UnknownCatalog;

impl FromStr for Catalog {
    type Err = UnknownCatalog;

    fn from_str(name: &str) -> Result<Self, UnknownCatalog> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(catalog, _)| *catalog).ok_or(UnknownCatalog)
    }
}

/// One object of a database, or of its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectAddress {
    /// Where its row is.
    pub catalog: Catalog,
    /// The row's oid.
    pub oid: u32,
}

/// `pg_class/16384`, as in a path.
impl fmt::Display for ObjectAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.catalog, self.oid)
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalog, NAMES, ObjectAddress};

    #[test]
    fn each_catalog_is_found_by_its_name() {
        for (catalog, name) in NAMES {
            assert_eq!((catalog.name(), name.parse()), (name, Ok(catalog)));
        }
        assert!("pg_stat_activity".parse::<Catalog>().is_err());
        assert_eq!(ObjectAddress { catalog: Catalog::Class, oid: 16384 }.to_string(), "pg_class/16384");
    }
}
