//! Objects as the SQL that makes them.

use axum::extract::State;
use howdah_pg::catalog::{self, Catalog, ObjectAddress};
use howdah_pg::ddl::{self, DdlError, Form, Script};
use howdah_pg::{QueryError, ServerError, Session};
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::Caller;
use super::{Json, Path, Query};
use crate::app::App;
use crate::catalogue::{self, Question};
use crate::error::{ApiError, ApiResult, Code};
use crate::object_page;
use crate::servers;
use crate::wire::{DdlForm, DdlScript, Problem};

/// Which script of an object.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DdlQuery {
    /// What it does; makes the object when absent.
    #[param(inline)]
    #[serde(default)]
    form: DdlForm,
}

/// An object as SQL, with all that belongs to it, and complete: owner, comments and privileges too. `catalog` and `oid`
/// are those that lists of objects give. An index of a constraint means the constraint, a row type its table.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/objects/{catalog}/{oid}/ddl", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), ("catalog" = String, Path, example = "pg_class"), ("oid" = u32, Path,), DdlQuery),
    responses((status = 200, body = DdlScript), (status = 404, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn object_ddl(
    State(app): State<App>,
    caller: Caller,
    Path((id, database, catalog, oid)): Path<(String, String, String, u32)>,
    Query(query): Query<DdlQuery>,
) -> ApiResult<Json<DdlScript>> {
    let server = servers::find(&app, &caller, &id).await?;
    let Ok(catalog) = catalog.parse::<Catalog>() else {
        return Err(ApiError::not_found("catalog of objects"));
    };
    let question = ObjectScript { address: ObjectAddress { catalog, oid }, form: form_of(query.form) };
    match catalogue::ask(&app, &caller, &server, &database, &question).await? {
        Ok(script) => Ok(Json(answer(&script))),
        Err(Refusal::NotFound) => Err(ApiError::not_found("object; it may have been dropped")),
        Err(Refusal::NoSuchForm) => {
            Err(ApiError::invalid("form", "PostgreSQL has no such statement for objects of this kind."))
        }
        Err(Refusal::Locked(error, holders)) => Err(locked(&error, &holders)),
    }
}

/// All that a database holds as SQL, in an order that runs in an empty database.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/ddl", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,)),
    responses((status = 200, body = DdlScript), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn database_ddl(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
) -> ApiResult<Json<DdlScript>> {
    let server = servers::find(&app, &caller, &id).await?;
    let script = catalogue::ask(&app, &caller, &server, &database, &DatabaseScript).await?;
    Ok(Json(answer(&script)))
}

fn locked(error: &ServerError, holders: &[String]) -> ApiError {
    let who = match holders {
        [] => "Another session holds a lock that its definition needs.".to_owned(),
        holders => format!("Its definition needs a lock that is held by {}.", holders.join("; ")),
    };
    ApiError::new(Code::StatementFailed, format!("{who} Try again when that is done.")).with_database(error)
}

fn answer(script: &Script) -> DdlScript {
    let name = |form: &Form| match form {
        Form::Create => DdlForm::Create,
        Form::Replace => DdlForm::Replace,
        Form::Alter => DdlForm::Alter,
        Form::Drop => DdlForm::Drop,
    };
    DdlScript { sql: script.to_string(), forms: script.forms().iter().map(name).collect() }
}

struct ObjectScript {
    address: ObjectAddress,
    form: Form,
}

/// Why there is no script, though PostgreSQL answered.
enum Refusal {
    NotFound,
    NoSuchForm,
    /// Somebody holds a lock that did not come in time; who that is, in words.
    Locked(Box<ServerError>, Vec<String>),
}

/// A lock was not to be had within `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";

impl Question for ObjectScript {
    type Answer = Result<Script, Refusal>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        match ddl::script(session, self.address, self.form).await {
            Ok(script) => Ok(Ok(script)),
            Err(DdlError::NotFound) => Ok(Err(Refusal::NotFound)),
            Err(DdlError::NoSuchForm) => Ok(Err(Refusal::NoSuchForm)),
            Err(DdlError::Query(QueryError::Server(error))) if error.code == LOCK_NOT_AVAILABLE => {
                let holders = catalog::lock_holders(session, self.address).await?;
                Ok(Err(Refusal::Locked(error, holders.iter().map(object_page::words).collect())))
            }
            Err(DdlError::Query(error)) => Err(error),
        }
    }
}

struct DatabaseScript;

impl Question for DatabaseScript {
    type Answer = Script;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        ddl::database(session).await
    }
}

fn form_of(form: DdlForm) -> Form {
    match form {
        DdlForm::Create => Form::Create,
        DdlForm::Replace => Form::Replace,
        DdlForm::Alter => Form::Alter,
        DdlForm::Drop => Form::Drop,
    }
}
