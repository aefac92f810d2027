//! Records of an owner: listed, looked at, judged, taken away as a table.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use gristmill_engine::{Engine, Judgement};
use gristmill_export::{Format, Row, Table, write};
use gristmill_model::FileId;
use gristmill_store::{Record, RecordFilter, RecordState as Stands};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::extract::{Json as Body, Params, Path};
use crate::owner::{Caller, Owner};
use crate::problem::Problem;
use crate::wire::{RecordDetail, RecordPage, RecordState, RecordSummary, ReviewRecord};

/// Records a page unless the caller says otherwise, and the most a page may have.
const PAGE: (u32, u32) = (50, 200);
/// Records that are read at once for a table.
const READ_AT_ONCE: u32 = 200;
/// The header that tells how a table goes on: not every format has room for it.
const NEXT: &str = "x-next-cursor";
/// The longest name of a reviewer.
const LONGEST_NAME: usize = 200;

/// Which records, and from where. An empty value is as if it were left out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordQuery {
    /// Only of this job.
    job: Option<String>,
    /// Only of the jobs of this group.
    group: Option<String>,
    /// Only of this schema.
    schema: Option<String>,
    /// Only in this state.
    #[param(value_type = Option<RecordState>)]
    state: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Records on the page, 1 to 200; default 50.
    limit: Option<u32>,
}

/// As what records are taken away.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `csv`, `json` or `parquet`.
    format: Option<String>,
    /// Only of this job.
    job: Option<String>,
    /// Only of the jobs of this group.
    group: Option<String>,
    /// Only of this schema.
    schema: Option<String>,
    /// Only in this state.
    #[param(value_type = Option<RecordState>)]
    state: Option<String>,
    /// The header `X-Next-Cursor` of the table before.
    cursor: Option<String>,
}

/// List records, those of the newest job first.
#[utoipa::path(
    get,
    path = "/api/v1/records",
    operation_id = "list_records",
    tag = "records",
    params(RecordQuery),
    responses(
        (status = 200, body = RecordPage),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A filter or the cursor is not understood."),
    )
)]
pub(crate) async fn list(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Params(query): Params<RecordQuery>,
) -> Result<Json<RecordPage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1);
    let after = given(query.cursor).map(|c| after(&c)).transpose()?;
    let only = filter(query.job, query.group, query.schema, query.state)?;
    // One more than the page tells whether there is a next one.
    let mut rows = engine.records(&owner, RecordFilter { after, limit: limit + 1, ..only }).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| more).map(|last| last.file.to_string());
    Ok(Json(RecordPage { items: rows.iter().map(RecordSummary::from).collect(), next_cursor }))
}

/// Show a record with its fields and what people changed.
#[utoipa::path(
    get,
    path = "/api/v1/records/{file}",
    operation_id = "show_record",
    tag = "records",
    params(("file" = String, Path, description = "The file it was read out of.")),
    responses((status = 200, body = RecordDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(file): Path<FileId>,
) -> Result<Json<RecordDetail>, Problem> {
    let (record, corrections) = engine.record(&owner, file).await?;
    Ok(Json(RecordDetail::new(&record, corrections)))
}

/// Accept, reject, reopen or correct a record.
#[utoipa::path(
    post,
    path = "/api/v1/records/{file}/review",
    operation_id = "review_record",
    tag = "records",
    params(("file" = String, Path, description = "The file it was read out of.")),
    request_body = ReviewRecord,
    responses(
        (status = 200, body = RecordDetail),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Somebody else changed it since it was seen."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A value cannot stand; the detail says which and why."),
    )
)]
pub(crate) async fn review(
    State(engine): State<Engine>,
    caller: Caller,
    Path(file): Path<FileId>,
    Body(asked): Body<ReviewRecord>,
) -> Result<Json<RecordDetail>, Problem> {
    let reviewer = reviewer(&caller, asked.reviewer)?;
    let judgement = Judgement { seen: asked.revision, reviewer, state: asked.state.map(Into::into), corrections: asked.corrections };
    engine.review(&caller.owner, file, judgement).await?;
    let (record, corrections) = engine.record(&caller.owner, file).await?;
    Ok(Json(RecordDetail::new(&record, corrections)))
}

