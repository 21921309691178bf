//! Changes of rows and the statements that make them, built from the catalogue and never from what a browser sent.

use super::shape::{Identity, TableColumn, TableShape};
use crate::{catalog::RelationKind, quote};

/// In a statement that is shown a longer value is cut.
const SHOWN_VALUE: usize = 16 << 10;

/// What is to be in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// SQL's NULL.
    Null,
    /// The column's default.
    Default,
    /// A value in PostgreSQL's text format.
    Text(String),
}

/// A cell to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCell {
    /// The column's name.
    pub column: String,
    /// What is to be in it.
    pub value: NewValue,
}

/// A cell as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldCell {
    /// The column's name.
    pub column: String,
    /// The value in PostgreSQL's text format; `None`: NULL.
    pub value: Option<String>,
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new row. Columns that are not named get their defaults.
    Insert {
        /// What it holds.
        values: Vec<NewCell>,
    },
    /// Other values in a row that is there.
    Update {
        /// All columns of one of the keys.
        key: Vec<OldCell>,
        /// What must still be so.
        old: Vec<OldCell>,
        /// What is to be.
        values: Vec<NewCell>,
    },
    /// A row less.
    Delete {
        /// All columns of one of the keys.
        key: Vec<OldCell>,
        /// What must still be so.
        old: Vec<OldCell>,
    },
}

/// Why no statement can be made of a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeFault {
    /// The table has no such column, perhaps no more.
    #[error(
        "there is no column \"{0}\" any more: it was renamed or dropped. Take this change back, read again, and make it anew"
    )]
    UnknownColumn(String),
    /// What is said to identify the row is no key of the table.
    #[error("`{0}` does not identify a row")]
    NoKey(String),
    /// PostgreSQL computes the column.
    #[error("column `{0}` is generated: PostgreSQL computes it")]
    Generated(String),
    /// A column is set twice.
    #[error("column `{0}` is set twice")]
    Twice(String),
    /// There is nothing to change.
    #[error("nothing is changed")]
    Nothing,
}

impl ChangeFault {
    /// The column that it is about.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::UnknownColumn(name) | Self::Generated(name) | Self::Twice(name) => Some(name),
            Self::NoKey(_) | Self::Nothing => None,
        }
    }
}

/// The statements that changes of a table will run, with their values in them, for people to read. Long values are cut.
///
/// # Errors
///
/// The first change of which no statement can be made.
pub fn preview(shape: &TableShape, changes: &[Change]) -> Result<Vec<String>, (usize, ChangeFault)> {
    let written = |(place, change): (usize, &Change)| {
        let mut statement = Statement::new(shape, Style::Shown);
        statement.write(change).map_err(|fault| (place, fault))?;
        Ok(statement.text)
    };
    changes.iter().enumerate().map(written).collect()
}

/// A statement with its parameters.
pub(super) struct Statement<'a> {
    shape: &'a TableShape,
    style: Style,
    pub(super) text: String,
    /// Values by the numbers of their parameters, from 1, each with its column.
    pub(super) parameters: Vec<(&'a str, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Values are parameters.
    Run,
    /// The same, and nothing is answered.
    Blind,
    /// Values are literals.
    Shown,
}

impl<'a> Statement<'a> {
    fn new(shape: &'a TableShape, style: Style) -> Self {
        Self { shape, style, text: String::new(), parameters: Vec::new() }
    }

    /// The statement that makes a change and answers the row as it is then.
    pub(super) fn of(shape: &'a TableShape, change: &Change) -> Result<Self, ChangeFault> {
        let mut statement = Self::new(shape, Style::Run);
        statement.write(change)?;
        Ok(statement)
    }

    /// The statement that makes a change and answers nothing.
    pub(super) fn blind(shape: &'a TableShape, change: &Change) -> Result<Self, ChangeFault> {
        let mut statement = Self::new(shape, Style::Blind);
        statement.write(change)?;
        Ok(statement)
    }

