//! Puts the page of an object together from the lines that PostgreSQL answered.

use howdah_pg::ServerError;
use howdah_pg::catalog::{LockHolder, ObjectAddress, PageLine};
use serde::Deserialize;

use crate::wire::{LeftOut, ObjectCell, ObjectHead, ObjectPage, ObjectSection};

/// What PostgreSQL answered.
pub struct Answer {
    /// The lines of the page.
    pub lines: Vec<PageLine>,
    /// Why they are not all, and who holds a lock on the object.
    pub left_out: Option<(Box<ServerError>, Vec<LockHolder>)>,
}

/// The page, or `None` where there is no such object.
///
/// # Errors
///
/// When a line is not what it should be.
pub fn assemble(address: ObjectAddress, answer: Answer) -> Result<Option<ObjectPage>, serde_json::Error> {
    let mut head: Option<ObjectHead> = None;
    let mut source: Option<String> = None;
    let mut sections: Vec<ObjectSection> = Vec::new();
    for PageLine { section, json } in answer.lines {
        match section.as_str() {
            "head" => head = Some(serde_json::from_str(&json)?),
            "source" => source.get_or_insert_default().push_str(&serde_json::from_str::<String>(&json)?),
            _ => {
                let cells: Vec<Option<Cell>> = serde_json::from_str(&json)?;
                let row = cells.into_iter().map(|cell| cell.map_or_else(empty, Into::into)).collect();
                match sections.iter_mut().find(|known| known.id == section) {
                    Some(known) => known.rows.push(row),
                    None => sections.push(ObjectSection { id: section, rows: vec![row] }),
                }
            }
        }
    }
    let left_out = answer.left_out.map(|(error, holders)| LeftOut {
        sqlstate: error.code.clone(),
        message: error.message.clone(),
        held_by: holders.iter().map(words).collect(),
    });
    Ok(head.map(|head| ObjectPage {
        catalog: address.catalog.name(),
        oid: address.oid,
        head,
        source,
        sections,
        left_out,
    }))
}

/// A cell as the queries write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Text(String),
    Formed(Option<String>, Option<String>, Option<String>),
}

impl From<Cell> for ObjectCell {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Text(text) => Self { text: Some(text), form: None, address: None },
            Cell::Formed(text, form, address) => Self { text, form, address },
        }
    }
}

fn empty() -> ObjectCell {
    ObjectCell { text: None, form: None, address: None }
}

/// Who holds a lock, on what and since when.
pub fn words(holder: &LockHolder) -> String {
    let role = holder.role.as_deref().unwrap_or("somebody whom you may not see");
    let application = holder.application.as_ref().map_or_else(String::new, |name| format!(" with {name}"));
    let since = holder.since.as_ref().map_or_else(String::new, |since| format!(", in a transaction since {since}"));
    format!("{role}{application}, process {}{since}, on {}", holder.pid, holder.relation)
}
