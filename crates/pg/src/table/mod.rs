//! The rows of one table or view: what has to be known to show and change them, and changes that are made together or
//! not at all.

mod apply;
mod change;
mod obstacle;
mod shape;
mod view;

pub use apply::{Applied, ApplyError, Fate, Outcome, Patience, TextRow, apply, fate};
pub use change::{Change, ChangeFault, NewCell, NewValue, OldCell, preview};
pub use obstacle::{LockHolder, table_holder};
pub use shape::{Identity, Key, Reference, TableColumn, TableShape, shape};
