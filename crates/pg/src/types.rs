//! Names of built-in types, as people write them.

use postgres_types::{Kind, Type};

/// The name of a built-in type with its modifier, such as `numeric(12,2)` or `timestamptz(0)`; `None` for types that
/// are not built in.
#[must_use]
pub fn type_name(oid: u32, modifier: i32) -> Option<String> {
    let known = Type::from_oid(oid)?;
    match known.kind() {
        Kind::Array(element) => Some(format!("{}[]", with_modifier(element, modifier))),
        _ => Some(with_modifier(&known, modifier)),
    }
}

fn with_modifier(known: &Type, modifier: i32) -> String {
    let name = match *known {
        Type::BPCHAR => "char",
        Type::CHAR => "\"char\"",
        _ => known.name(),
    };
    match modifier_text(known, modifier) {
        Some(text) => format!("{name}{text}"),
        None => name.to_owned(),
    }
}

/// The modifier as `format_type` writes it; the encodings are those of each type's `typmodout`.
fn modifier_text(known: &Type, modifier: i32) -> Option<String> {
    // -1 is no modifier; lengths and precisions of variable types are kept with 4 added.
    let without_header = modifier.checked_sub(4).filter(|value| modifier >= 0 && *value >= 0);
    match *known {
        Type::VARCHAR | Type::BPCHAR => without_header.map(|length| format!("({length})")),
        Type::NUMERIC => without_header.map(|value| {
            let (precision, scale) = (value >> 16 & 0xffff, value & 0x7ff);
            // The scale is signed since PostgreSQL 15.
            let scale = (scale ^ 1024) - 1024;
            format!("({precision},{scale})")
        }),
        Type::TIME | Type::TIMETZ | Type::TIMESTAMP | Type::TIMESTAMPTZ if modifier >= 0 => Some(format!("({modifier})")),
        Type::BIT if modifier >= 0 => Some(format!("({modifier})")),
        Type::VARBIT if modifier >= 0 => Some(format!("({modifier})")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::type_name;

    #[test]
    fn names_and_modifiers_are_those_of_format_type_in_short() {
        let check = |oid, modifier, expected| assert_eq!(type_name(oid, modifier).as_deref(), expected, "{oid} {modifier}");
        check(23, -1, Some("int4"));
        check(1700, -1, Some("numeric"));
        check(1700, (12 << 16 | 2) + 4, Some("numeric(12,2)"));
        check(1700, (3 << 16 | (-2 & 0x7ff)) + 4, Some("numeric(3,-2)"));
        check(1184, 0, Some("timestamptz(0)"));
        check(1043, 24, Some("varchar(20)"));
        check(1042, 5, Some("char(1)"));
        check(18, -1, Some("\"char\""));
        check(1009, -1, Some("text[]"));
        check(1015, 14, Some("varchar(10)[]"));
        check(1560, 8, Some("bit(8)"));
        check(3910, -1, Some("tstzrange"));
        check(99_999_999, -1, None);
    }
}