/// Take records away as a table: CSV, JSON or Parquet. A table has at most 10,000 rows, 1,000 columns and 64 MiB; where there is more, the
/// header `X-Next-Cursor` says where the next begins. A value whose name is that of a column every table has is `data.NAME`.
#[utoipa::path(
    get,
    path = "/api/v1/records/export",
    operation_id = "export_records",
    tag = "records",
    params(ExportQuery),
    responses(
        (status = 200, description = "The table, a record a row.", content_type = "text/csv"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The format or a filter is not understood."),
    )
)]
pub(crate) async fn export(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let asked = given(query.format).unwrap_or_else(|| "csv".to_owned());
    let format = Format::named(&asked).ok_or_else(|| Problem::invalid("format_unknown", "records are exported as csv, json or parquet"))?;
    let after = given(query.cursor).map(|c| after(&c)).transpose()?;
    let only = filter(query.job, query.group, query.schema, query.state)?;
    let (table, next) = table(&engine, &owner, RecordFilter { after, limit: READ_AT_ONCE, ..only }).await?;
    let next = next.map(|last| [(NEXT, last.to_string())]);
    let bytes = tokio::task::spawn_blocking(move || write(format, table.rows())).await.map_err(|_| Problem::internal())?;
    let bytes = bytes.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "records.export failed");
        Problem::internal()
    })?;
    let disposition = format!("attachment; filename=\"records.{}\"", format.extension());
    let headers = [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok(match next {
        Some(next) => (headers, next, bytes).into_response(),
        None => (headers, bytes).into_response(),
    })
}

/// As many records as one table holds, and the last of them if there are more.
async fn table(engine: &Engine, owner: &str, mut filter: RecordFilter) -> Result<(Table, Option<FileId>), Problem> {
    let mut table = Table::default();
    loop {
        let records = engine.records(owner, filter.clone()).await?;
        for record in &records {
            if !table.add(row(record)) {
                return Ok((table, filter.after));
            }
            filter.after = Some(record.file);
        }
        if records.len() < filter.limit as usize {
            return Ok((table, None));
        }
    }
}

/// What stands in every table, and then the values.
fn row(record: &Record) -> Row {
    let shown = RecordSummary::from(record);
    let about = [
        ("file_id", shown.file_id),
        ("job_id", shown.job_id),
        ("file_name", shown.name),
        ("schema", shown.schema),
        ("state", record.state.as_str().to_owned()),
        ("created_at", shown.created_at),
        ("reviewed_by", shown.reviewed_by.unwrap_or_default()),
    ];
    let about = about.into_iter().map(|(name, value)| (name, Value::from(value)));
    let about: Vec<(&str, Value)> = about.chain([("confidence", record.confidence.into())]).collect();
    // No property has a point in its name.
    let own = |name: &String| if about.iter().any(|(taken, _)| taken == name) { format!("data.{name}") } else { name.clone() };
    let values: Vec<_> = record.data.as_object().into_iter().flatten().map(|(name, value)| (own(name), value.clone())).collect();
    Row { cells: about.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(values).collect() }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty())
}

fn filter(job: Option<String>, group: Option<String>, schema: Option<String>, state: Option<String>) -> Result<RecordFilter, Problem> {
    let job = given(job).map(|id| id.parse().map_err(|e| Problem::invalid("job_invalid", format!("{e}")))).transpose()?;
    if [&group, &schema].into_iter().flatten().any(|name| name.contains('\0')) {
        return Err(Problem::invalid("filter_invalid", "no group and no schema has a zero byte in its name"));
    }
    let state = given(state)
        .map(|name| Stands::parse(&name).ok_or_else(|| Problem::invalid("state_unknown", "records are open, accepted or rejected")));
    Ok(RecordFilter { job, group: given(group), schema: given(schema), state: state.transpose()?, ..RecordFilter::default() })
}

fn after(cursor: &str) -> Result<FileId, Problem> {
    let detail = "this cursor was not given by an earlier page; leave it out to begin with the newest records";
    cursor.parse().map_err(|_| Problem::invalid("cursor_invalid", detail))
}

/// Who looks: the name that was given, else the owner.
fn reviewer(caller: &Caller, named: Option<String>) -> Result<String, Problem> {
    let Some(name) = given(named) else { return Ok(caller.owner.clone()) };
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let detail = format!("`reviewer` has at most {LONGEST_NAME} characters and no control characters");
        return Err(Problem::invalid("reviewer_invalid", detail));
    }
    Ok(if name == caller.owner { name } else { format!("{name} ({})", caller.owner) })
}
