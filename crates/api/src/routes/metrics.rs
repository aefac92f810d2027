//! `GET /metrics` for Prometheus: jobs, tasks, queues and workers as they stand in the store, and the requests this process answered.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gristmill_model::Timestamp;
use gristmill_store::{QueueState, Totals, Worker};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::broker::{self, Told};
use crate::owner::Operator;
use crate::problem::Problem;
use crate::state::Door;

/// The media type of the exposition format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TaskLabels {
    state: String,
    class: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    queue: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BrokerLabels {
    server: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BrokerQueueLabels {
    server: &'static str,
    queue: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    outcome: String,
}

/// Answered requests by method, route and status.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    registry: Arc<Registry>,
    answered: Family<Answered, Counter>,
}

impl Default for Requests {
    fn default() -> Self {
        let (mut registry, answered) = (Registry::default(), Family::default());
        registry.register("gristmill_http_requests", "Requests answered by this process", answered.clone());
        Self { registry: Arc::new(registry), answered }
    }
}

/// Counts each answer. Routes are told as templates and odd methods as one, so that callers cannot make up series.
pub(crate) async fn count(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", |p| p.as_str()).to_owned();
    let method = known(request.method()).to_owned();
    let response = next.run(request).await;
    requests.answered.get_or_create(&Answered { method, route, status: response.status().as_u16() }).inc();
    response
}

fn known(method: &Method) -> &str {
    let usual = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if usual.contains(method) { method.as_str() } else { "other" }
}

