//! Whether the process answers, whether every part works, whether work moves, and the document that describes the API.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use gristmill_engine::{DoorbellState, Engine};
use gristmill_model::Timestamp;
use gristmill_model::queue::Queue;
use gristmill_store::{QueueState, Worker};

use crate::broker::Told;
use crate::extract::Path;
use crate::owner::Operator;
use crate::problem::Problem;
use crate::settings::ProbeFuture;
use crate::state::Door;
use crate::wire::{Health, Live, Part, Verdict};

/// A part that has not answered after this long is failing.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Whether the process answers.
#[utoipa::path(get, path = "/health/live", operation_id = "health_live", tag = "service", responses((status = 200, body = Live)))]
pub(crate) async fn live() -> Json<Live> {
    Json(Live { status: Verdict::Ok })
}

/// Whether requests should be sent here.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "health_ready",
    tag = "service",
    responses((status = 200, body = Health), (status = 503, body = Health))
)]
pub(crate) async fn ready(State(door): State<Door>) -> Response {
    // Where keys are asked for, strangers learn which part fails and not why.
    let open = door.settings.open();
    let mut parts = asked(door.clone()).await;
    parts.values_mut().filter(|_| !open).for_each(|p| p.detail.clear());
    answer(&door, parts)
}

/// How every part is.
#[utoipa::path(
    get,
    path = "/health/health",
    operation_id = "health",
    tag = "service",
    responses((status = 200, body = Health), (status = 503, body = Health))
)]
pub(crate) async fn health(State(door): State<Door>) -> Response {
    answer(&door, asked(door.clone()).await)
}

/// Whether work moves: the store, the oldest waiting of each queue, workers, dead letters, messages on their way.
#[utoipa::path(
    get,
    path = "/api/v1/health/jobs",
    operation_id = "health_jobs",
    tag = "service",
    responses(
        (status = 200, body = Health),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Health),
    )
)]
pub(crate) async fn jobs(State(door): State<Door>, _: Operator) -> Response {
    let parts = match moves(&door.engine).await {
        Ok(parts) => parts,
        Err(problem) => BTreeMap::from([("store", Part { status: Verdict::Failing, detail: problem.detail })]),
    };
    answer(&door, parts)
}

async fn moves(engine: &Engine) -> Result<Parts, Problem> {
    let store = engine.store();
    store.probe().await?;
    let (now, queues, workers) = (store.now().await?, store.queues().await?, store.workers().await?);
    let mut parts = BTreeMap::from([("store", Part { status: Verdict::Ok, detail: "reads and writes".to_owned() })]);
    parts.extend(queues.iter().filter(|q| q.queue != Queue::Events).map(|q| (q.queue.as_str(), waiting(q, now))));
    let dead: u64 = queues.iter().map(|q| q.dead).sum();
    parts.insert("dead", Part { status: Verdict::Ok, detail: format!("{dead} dead letters") });
    parts.insert("workers", alive(&workers, queues.iter().any(|q| q.queue != Queue::Notifications && q.ready > 0)));
    Ok(parts)
}

/// A queue fails when its oldest has waited for half of what it may, unless somebody paused it.
fn waiting(state: &QueueState, now: Timestamp) -> Part {
    let age = state.oldest.map(|at| now - at).unwrap_or_default();
    let late = age > state.queue.expires() / 2 && state.paused_at.is_none();
    let status = if late { Verdict::Failing } else { Verdict::Ok };
    let paused = if state.paused_at.is_some() { ", paused" } else { "" };
    Part { status, detail: format!("{} ready, the oldest waits for {} s{paused}", state.ready, age.as_secs()) }
}

/// Nobody to work is a failure only while there is work.
fn alive(workers: &[Worker], work: bool) -> Part {
    let alive = workers.iter().filter(|w| w.alive && !w.draining).count();
    let status = if alive == 0 && work { Verdict::Failing } else { Verdict::Ok };
    Part { status, detail: format!("{alive} of {} alive", workers.len()) }
}

/// Servers that may be the doorbell: as paths name them, and as they are called.
const BROKERS: [(&str, &str); 4] = [("postgresql", "PostgreSQL"), ("rabbitmq", "RabbitMQ"), ("redis", "Redis"), ("sqs", "SQS")];

/// Whether a server is there, if it is what tells workers to look, or has queues of ours: 503 while it is not. Work goes on without it.
#[utoipa::path(
    get,
    path = "/api/v1/health/{server}",
    operation_id = "health_server",
    tag = "service",
    params(("server" = String, Path, description = "`postgresql`, `rabbitmq`, `redis` or `sqs`.", example = "rabbitmq")),
    responses(
        (status = 200, body = Health),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Health),
    )
)]
pub(crate) async fn server(State(door): State<Door>, _: Operator, Path(server): Path<String>) -> Result<Response, Problem> {
    let known = BROKERS.into_iter().find(|(path, _)| *path == server).ok_or_else(|| {
        let detail = format!("there is no such server; there are {}", BROKERS.map(|(path, _)| path).join(", "));
        Problem::new(StatusCode::NOT_FOUND, "server_not_found", detail)
    })?;
    let mut parts = BTreeMap::from([(known.0, broker(&door.engine.doorbell(), known.1))]);
    if let Some(queues) = door.settings.brokers.iter().find(|b| b.server == known.0) {
        parts.insert("queues", shown(queues.told().await));
    }
    Ok(answer(&door, parts))
}

