//! Rows as they travel, and how to look into them.

use std::borrow::Cow;

use bytes::Bytes;

/// A run of whole rows: exactly one binary frame of `docs/query-protocol.md`.
///
/// It is a piece of the read buffer itself; as long as it lives that memory (at most 512 KiB) does too.
#[derive(Debug, Clone)]
pub struct RowBatch {
    bytes: Bytes,
    rows: u32,
}

impl RowBatch {
    pub(crate) fn new(bytes: Bytes, rows: u32) -> Self {
        Self { bytes, rows }
    }

    /// How many rows it holds: at least one.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// The messages.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The messages, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// The rows of a batch. Ends early where `batch` is not a run of whole messages.
pub fn rows(batch: &[u8]) -> impl Iterator<Item = Row<'_>> {
    let mut rest = batch;
    std::iter::from_fn(move || {
        let (&tag, behind) = rest.split_first()?;
        let (length, _) = behind.split_first_chunk::<4>()?;
        let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
        let body = behind.get(4..length)?;
        let (count, values) = body.split_first_chunk::<2>()?;
        rest = &behind[length..];
        let kind = match tag {
            b'D' => RowKind::Whole,
            b'L' => RowKind::Large,
            _ => return None,
        };
        Some(Row { kind, count: u16::from_be_bytes(*count), values })
    })
}

/// One row of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    kind: RowKind,
    count: u16,
    values: &'a [u8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowKind {
    Whole,
    Large,
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL's NULL.
    Null,
    /// The value in PostgreSQL's text format.
    Text(&'a [u8]),
    /// The beginning of a value of a large row.
    Cut {
        /// What was kept. It may end inside a character.
        kept: &'a [u8],
        /// How long the value is.
        full_length: usize,
    },
}

impl<'a> Value<'a> {
    /// The value, or what was kept of it; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Null => None,
            Self::Text(bytes) | Self::Cut { kept: bytes, .. } => Some(String::from_utf8_lossy(bytes)),
        }
    }
}

impl<'a> Row<'a> {
    /// How many columns it has.
    #[must_use]
    pub fn column_count(&self) -> u16 {
        self.count
    }

    /// Its values in order. Ends early where the row contradicts itself, which PostgreSQL never sends.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let (kind, mut left, mut rest) = (self.kind, self.count, self.values);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let (length, behind) = rest.split_first_chunk::<4>()?;
            rest = behind;
            let Ok(full_length) = usize::try_from(i32::from_be_bytes(*length)) else {
                return Some(Value::Null);
            };
            let mut kept_length = full_length;
            if kind == RowKind::Large {
                let (length, behind) = rest.split_first_chunk::<4>()?;
                rest = behind;
                kept_length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            }
            let (kept, behind) = rest.split_at_checked(kept_length)?;
            rest = behind;
            Some(if kept_length == full_length { Value::Text(kept) } else { Value::Cut { kept, full_length } })
        })
    }
}
