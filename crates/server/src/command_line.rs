//! What commands share: how a wrong command line is told, and lists that are printed in parts.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::str::FromStr;

use clap::Args;
use howdah_store::MAX_PAGE;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::ApiError;

/// The command line or a file is wrong: what, on which line, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongInput(String);

impl WrongInput {
    /// With the whole line that is shown.
    #[must_use]
    pub fn new(line: String) -> Self {
        Self(line)
    }

    /// What a filter of the API says of a value that was given as an option of the same name.
    #[must_use]
    pub fn of_filter(problem: &ApiError) -> Self {
        let option = problem.field().unwrap_or("command line");
        Self(format!("command line: --{option}: {}", problem.detail()))
    }
}

/// Which part of a list to print, and how.
#[derive(Debug, Clone, Default, Args)]
pub struct Listing {
    /// At most so many; then says where to go on.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Where to go on: what a list said that was cut by --limit.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// A line of JSON for each, with everything that is known.
    #[arg(long)]
    pub json: bool,
}

/// One line of a list.
pub struct Line {
    cells: Vec<String>,
    value: Value,
}

impl Line {
    /// A line with what stands in its columns, and all that it tells as JSON, without the fields that only a running
    /// server knows.
    ///
    /// # Errors
    ///
    /// When `whole` is not an object of JSON.
    pub fn new(cells: Vec<String>, whole: &impl Serialize, unknown_here: &[&str]) -> anyhow::Result<Self> {
        let mut value = serde_json::to_value(whole)?;
        if let Value::Object(fields) = &mut value {
            fields.retain(|name, _| !unknown_here.contains(&name.as_str()));
        }
        Ok(Self { cells, value })
    }
}

impl Listing {
    /// The same, cut where nobody asked for more.
    #[must_use]
    pub fn cut_at(self, limit: u32) -> Self {
        Self { limit: self.limit.or(Some(limit)), ..self }
    }

    /// Prints the list that `read` gives in pages: from a place on, of at most so many.
    ///
    /// # Errors
    ///
    /// [`WrongInput`] for a place that is none of this list; else what `read` and `output` answer.
    pub async fn print<C: FromStr + Display>(
        &self,
        columns: &[&str],
        output: &mut impl Write,
        mut read: impl AsyncFnMut(Option<&C>, u32) -> anyhow::Result<(Vec<Line>, Option<C>)>,
    ) -> anyhow::Result<()> {
        let place = self.after.as_deref().map(str::parse::<C>).transpose();
        let mut after = place.map_err(|_| {
            WrongInput("command line: --after: this is no place in this list: begin without it".to_owned())
        })?;
        let mut sheet = Sheet::new(self.json, columns, output);
        let mut left = self.limit;
        loop {
            let (lines, next) = read(after.as_ref(), left.unwrap_or(MAX_PAGE).min(MAX_PAGE)).await?;
            left = left.map(|left| left.saturating_sub(u32::try_from(lines.len()).unwrap_or(u32::MAX)));
            sheet.write(&lines)?;
            match next {
                Some(next) if left == Some(0) => {
                    eprintln!("there is more: --after {next}");
                    return Ok(());
                }
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

/// Prints a list that is short and comes whole.
///
/// # Errors
///
/// When it cannot be written.
pub fn print_whole(json: bool, columns: &[&str], output: &mut impl Write, lines: &[Line]) -> io::Result<()> {
    Sheet::new(json, columns, output).write(lines)
}

/// Where lines go: as JSON; with tabs between columns for other programs; or, on a terminal, under headings.
struct Sheet<'a, W> {
    output: &'a mut W,
    columns: &'a [&'a str],
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Tabs,
    Headings,
    /// Headings stand above already.
    Aligned,
}

impl<'a, W: Write> Sheet<'a, W> {
    fn new(json: bool, columns: &'a [&'a str], output: &'a mut W) -> Self {
        let form = match (json, io::stdout().is_terminal()) {
            (true, _) => Form::Json,
            (false, true) => Form::Headings,
            (false, false) => Form::Tabs,
        };
        Self { output, columns, form }
    }

    fn write(&mut self, lines: &[Line]) -> io::Result<()> {
        if self.form == Form::Json {
            for line in lines {
                writeln!(self.output, "{}", line.value)?;
            }
            return Ok(());
        }
        let mut rows: Vec<Vec<Cow<'_, str>>> =
            lines.iter().map(|line| line.cells.iter().map(|cell| printable(cell)).collect()).collect();
        if self.form == Form::Tabs {
            return rows.iter().try_for_each(|row| writeln!(self.output, "{}", row.join("\t")));
        }
        if self.form == Form::Headings && !rows.is_empty() {
            rows.insert(0, self.columns.iter().map(|column| Cow::Owned(column.to_uppercase())).collect());
            self.form = Form::Aligned;
        }
        let width =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..self.columns.len()).map(|column| width(column).unwrap_or_default()).collect();
        for row in &rows {
            let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(self.output, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// Text in one cell: what it holds of line ends, tabs and codes that a terminal obeys becomes blanks.
fn printable(cell: &str) -> Cow<'_, str> {
    match cell {
        "" => Cow::Borrowed("-"),
        _ if cell.contains(char::is_control) => Cow::Owned(cell.replace(char::is_control, " ")),
        _ => Cow::Borrowed(cell),
    }
}

/// A time in a cell.
#[must_use]
pub fn time_or_never(time: Option<OffsetDateTime>) -> String {
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| "never".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: Form, pages: &[&[&[&str]]]) -> String {
        let mut output = Vec::new();
        let mut sheet = Sheet { output: &mut output, columns: &["name", "browser"], form };
        for page in pages {
            let line = |cells: &&[&str]| Line {
                cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
                value: serde_json::json!({ "name": cells[0] }),
            };
            sheet.write(&page.iter().map(line).collect::<Vec<_>>()).expect("memory takes it");
        }
        String::from_utf8(output).expect("it is text")
    }

    #[test]
    fn a_list_is_lines_for_programs_and_columns_for_people() {
        let pages: &[&[&[&str]]] = &[&[&["ada", "Firefox"], &["björn", ""]], &[&["c", "\u{1b}[2J\nx"]]];
        assert_eq!(written(Form::Tabs, pages), "ada\tFirefox\nbjörn\t-\nc\t [2J x\n");
        assert_eq!(
            written(Form::Headings, pages),
            "NAME   BROWSER\nada    Firefox\nbjörn  -\nc   [2J x\n",
            "each page has its own widths, and one heading"
        );
        assert_eq!(written(Form::Json, &pages[1..]), "{\"name\":\"c\"}\n");
        assert_eq!(written(Form::Headings, &[]), "");
    }
}
