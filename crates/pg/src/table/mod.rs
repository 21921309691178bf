//! The rows of one table or view: what has to be known to show and change them, and changes that are made together or
//! not at all.

mod apply;
mod change;
mod shape;

pub use apply::{Applied, Outcome, Patience, TextRow, apply};
pub use change::{Change, ChangeFault, NewCell, NewValue, OldCell, preview};
pub use shape::{Identity, Key, Reference, TableColumn, TableShape, shape};