    /// The query for the transaction that holds the row of a key.
    pub(super) fn locker(shape: &'a TableShape, key: &[OldCell]) -> Result<Self, ChangeFault> {
        let mut statement = Self::new(shape, Style::Run);
        statement.text = format!("select xmax from {} where ", table_name(shape));
        statement.write_key(key)?;
        Ok(statement)
    }

    /// The statement that reads the row of a key as it is.
    pub(super) fn reading(shape: &'a TableShape, key: &[OldCell]) -> Result<Self, ChangeFault> {
        let mut statement = Self::new(shape, Style::Run);
        statement.text = format!("select {} from {} where ", readable(shape), table_name(shape));
        statement.write_key(key)?;
        Ok(statement)
    }

    fn write(&mut self, change: &Change) -> Result<(), ChangeFault> {
        match change {
            Change::Insert { values } => self.write_insert(values)?,
            Change::Update { key, old, values } => self.write_update(key, old, values)?,
            Change::Delete { key, old } => {
                self.text = format!("delete from {}", table_name(self.shape));
                self.write_condition(key, old)?;
            }
        }
        // Nobody needs to read what PostgreSQL hands back, but for what it filled in by itself.
        let is_shown = self.style == Style::Shown;
        let answer = if is_shown && !matches!(change, Change::Insert { .. }) { "" } else { &readable(self.shape) };
        if !answer.is_empty() && self.style != Style::Blind {
            self.text.push_str(if is_shown { "\nreturning " } else { " returning " });
            self.text.push_str(if is_shown { "*" } else { answer });
        }
        Ok(())
    }

    fn write_insert(&mut self, values: &[NewCell]) -> Result<(), ChangeFault> {
        let mut columns = Vec::new();
        for (place, cell) in values.iter().enumerate() {
            let column = self.column_to_set(cell)?;
            if values[..place].iter().any(|before| before.column == cell.column) {
                return Err(ChangeFault::Twice(cell.column.clone()));
            }
            if cell.value != NewValue::Default {
                columns.push((column, cell));
            }
        }
        self.text = format!("insert into {}", table_name(self.shape));
        if columns.is_empty() {
            self.text.push_str(" default values");
            return Ok(());
        }
        let names: Vec<_> = columns.iter().map(|(column, _)| quote::identifier(&column.name)).collect();
        self.text.push_str(&format!(" ({})", names.join(", ")));
        if columns.iter().any(|(column, _)| column.identity == Some(Identity::Always)) {
            self.text.push_str(" overriding system value");
        }
        self.text.push_str(if self.style == Style::Shown { "\nvalues (" } else { " values (" });
        for (place, (column, cell)) in columns.into_iter().enumerate() {
            if place > 0 {
                self.text.push_str(", ");
            }
            self.write_new(column, &cell.value);
        }
        self.text.push(')');
        Ok(())
    }

    fn write_update(&mut self, key: &[OldCell], old: &[OldCell], values: &[NewCell]) -> Result<(), ChangeFault> {
        if values.is_empty() {
            return Err(ChangeFault::Nothing);
        }
        self.text = format!("update {} set ", table_name(self.shape));
        for (place, cell) in values.iter().enumerate() {
            let column = self.column_to_set(cell)?;
            if values[..place].iter().any(|before| before.column == cell.column) {
                return Err(ChangeFault::Twice(cell.column.clone()));
            }
            if place > 0 {
                self.text.push_str(", ");
            }
            self.text.push_str(&quote::identifier(&column.name));
            self.text.push_str(" = ");
            self.write_new(column, &cell.value);
        }
        self.write_condition(key, old)
    }

    fn write_condition(&mut self, key: &[OldCell], old: &[OldCell]) -> Result<(), ChangeFault> {
        self.text.push_str(if self.style == Style::Shown { "\nwhere " } else { " where " });
        self.write_key(key)?;
        for cell in old {
            if key.iter().any(|part| part == cell) {
                continue;
            }
            self.text.push_str(" and ");
            self.write_equal(cell)?;
        }
        Ok(())
    }

