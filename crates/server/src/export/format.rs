//! What the file formats have in common.

use bytes::Bytes;
use howdah_pg::copy_text::RowSink;
use howdah_pg::types::{Meaning, array_element, meaning};
use howdah_pg::{Column, quote};

use super::json::JsonWriter;
use super::markdown::MarkdownWriter;
use super::raw::RawWriter;
use super::sql::SqlWriter;
use super::xlsx::{XlsxError, XlsxWriter};
use crate::wire::ExportFormat;

/// Writes rows as a file, of which it holds only what has not been taken yet.
pub(super) trait FileWriter: RowSink + Send {
    /// Ends the file.
    fn finish(&mut self);

    /// What has been written since it was last asked, or nothing while that is less than so many bytes.
    ///
    /// # Errors
    ///
    /// When the file cannot be written on.
    fn take(&mut self, at_least: usize) -> Result<Bytes, XlsxError>;
}

/// The writer of a format that is not made of COPY's own CSV; none for those that are.
pub(super) fn writer(
    format: ExportFormat,
    columns: &[Column],
    header: bool,
    table: Option<&str>,
) -> Option<Box<dyn FileWriter>> {
    Some(match format {
        ExportFormat::Csv | ExportFormat::Tsv => return None,
        ExportFormat::Json => Box::new(JsonWriter::array(columns)),
        ExportFormat::Ndjson => Box::new(JsonWriter::lines(columns)),
        ExportFormat::Sql => Box::new(SqlWriter::new(columns, table.unwrap_or("result"))),
        ExportFormat::Markdown => Box::new(MarkdownWriter::new(columns)),
        ExportFormat::Raw => Box::new(RawWriter::new(columns)),
        ExportFormat::Xlsx => Box::new(XlsxWriter::new(columns, header)),
    })
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Single(Meaning),
    Array(Meaning),
}

pub(super) fn shapes(columns: &[Column]) -> Vec<Shape> {
    let shape = |column: &Column| match array_element(column.type_oid) {
        Some(element) => Shape::Array(meaning(element)),
        None => Shape::Single(meaning(column.type_oid)),
    };
    columns.iter().map(shape).collect()
}

/// Whether a number's text is digits, and not `NaN` or an infinity.
pub(super) fn is_finite(number: &[u8]) -> bool {
    number.strip_prefix(b"-").unwrap_or(number).first().is_some_and(u8::is_ascii_digit)
}

/// The columns' names, made different from each other: `id`, `id_2`.
pub(super) fn distinct_names(columns: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.name.clone();
        let mut count = 1;
        while names.contains(&name) {
            count += 1;
            name = format!("{}_{count}", column.name);
        }
        names.push(name);
    }
    names
}

/// A table's name with its schema, as SQL.
pub(super) fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", quote::identifier(schema), quote::identifier(table))
}