/// Metrics for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "service",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"))
)]
pub(crate) async fn metrics(State(door): State<Door>, _: Operator) -> Result<Response, Problem> {
    let totals = door.engine.totals(None, Timestamp(0)).await?;
    let store = door.engine.store();
    let (now, queues, workers) = (store.now().await?, store.queues().await?, store.workers().await?);
    let brokers = broker::told(&door.settings.brokers).await;
    let mut text = String::new();
    encode_registry(&mut text, &of_store(&totals))
        .and_then(|()| encode_registry(&mut text, &of_queues(&queues, &workers, now)))
        .and_then(|()| encode_registry(&mut text, &of_brokers(&brokers)))
        .and_then(|()| encode_registry(&mut text, &door.requests.registry))
        .and_then(|()| encode_eof(&mut text))
        .map_err(|_| Problem::internal())?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

/// What the store counts, as gauges: jobs may be deleted, so none of these only grows.
fn of_store(totals: &Totals) -> Registry {
    let (jobs, tasks, ended) =
        (Family::<JobLabels, Gauge>::default(), Family::<TaskLabels, Gauge>::default(), Family::<EndLabels, Gauge>::default());
    for (status, n) in &totals.jobs {
        jobs.get_or_create(&JobLabels { status: status.to_string() }).set(*n as i64);
    }
    for (state, class, n) in &totals.tasks {
        tasks.get_or_create(&TaskLabels { state: state.to_string(), class: class.to_string() }).set(*n as i64);
    }
    for (outcome, n) in [("completed", totals.ended_since.0), ("other", totals.ended_since.1)] {
        ended.get_or_create(&EndLabels { outcome: outcome.to_owned() }).set(n as i64);
    }
    let mut registry = Registry::default();
    registry.register("gristmill_jobs", "Jobs by status", jobs);
    registry.register("gristmill_tasks", "Tasks that have not ended, by state and class", tasks);
    registry.register("gristmill_jobs_ended", "Jobs that have ended, by outcome", ended);
    registry
}

/// How queues and workers stand. What waits in `notifications` are effects on their way.
fn of_queues(queues: &[QueueState], workers: &[Worker], now: Timestamp) -> Registry {
    let family = Family::<QueueLabels, Gauge>::default;
    let (ready, delayed, running, dead, oldest, paused) = (family(), family(), family(), family(), family(), family());
    for q in queues {
        let labels = QueueLabels { queue: q.queue.as_str() };
        let age = q.oldest.map_or(0, |at| (now - at).as_secs());
        let told = [(&ready, q.ready), (&delayed, q.delayed), (&running, q.running), (&dead, q.dead), (&oldest, age)];
        told.into_iter().chain([(&paused, q.paused_at.is_some().into())]).for_each(|(family, n)| {
            family.get_or_create(&labels).set(n as i64);
        });
    }
    let alive: Gauge = Gauge::default();
    alive.set(workers.iter().filter(|w| w.alive).count() as i64);
    let mut registry = Registry::default();
    registry.register("gristmill_queue_ready", "Tasks that may be claimed, and effects that may be tried", ready);
    registry.register("gristmill_queue_delayed", "Tasks and effects that wait for their time", delayed);
    registry.register("gristmill_queue_running", "Tasks that run", running);
    registry.register("gristmill_queue_dead", "Dead letters", dead);
    registry.register("gristmill_queue_oldest_seconds", "How long the longest waiting one has waited", oldest);
    registry.register("gristmill_queue_paused", "Whether nothing of the queue is claimed", paused);
    registry.register("gristmill_workers_alive", "Workers that count as alive", alive);
    registry
}

/// How the queues of brokers stand. One that is away has no series but that which says so.
fn of_brokers(brokers: &[Told]) -> Registry {
    let up = Family::<BrokerLabels, Gauge>::default();
    let family = Family::<BrokerQueueLabels, Gauge>::default;
    let (depth, consumers, oldest) = (family(), family(), family());
    for &Told { server, ref queues } in brokers {
        up.get_or_create(&BrokerLabels { server }).set(queues.is_ok().into());
        for queue in queues.iter().flatten() {
            let labels = BrokerQueueLabels { server, queue: queue.name.clone() };
            let told = [(&depth, Some(queue.depth)), (&consumers, queue.consumers), (&oldest, queue.oldest.map(|age| age.as_secs()))];
            for (family, n) in told.into_iter().filter_map(|(family, n)| Some((family, n?))) {
                family.get_or_create(&labels).set(n as i64);
            }
        }
    }
    let mut registry = Registry::default();
    registry.register("gristmill_broker_up", "Whether the broker tells of its queues", up);
    registry.register("gristmill_broker_queue_depth", "Messages at the broker that nobody has taken yet", depth);
    registry.register("gristmill_broker_queue_consumers", "Who reads the queue, where the broker tells", consumers);
    registry.register("gristmill_broker_queue_oldest_seconds", "How long the oldest of them is there, where the broker tells", oldest);
    registry
}

#[cfg(test)]
mod tests {
    use gristmill_model::job::JobStatus;
    use gristmill_model::operation::Class;
    use gristmill_model::task::State;

    use super::*;

    #[test]
    fn what_the_store_counts_is_exposed_with_its_labels() {
        let totals = Totals {
            jobs: vec![(JobStatus::Pending, 3)],
            tasks: vec![(State::Ready, Class::CpuLarge, 7)],
            ended_since: (5, 2),
            ..Totals::default()
        };
        let mut text = String::new();
        encode_registry(&mut text, &of_store(&totals)).unwrap();
        for line in [
            "gristmill_jobs{status=\"pending\"} 3",
            "gristmill_tasks{state=\"ready\",class=\"cpu-large\"} 7",
            "gristmill_jobs_ended{outcome=\"completed\"} 5",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn queues_are_exposed_with_their_depth_and_age() {
        let state = QueueState {
            queue: gristmill_model::queue::Queue::Batch,
            paused_at: None,
            ready: 4,
            delayed: 1,
            running: 2,
            dead: 3,
            oldest: Some(Timestamp(5_000)),
        };
        let mut text = String::new();
        encode_registry(&mut text, &of_queues(&[state], &[], Timestamp(65_000))).unwrap();
        for line in ["ready{queue=\"upload.batch\"} 4", "dead{queue=\"upload.batch\"} 3", "oldest_seconds{queue=\"upload.batch\"} 60"] {
            assert!(text.contains(&format!("gristmill_queue_{line}")), "{text}");
        }
        assert!(text.contains("gristmill_workers_alive 0"));
    }

    #[test]
    fn brokers_are_exposed_with_what_they_tell_and_whether_they_do() {
        let queue = |name: &str, oldest: Option<u64>| crate::BrokerQueue {
            name: name.into(),
            depth: 3,
            consumers: oldest.is_none().then_some(2),
            oldest: oldest.map(std::time::Duration::from_secs),
        };
        let told = |server, queues| Told { server, queues };
        let brokers = [
            told("rabbitmq", Ok(vec![queue("upload.normal", None)])),
            told("redis", Ok(vec![queue("gristmill:intake", Some(60))])),
            told("sqs", Err("gone".into())),
        ];
        let mut text = String::new();
        encode_registry(&mut text, &of_brokers(&brokers)).unwrap();
        for line in [
            "up{server=\"rabbitmq\"} 1",
            "up{server=\"sqs\"} 0",
            "queue_depth{server=\"rabbitmq\",queue=\"upload.normal\"} 3",
            "queue_consumers{server=\"rabbitmq\",queue=\"upload.normal\"} 2",
            "queue_oldest_seconds{server=\"redis\",queue=\"gristmill:intake\"} 60",
        ] {
            assert!(text.contains(&format!("gristmill_broker_{line}")), "{text}");
        }
        assert!(!text.contains("oldest_seconds{server=\"rabbitmq\""), "what is not known is not told as nothing: {text}");
    }

    #[test]
    fn an_odd_method_makes_no_series_of_its_own() {
        assert_eq!(known(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(known(&Method::GET), "GET");
    }
}