    fn write_key(&mut self, key: &[OldCell]) -> Result<(), ChangeFault> {
        let is_key = self.shape.keys.iter().any(|known| {
            known.columns.len() == key.len()
                && known.columns.iter().all(|name| key.iter().any(|part| part.column == *name && part.value.is_some()))
        });
        if !is_key {
            let names: Vec<_> = key.iter().map(|part| part.column.as_str()).collect();
            return Err(ChangeFault::NoKey(names.join(", ")));
        }
        for (place, part) in key.iter().enumerate() {
            if place > 0 {
                self.text.push_str(" and ");
            }
            self.write_equal(part)?;
        }
        Ok(())
    }

    /// That a cell is as it was. A type without equality is compared by what people see of it.
    fn write_equal(&mut self, cell: &OldCell) -> Result<(), ChangeFault> {
        let column = self.column(&cell.column)?;
        let name = quote::identifier(&column.name);
        let Some(value) = &cell.value else {
            // `IS NULL` is also true of a composite value of NULLs.
            let is_composite = column.category == 'C';
            self.text.push_str(&name);
            self.text.push_str(if is_composite { " is not distinct from null" } else { " is null" });
            return Ok(());
        };
        if column.comparable {
            self.text.push_str(&format!("{name} = "));
        } else {
            self.text.push_str(&format!("pg_catalog.format('%s', {name}) = "));
        }
        self.write_text(column, value);
        Ok(())
    }

    fn write_new(&mut self, column: &'a TableColumn, value: &NewValue) {
        match value {
            NewValue::Null => self.text.push_str("null"),
            NewValue::Default => self.text.push_str("default"),
            NewValue::Text(text) => self.write_text(column, text),
        }
    }

    fn write_text(&mut self, column: &'a TableColumn, text: &str) {
        if self.style != Style::Shown {
            self.parameters.push((&column.name, text.to_owned()));
            self.text.push_str(&format!("${}", self.parameters.len()));
        } else if column.category == 'N' && is_plain_number(text) {
            self.text.push_str(text);
        } else {
            let shown = &text[..text.floor_char_boundary(SHOWN_VALUE)];
            self.text.push_str(&quote::literal(shown));
            if shown.len() < text.len() {
                self.text.push_str(&format!(" /* cut: {} bytes */", text.len()));
            }
        }
    }

    fn column_to_set(&self, cell: &NewCell) -> Result<&'a TableColumn, ChangeFault> {
        let column = self.column(&cell.column)?;
        if column.generated.is_some() && cell.value != NewValue::Default {
            return Err(ChangeFault::Generated(cell.column.clone()));
        }
        Ok(column)
    }

    fn column(&self, name: &str) -> Result<&'a TableColumn, ChangeFault> {
        self.shape.column(name).ok_or_else(|| ChangeFault::UnknownColumn(name.to_owned()))
    }
}

/// The names of the columns that [`readable`] answers.
pub(super) fn readable_columns(shape: &TableShape) -> Vec<String> {
    shape.columns.iter().filter(|column| column.may_select).map(|column| column.name.clone()).collect()
}

/// The columns that the role may read, as SQL; empty where there is none.
fn readable(shape: &TableShape) -> String {
    let names: Vec<_> = readable_columns(shape).iter().map(|name| quote::identifier(name)).collect();
    names.join(", ")
}

fn table_name(shape: &TableShape) -> String {
    debug_assert!(shape.kind != RelationKind::MaterializedView || !shape.is_updatable());
    format!("{}.{}", quote::identifier(&shape.schema), quote::identifier(&shape.name))
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut parts = digits.splitn(2, '.');
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(is_digits) && parts.next().is_none_or(is_digits)
}
