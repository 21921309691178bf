//! Names of the built-in types as people write them.

use postgres_types::{Kind, Type};

const BIT: u32 = 1560;
const VARBIT: u32 = 1562;
const BPCHAR: u32 = 1042;
const VARCHAR: u32 = 1043;
const TIME: u32 = 1083;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;
const INTERVAL: u32 = 1186;
const TIMETZ: u32 = 1266;
const NUMERIC: u32 = 1700;
const CHAR: u32 = 18;
/// Lengths are stored with the size of their header.
const VARHDRSZ: i32 = 4;

/// What the text of a value means to a file format that has types of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A decimal number, `NaN` or an infinity.
    Number,
    /// `t` or `f`.
    Boolean,
    /// JSON.
    Json,
    /// A day.
    Date,
    /// A day and a time without a zone.
    Timestamp,
    /// Plain text to whoever does not know the type.
    Text,
}

/// What a value of a built-in type means, or one of an unknown type: text.
#[must_use]
pub fn meaning(oid: u32) -> Meaning {
    match Type::from_oid(oid) {
        Some(Type::INT2 | Type::INT4 | Type::INT8 | Type::OID | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC) => {
            Meaning::Number
        }
        Some(Type::BOOL) => Meaning::Boolean,
        Some(Type::JSON | Type::JSONB) => Meaning::Json,
        Some(Type::DATE) => Meaning::Date,
        Some(Type::TIMESTAMP) => Meaning::Timestamp,
        _ => Meaning::Text,
    }
}

/// The type of the elements of a built-in array type whose elements are separated by commas.
#[must_use]
pub fn array_element(oid: u32) -> Option<u32> {
    match Type::from_oid(oid)?.kind() {
        Kind::Array(element) if *element != Type::BOX => Some(element.oid()),
        _ => None,
    }
}

/// The name of a built-in type with its modifier, such as `bigint`, `numeric(12,2)` or `text[]`; none for types that an
/// extension or a person made.
#[must_use]
pub fn type_name(oid: u32, modifier: i32) -> Option<String> {
    let built_in = Type::from_oid(oid)?;
    if let Kind::Array(element) = built_in.kind() {
        return Some(format!("{}[]", type_name(element.oid(), modifier)?));
    }
    let name = match oid {
        // The one-byte type of the catalogue, not what SQL calls char.
        CHAR => "\"char\"",
        BPCHAR if modifier >= VARHDRSZ => "char",
        _ => sql_name(built_in.name()),
    };
    Some(format!("{name}{}", arguments(oid, modifier).unwrap_or_default()))
}

/// The name that SQL has for a type, where it is not longer by words.
fn sql_name(name: &str) -> &str {
    match name {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "bool" => "boolean",
        other => other,
    }
}

fn arguments(oid: u32, modifier: i32) -> Option<String> {
    if modifier < 0 {
        return None;
    }
    match oid {
        BPCHAR | VARCHAR if modifier >= VARHDRSZ => Some(format!("({})", modifier - VARHDRSZ)),
        BIT | VARBIT | TIME | TIMETZ | TIMESTAMP | TIMESTAMPTZ => Some(format!("({modifier})")),
        NUMERIC if modifier >= VARHDRSZ => {
            let packed = modifier - VARHDRSZ;
            // Eleven bits with a sign, since PostgreSQL 15.
            let scale = ((packed & 0x7ff) ^ 1024) - 1024;
            Some(format!("({},{scale})", (packed >> 16) & 0xffff))
        }
        INTERVAL => Some(interval(modifier)),
        _ => None,
    }
}

/// The fields that an interval is restricted to, as in `utils/timestamp.h`, and its precision.
fn interval(modifier: i32) -> String {
    const MONTH: i32 = 1 << 1;
    const YEAR: i32 = 1 << 2;
    const DAY: i32 = 1 << 3;
    const HOUR: i32 = 1 << 10;
    const MINUTE: i32 = 1 << 11;
    const SECOND: i32 = 1 << 12;
    let fields = (modifier >> 16) & 0x7fff;
    let fields = [
        (YEAR, " year"),
        (MONTH, " month"),
        (DAY, " day"),
        (HOUR, " hour"),
        (MINUTE, " minute"),
        (SECOND, " second"),
        (YEAR | MONTH, " year to month"),
        (DAY | HOUR, " day to hour"),
        (DAY | HOUR | MINUTE, " day to minute"),
        (DAY | HOUR | MINUTE | SECOND, " day to second"),
        (HOUR | MINUTE, " hour to minute"),
        (HOUR | MINUTE | SECOND, " hour to second"),
        (MINUTE | SECOND, " minute to second"),
    ]
    .into_iter()
    .find_map(|(bits, name)| (bits == fields).then_some(name))
    .unwrap_or_default();
    match modifier & 0xffff {
        0xffff => fields.to_owned(),
        precision => format!("{fields}({precision})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_written_out() {
        for (oid, modifier, name) in [
            (23, -1, "integer"),
            (1016, -1, "bigint[]"),
            (701, -1, "float8"),
            (25, -1, "text"),
            (1009, -1, "text[]"),
            (18, -1, "\"char\""),
            (1042, 14, "char(10)"),
            (1042, -1, "bpchar"),
            (1043, 24, "varchar(20)"),
            (1015, 24, "varchar(20)[]"),
            (1700, 4 + (12 << 16) + 2, "numeric(12,2)"),
            (1700, 4 + (3 << 16) + 0x7fe, "numeric(3,-2)"),
            (1184, 0, "timestamptz(0)"),
            (1186, (0x7fff << 16) | 3, "interval(3)"),
            (1186, (6 << 16) | 0xffff, "interval year to month"),
            (1562, 8, "varbit(8)"),
        ] {
            assert_eq!(type_name(oid, modifier).as_deref(), Some(name));
        }
        assert_eq!(type_name(16_400, -1), None);
    }
}
