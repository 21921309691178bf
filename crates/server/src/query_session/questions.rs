//! What is asked before a run: values of placeholders, and whether statements that may destroy something are meant.

use std::collections::BTreeSet;

use howdah_pg::nature::{self, Danger, DangerKind, Kind};
use howdah_pg::placeholders::{self, FillError, Filled, Form};
use howdah_pg::{QueryError, Rows, TransactionStatus};

use super::{End, QuerySession, Run};
use crate::script::{self, Script, Statement};
use crate::wire::{self, NeededParameter, QuestionableStatement, RunOptions, ServerMessage, WriteAccess};

/// Statements of a run that are asked about; a person does not read more.
const MOST_STATEMENTS: usize = 20;
/// Statements of a run whose rows are estimated.
const MOST_ESTIMATES: usize = 5;
/// Longer statements are sent without an estimate.
const LONGEST_ESTIMATED: usize = 1 << 20;
/// An estimate is not waited for longer, as for a lock.
const PATIENCE: &str = "SET LOCAL statement_timeout = '2s'";

/// A statement with what is given for its placeholders; `None` where it goes as it is written.
pub(super) fn fill(options: &RunOptions, statement: &Statement<'_>) -> Result<Option<Filled>, FillError> {
    options.parameters.as_ref().map_or(Ok(None), |given| statement.fill(given))
}

/// The placeholders of a script for which nothing is given.
fn missing(script: &Script<'_>, options: &RunOptions) -> Vec<NeededParameter> {
    let Some(given) = &options.parameters else { return Vec::new() };
    let mut needed: Vec<NeededParameter> = Vec::new();
    for (statement, sql) in script.statements().iter().filter_map(|statement| Some((statement, statement.sql()?))) {
        for place in placeholders::placeholders(sql, statement.strings) {
            let is_identifier = place.form == Form::Identifier;
            if given.contains_key(place.name) || statement.variables.contains_key(place.name) {
                continue;
            }
            match needed.iter_mut().find(|known| known.name == place.name) {
                Some(known) => known.is_identifier &= is_identifier,
                None => needed.push(NeededParameter { name: place.name.to_owned(), is_identifier }),
            }
        }
    }
    needed
}

impl QuerySession {
    /// Asks what has to be asked before `run`. True: it must not go on.
    pub(super) async fn ask_first(&mut self, script: &Script<'_>, run: &Run) -> Result<bool, End> {
        let parameters = missing(script, &run.options);
        if !parameters.is_empty() {
            self.tell(&ServerMessage::ParametersNeeded { id: run.id, parameters }).await?;
            return Ok(true);
        }
        if let Some(error) = script.statements().iter().find_map(|statement| fill(&run.options, statement).err()) {
            self.reject(script::unfillable(&error)).await?;
            return Ok(true);
        }
        let ask = run.options.ask;
        let locked = self.link.writes() == WriteAccess::Locked;
        let all_writes = ask.writes || (ask.locked && locked);
        if !(ask.destructive || all_writes) {
            return Ok(false);
        }
        let mut statements = Vec::new();
        let mut estimated = BTreeSet::new();
        for statement in script.statements().iter().filter(|statement| statement.answer.is_none()) {
            // What `\set` has put there counts as if it had been typed.
            let filled = fill(&run.options, statement).ok().flatten();
            let text = filled.as_ref().map_or(statement.text, |filled| &filled.sql);
            let nature = nature::nature(text, statement.strings);
            if !(nature.danger.is_some() || (all_writes && nature.writes)) {
                continue;
            }
            if statements.len() == MOST_STATEMENTS {
                break;
            }
            let mut question = QuestionableStatement {
                range: statement.range(),
                danger: nature.danger.as_ref().map(|danger| kind_of(danger.kind)),
                objects: Vec::new(),
                estimated_rows: None,
            };
            if let Some(danger) = nature.danger {
                if estimated.len() < MOST_ESTIMATES {
                    estimated.insert(statement.index);
                    question.estimated_rows = self.estimate(run, statement, &danger, nature.kind).await?;
                }
                question.objects = danger.objects;
            }
            statements.push(question);
        }
        if statements.is_empty() {
            return Ok(false);
        }
        self.tell(&ServerMessage::ConfirmationNeeded { id: run.id, statements, locked }).await?;
        Ok(true)
    }

