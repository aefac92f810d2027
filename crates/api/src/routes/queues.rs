//! Queues and workers: how they stand; pausing; and how many slots the work would keep busy.

use axum::Json;
use axum::extract::State;
use gristmill_engine::Engine;
use gristmill_model::operation::Class;
use gristmill_model::queue::Queue as Name;
use gristmill_model::task::State as TaskState;

use crate::broker;
use crate::extract::Path;
use crate::owner::Operator;
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{Queue, QueuePage, Scaler, Worker, WorkerPage};

/// List the queues and how each stands, and those of brokers beside them.
#[utoipa::path(
    get,
    path = "/api/v1/queues",
    operation_id = "list_queues",
    tag = "operation",
    responses((status = 200, body = QueuePage), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list(State(door): State<Door>, _: Operator) -> Result<Json<QueuePage>, Problem> {
    let store = door.engine.store();
    let (now, states) = (store.now().await?, store.queues().await?);
    let brokers = broker::told(&door.settings.brokers).await.into_iter().map(Into::into).collect();
    Ok(Json(QueuePage { items: states.iter().map(|s| Queue::new(s, now)).collect(), brokers, next_cursor: None }))
}

/// Let nothing more of a queue be claimed.
///
/// What runs goes on. Said twice it is as said once.
#[utoipa::path(
    post,
    path = "/api/v1/queues/{name}/pause",
    operation_id = "pause_queue",
    tag = "operation",
    params(("name" = String, Path, description = "The queue.", example = "upload.batch")),
    responses(
        (status = 200, body = Queue),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Nothing waits in this queue that could be paused."),
    )
)]
pub(crate) async fn pause(State(engine): State<Engine>, by: Operator, Path(name): Path<String>) -> Result<Json<Queue>, Problem> {
    set(&engine, by, &name, true).await
}

/// Let a paused queue be claimed again.
#[utoipa::path(
    post,
    path = "/api/v1/queues/{name}/resume",
    operation_id = "resume_queue",
    tag = "operation",
    params(("name" = String, Path, description = "The queue.", example = "upload.batch")),
    responses(
        (status = 200, body = Queue),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Nothing waits in this queue that could be paused."),
    )
)]
pub(crate) async fn resume(State(engine): State<Engine>, by: Operator, Path(name): Path<String>) -> Result<Json<Queue>, Problem> {
    set(&engine, by, &name, false).await
}

async fn set(engine: &Engine, Operator(by): Operator, name: &str, paused: bool) -> Result<Json<Queue>, Problem> {
    let queue = named(name)?;
    if queue == Name::Events {
        let detail = "`upload.events` is history: nothing of it waits, so it cannot be paused";
        return Err(Problem::invalid("queue_not_pausable", detail));
    }
    engine.store().pause(queue, paused, by.owner).await?;
    engine.ring().await;
    let now = engine.store().now().await?;
    let state = engine.store().queues().await?.into_iter().find(|s| s.queue == queue);
    state.map(|s| Json(Queue::new(&s, now))).ok_or_else(Problem::internal)
}

/// The queue of that name.
pub(crate) fn named(name: &str) -> Result<Name, Problem> {
    Name::parse(name).ok_or_else(|| {
        let detail = format!("there is no such queue; there are {}", Name::ALL.map(Name::as_str).join(", "));
        Problem::new(axum::http::StatusCode::NOT_FOUND, "queue_not_found", detail)
    })
}

/// List the workers that were heard of lately.
#[utoipa::path(
    get,
    path = "/api/v1/workers",
    operation_id = "list_workers",
    tag = "operation",
    responses((status = 200, body = WorkerPage), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn workers(State(engine): State<Engine>, _: Operator) -> Result<Json<WorkerPage>, Problem> {
    let now = engine.store().now().await?;
    let rows = engine.store().workers().await?;
    Ok(Json(WorkerPage { items: rows.into_iter().map(|w| Worker::new(w, now)).collect(), next_cursor: None }))
}

/// How many slots the work there is would keep busy, by class; for KEDA's metrics API.
#[utoipa::path(
    get,
    path = "/scaler",
    operation_id = "scaler",
    tag = "operation",
    responses((status = 200, body = Scaler), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn scaler(State(engine): State<Engine>, _: Operator) -> Result<Json<Scaler>, Problem> {
    let now = engine.store().now().await?;
    let tasks = engine.totals(None, now).await?.tasks;
    let wanted = |class: Class| {
        let busy = |state: TaskState| matches!(state, TaskState::Ready | TaskState::Running);
        tasks.iter().filter(|(state, of, _)| *of == class && busy(*state)).map(|(.., n)| n).sum()
    };
    Ok(Json(Scaler { slots: Class::ALL.into_iter().map(|c| (c.to_string(), wanted(c))).collect() }))
}
