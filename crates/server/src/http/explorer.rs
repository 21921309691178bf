//! What the explorer shows: one catalogue query a list.

use axum::extract::State;
use howdah_pg::catalog::{self, ListPage, ListRequest};
use howdah_pg::{QueryError, Session};
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::Caller;
use super::{Json, Path, Query};
use crate::app::App;
use crate::catalogue::{self, Question};
use crate::error::{ApiError, ApiResult};
use crate::servers;
use crate::wire::{
    ColumnList, Database, DatabaseList, Problem, RelationColumn, Schema, SchemaList, TypeList, TypeName,
};

/// Entries of a list when no limit is given.
const PAGE: u32 = 500;
/// Entries of a list at most.
const MAX_PAGE: u32 = 2000;
/// Types whose names may be asked for at once.
const MAX_TYPES: usize = 1000;

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only names that contain this, in any case.
    pub filter: Option<String>,
    /// At most so many; 500 when absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
}

impl ListQuery {
    /// The same as the catalogue takes it.
    pub fn request(&self) -> ListRequest<'_> {
        ListRequest {
            filter: self.filter.as_deref().filter(|filter| !filter.is_empty()),
            limit: self.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE),
            after: self.cursor.as_deref(),
        }
    }
}

/// Which types.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TypeQuery {
    /// Oids, separated by commas.
    oids: String,
}

/// The databases of a server, read in its maintenance database.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases", tag = "explorer", params(("id" = String, Path,), ListQuery),
    responses((status = 200, body = DatabaseList), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn databases(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> ApiResult<Json<DatabaseList>> {
    let server = servers::find(&app, &caller, &id).await?;
    let database = server.definition.maintenance_db.clone();
    let page = catalogue::ask(&app, &caller, &server, &database, &Databases(query.request())).await?;
    let ListPage { items, next } = page;
    Ok(Json(DatabaseList {
        databases: items
            .into_iter()
            .map(|database| Database {
                oid: database.oid,
                name: database.name,
                owner: database.owner,
                size_bytes: database.size_bytes,
                may_connect: database.may_connect,
                comment: database.comment,
            })
            .collect(),
        next_cursor: next,
    }))
}

/// The schemas of a database.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/schemas", tag = "explorer", params(("id" = String, Path,), ("db" = String, Path,), ListQuery),
    responses((status = 200, body = SchemaList), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn schemas(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> ApiResult<Json<SchemaList>> {
    let server = servers::find(&app, &caller, &id).await?;
    let page = catalogue::ask(&app, &caller, &server, &database, &Schemas(query.request())).await?;
    Ok(Json(SchemaList {
        schemas: page
            .items
            .into_iter()
            .map(|schema| Schema {
                oid: schema.oid,
                name: schema.name,
                owner: schema.owner,
                system: schema.is_system,
                may_use: schema.may_use,
                tables: schema.tables,
                views: schema.views,
                comment: schema.comment,
            })
            .collect(),
        next_cursor: page.next,
    }))
}

/// The columns of a relation.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/relations/{oid}/columns", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), ("oid" = u32, Path,)),
    responses((status = 200, body = ColumnList), (status = 404, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn columns(
    State(app): State<App>,
    caller: Caller,
    Path((id, database, oid)): Path<(String, String, u32)>,
) -> ApiResult<Json<ColumnList>> {
    let server = servers::find(&app, &caller, &id).await?;
    let columns = catalogue::ask(&app, &caller, &server, &database, &Columns(oid)).await?;
    if columns.is_empty() {
        return Err(ApiError::not_found("table or view with columns"));
    }
    Ok(Json(ColumnList {
        columns: columns
            .into_iter()
            .map(|column| RelationColumn {
                number: column.number,
                name: column.name,
                type_name: column.type_name,
                nullable: column.nullable,
                default: column.default,
                primary_key: column.primary_key,
                comment: column.comment,
            })
            .collect(),
    }))
}

/// Names of types, as a result's columns need them. Types that do not exist are left out.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/types", tag = "explorer", params(("id" = String, Path,), ("db" = String, Path,), TypeQuery),
    responses((status = 200, body = TypeList), (status = 422, body = Problem)))]
pub async fn types(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(query): Query<TypeQuery>,
) -> ApiResult<Json<TypeList>> {
    let oids: Vec<u32> = query
        .oids
        .split(',')
        .map(|oid| oid.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|_| ApiError::invalid("oids", "Write oids as numbers separated by commas."))?;
    if oids.len() > MAX_TYPES {
        return Err(ApiError::invalid("oids", format!("Ask for at most {MAX_TYPES} types at once.")));
    }
    let server = servers::find(&app, &caller, &id).await?;
    let names = catalogue::ask(&app, &caller, &server, &database, &Types(&oids)).await?;
    Ok(Json(TypeList { types: names.into_iter().map(|found| TypeName { oid: found.oid, name: found.name }).collect() }))
}

struct Databases<'a>(ListRequest<'a>);

impl Question for Databases<'_> {
    type Answer = ListPage<catalog::Database>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::databases(session, &self.0).await
    }
}

struct Schemas<'a>(ListRequest<'a>);

impl Question for Schemas<'_> {
    type Answer = ListPage<catalog::Schema>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::schemas(session, &self.0).await
    }
}

struct Columns(u32);

impl Question for Columns {
    type Answer = Vec<catalog::RelationColumn>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::columns(session, self.0).await
    }
}

struct Types<'a>(&'a [u32]);

impl Question for Types<'_> {
    type Answer = Vec<catalog::TypeName>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::type_names(session, self.0).await
    }
}