    /// About how many rows a statement concerns. The plan is asked for in a transaction of its own, or behind a savepoint,
    /// so that whatever comes of it is undone.
    async fn estimate(
        &mut self,
        run: &Run,
        statement: &Statement<'_>,
        danger: &Danger,
        kind: Kind,
    ) -> Result<Option<f64>, End> {
        let Some(plans) = plans_of(&run.options, statement, danger, kind) else { return Ok(None) };
        let (begin, end): (&str, &[&str]) = match self.database.transaction_status() {
            TransactionStatus::Idle => ("BEGIN", &["ROLLBACK"]),
            TransactionStatus::InTransaction => (
                "SAVEPOINT howdah_estimate",
                &["ROLLBACK TO SAVEPOINT howdah_estimate", "RELEASE SAVEPOINT howdah_estimate"],
            ),
            TransactionStatus::Failed => return Ok(None),
        };
        if self.order(begin).await?.is_err() {
            return Ok(None);
        }
        let mut rows = self.order(PATIENCE).await?.is_ok().then_some(0.0);
        for plan in plans {
            let Some(sum) = rows else { break };
            rows = self.plan(&plan).await?.map(|planned| sum + planned);
        }
        for statement in end {
            drop(self.order(statement).await?);
        }
        Ok(rows)
    }

    async fn plan(&mut self, explain: &Explain) -> Result<Option<f64>, End> {
        let values: Vec<Option<&str>> = explain.values.iter().map(Option::as_deref).collect();
        match self.database.query_typed(&explain.sql, &explain.types, &values).await {
            Ok(rows) => Ok(rows_of_plan(&rows)),
            Err(QueryError::Session(error)) => Err(End::Database(error)),
            Err(QueryError::Server(_) | QueryError::TooLarge) => Ok(None),
        }
    }
}

/// An EXPLAIN with its values.
#[derive(Default)]
struct Explain {
    sql: String,
    types: Vec<u32>,
    values: Vec<Option<String>>,
}

impl Explain {
    fn of(sql: &str) -> Self {
        Self { sql: format!("EXPLAIN (FORMAT JSON) {sql}"), ..Self::default() }
    }
}

/// What to have explained for an estimate.
fn plans_of(options: &RunOptions, statement: &Statement<'_>, danger: &Danger, kind: Kind) -> Option<Vec<Explain>> {
    match danger.kind {
        DangerKind::UpdateAll | DangerKind::DeleteAll
            if kind == Kind::Planned && statement.text.len() < LONGEST_ESTIMATED =>
        {
            Some(vec![match fill(options, statement).ok()? {
                Some(Filled { sql, types, values, .. }) => Explain { types, values, ..Explain::of(&sql) },
                None => Explain::of(statement.text),
            }])
        }
        // Of anything but a relation there is no plan, and no estimate.
        DangerKind::Truncate | DangerKind::Drop if !danger.objects.is_empty() => {
            let names = danger.objects.iter().take(MOST_ESTIMATES);
            Some(names.map(|name| Explain::of(&format!("SELECT FROM {name}"))).collect())
        }
        _ => None,
    }
}

/// The rows that go into the node that changes them, or out of the plan where there is none.
fn rows_of_plan(rows: &Rows) -> Option<f64> {
    let text = rows.texts().next()?.into_iter().next()??;
    let plan: serde_json::Value = serde_json::from_str(&text).ok()?;
    let whole = plan.get(0)?.get("Plan")?;
    let node = changing_node(whole).and_then(|node| node["Plans"].get(0)).unwrap_or(whole);
    node["Plan Rows"].as_f64()
}

fn changing_node(node: &serde_json::Value) -> Option<&serde_json::Value> {
    if node["Node Type"] == "ModifyTable" {
        return Some(node);
    }
    node["Plans"].as_array()?.iter().find_map(changing_node)
}

fn kind_of(kind: DangerKind) -> wire::DangerKind {
    match kind {
        DangerKind::UpdateAll => wire::DangerKind::UpdateAll,
        DangerKind::DeleteAll => wire::DangerKind::DeleteAll,
        DangerKind::Truncate => wire::DangerKind::Truncate,
        DangerKind::Drop => wire::DangerKind::Drop,
        DangerKind::DropColumn => wire::DangerKind::DropColumn,
    }
}
