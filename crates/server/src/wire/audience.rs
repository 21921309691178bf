//! A server's `audience`, in the shape of the API.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::claims_rule::ClaimsRule;

/// Who sees a server beside its owner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Audience {
    /// Nobody.
    #[default]
    Private,
    /// All who are signed in.
    Everyone,
    /// Those whom the rule admits.
    Rule(ClaimsRule),
}

impl Audience {
    /// Reads what [`Audience::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// In words, when it is none.
    pub fn parse(value: Value) -> Result<Self, String> {
        match value.as_str() {
            Some("private") => Ok(Self::Private),
            Some("everyone") => Ok(Self::Everyone),
            Some(other) => Err(format!("`{}` is no audience", other.chars().take(40).collect::<String>())),
            None => ClaimsRule::parse(value).map(Self::Rule).map_err(|error| error.to_string()),
        }
    }

    /// As the API and the store have it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Private => "private".into(),
            Self::Everyone => "everyone".into(),
            Self::Rule(rule) => Value::Object(rule.as_object().clone()),
        }
    }

    /// Whether somebody with these claims is among them.
    #[must_use]
    pub fn admits(&self, claims: &Map<String, Value>) -> bool {
        match self {
            Self::Private => false,
            Self::Everyone => true,
            Self::Rule(rule) => rule.matches(claims),
        }
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::parse(value).map_err(|words| {
            D::Error::custom(format_args!(
                "{words}; write \"private\", \"everyone\" or a rule on claims such as {{ \"groups\": [\"dba\"] }}"
            ))
        })
    }
}

impl PartialSchema for Audience {
    fn schema() -> RefOr<Schema> {
        let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["private", "everyone"]));
        let rule = ObjectBuilder::new()
            .description(Some("A claim or several, each with a value or a list of values of which one must match."))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
        let either = OneOfBuilder::new().item(word).item(rule);
        RefOr::T(Schema::OneOf(either.description(Some("Who sees a server beside its owner.")).build()))
    }
}

impl ToSchema for Audience {
    fn name() -> Cow<'static, str> {
        "Audience".into()
    }
}