fn broker(doorbell: &DoorbellState, name: &str) -> Part {
    match &doorbell.lost {
        _ if doorbell.server != name => Part { status: Verdict::Ok, detail: format!("not used: the doorbell is {}", doorbell.server) },
        None => Part { status: Verdict::Ok, detail: "connected, and passes on what is published".to_owned() },
        Some(why) => Part { status: Verdict::Failing, detail: format!("not connected: {why}") },
    }
}

/// A broker by its queues.
fn shown(told: Told) -> Part {
    match told.queues {
        Ok(queues) => Part { status: Verdict::Ok, detail: format!("{} queues are there", queues.len()) },
        Err(why) => Part { status: Verdict::Failing, detail: why },
    }
}

/// A hint that is lost costs one poll, so requests may well be sent here.
fn heard(doorbell: &DoorbellState) -> Part {
    match &doorbell.lost {
        None => Part { status: Verdict::Ok, detail: format!("{} is heard", doorbell.server) },
        Some(why) => {
            let detail = format!("{} is not heard, so work of other processes begins up to a second later: {why}", doorbell.server);
            Part { status: Verdict::Degraded, detail }
        }
    }
}

type Parts = BTreeMap<&'static str, Part>;

async fn asked(door: Door) -> Parts {
    let (store, blobs) = (door.engine.clone(), door.engine.clone());
    let mut asked: Vec<(&'static str, Verdict, ProbeFuture)> = vec![
        ("store", Verdict::Failing, Box::pin(async move { told(store.store().probe().await, "reads and writes") })),
        ("blobs", Verdict::Failing, Box::pin(async move { told(blobs.blobs().probe().await, "can be written") })),
    ];
    asked.extend(door.settings.probes.iter().map(|p| (p.name, p.failure(), p.ask())));
    let parts = join_all(asked.into_iter().map(|(name, failure, answer)| async move { (name, part(name, failure, answer).await) })).await;
    parts.into_iter().chain([("doorbell", heard(&door.engine.doorbell()))]).collect()
}

fn answer(door: &Door, parts: Parts) -> Response {
    let status = parts.values().map(|p| p.status).max().unwrap_or(Verdict::Ok);
    let code = if status == Verdict::Failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let body = Health { status, version: door.settings.version.clone(), parts };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// The verdict of a part of ours. Its problem is told as any other, so that no path shows.
fn told<E: Into<Problem>>(answer: Result<(), E>, fine: &str) -> Result<String, String> {
    answer.map(|()| fine.to_owned()).map_err(|e| e.into().detail)
}

async fn part(name: &str, failure: Verdict, answer: ProbeFuture) -> Part {
    let late = || Err(format!("{name} did not answer within {} seconds", PATIENCE.as_secs()));
    match tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| late()) {
        Ok(detail) => Part { status: Verdict::Ok, detail },
        Err(detail) => Part { status: failure, detail },
    }
}

/// The OpenAPI document, written once.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

impl Document {
    pub(crate) fn new(document: &utoipa::openapi::OpenApi) -> Self {
        Self(document.to_pretty_json().unwrap_or_default().into())
    }

    /// `GET /openapi.json`.
    pub(crate) async fn answer(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(oldest: i64, paused: bool) -> QueueState {
        let paused_at = paused.then_some(Timestamp(0));
        QueueState { queue: Queue::High, paused_at, ready: 1, delayed: 0, running: 0, dead: 0, oldest: Some(Timestamp(oldest)) }
    }

    #[test]
    fn a_queue_fails_when_its_oldest_has_waited_for_half_of_its_time_unless_it_is_paused() {
        let now = Timestamp(3_600_000);
        assert_eq!(waiting(&state(1_900_000, false), now).status, Verdict::Ok);
        assert_eq!(waiting(&state(1_700_000, false), now).status, Verdict::Failing);
        assert_eq!(waiting(&state(1_700_000, true), now).status, Verdict::Ok);
    }

    #[test]
    fn a_lost_doorbell_is_a_failure_of_its_server_and_of_nothing_else() {
        let (fine, lost) = (DoorbellState { server: "Redis", lost: None }, DoorbellState { server: "Redis", lost: Some("gone".into()) });
        assert_eq!((broker(&fine, "Redis").status, broker(&lost, "Redis").status), (Verdict::Ok, Verdict::Failing));
        assert_eq!((broker(&lost, "RabbitMQ").status, heard(&lost).status), (Verdict::Ok, Verdict::Degraded));
    }

    #[test]
    fn nobody_to_work_is_a_failure_only_while_there_is_work() {
        assert_eq!((alive(&[], true).status, alive(&[], false).status), (Verdict::Failing, Verdict::Ok));
    }
}
