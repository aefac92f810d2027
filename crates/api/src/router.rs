//! All routes in one table, and the OpenAPI document that is made of the same table.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use gristmill_engine::Engine;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::frame::frame;
use crate::owner::enter;
use crate::routes::{
    batch, credits, crons, dashboard, dead, events, health, jobs, keys, metrics, pipelines, queue, queues, records, session, uploads,
    webhooks,
};
use crate::settings::Settings;
use crate::state::Door;

/// The largest body of a request that carries no files.
pub(crate) const SMALL_BODY: usize = 256 * 1024;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Gristmill", description = "Turns uploads into durable jobs.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    // A wildcard is not a template that OpenAPI knows, so this path is described apart from its route.
    paths(jobs::artifact::artifact),
    modifiers(&KeyScheme),
    security(("key" = []), ()),
    tags(
        (name = "jobs", description = "Submit, watch and end jobs, and fetch their results."),
        (name = "uploads", description = "Files on their way in, by tus 1.0.0: whatever breaks, they go on where they were."),
        (name = "crons", description = "Jobs that come again and again."),
        (name = "pipelines", description = "What a job may run."),
        (name = "credits", description = "What files cost and what owners have."),
        (name = "records", description = "What was read out of files, checked and corrected by people."),
        (name = "webhooks", description = "Where owners are told of all their jobs, by the Standard Webhooks specification."),
        (name = "operation", description = "Queues, workers and dead letters."),
        (name = "keys", description = "Who may come in."),
        (name = "queue", description = "Counts, in the shapes that older services read."),
        (name = "service", description = "Health, metrics and this document."),
    )
)]
struct Document;

/// How a key is sent.
struct KeyScheme;

impl utoipa::Modify for KeyScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let about = "`gm_…`, made by `gristmill keys create`. On a loopback address none is needed unless `auth.required` says so.";
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build();
        document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// The whole door over an engine: API, events, health, metrics and dashboard.
pub fn router(engine: Engine, settings: Settings) -> Router {
    let largest = usize::try_from(settings.max_upload_bytes).unwrap_or(usize::MAX);
    let open = settings.open();
    let door = Door::new(engine, settings);
    let requests = door.requests.clone();
    let (locked, mut document) = locked(largest).split_for_parts();
    let artifact = "/api/v1/jobs/{id}/artifacts/{file}/{*name}";
    let locked = locked.route(artifact, get(jobs::artifact::artifact));
    let locked = locked.route_layer(middleware::from_fn_with_state(door.clone(), enter));
    let (unlocked, rest) = unlocked().split_for_parts();
    document.merge(rest);
    let routes = locked.merge(unlocked).with_state(door);
    let described = health::Document::new(&document);
    let routes = routes.route("/openapi.json", get(move || described.clone().answer())).merge(dashboard::routes());
    frame(routes, open).layer(middleware::from_fn_with_state(requests, metrics::count))
}

/// The OpenAPI 3.1 document of [`router`]. The same for every build of the same source.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = locked(SMALL_BODY).into_openapi();
    document.merge(unlocked().into_openapi());
    document
}

/// Routes that are open to everyone who reaches the address; besides these only the document and the dashboard's own files.
fn unlocked() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(health::live)).routes(routes!(health::ready)).layer(DefaultBodyLimit::max(SMALL_BODY))
}

/// Routes that ask who comes.
fn locked(largest_upload: usize) -> OpenApiRouter<Door> {
    let uploads = OpenApiRouter::new().routes(routes!(jobs::create::create)).routes(routes!(crons::list, crons::create));
    let small = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(jobs::list::list))
        .routes(routes!(jobs::show::show, jobs::change::delete))
        .routes(routes!(jobs::show::status))
        .routes(routes!(jobs::events::events))
        .routes(routes!(jobs::results::results))
        .routes(routes!(jobs::messages::messages))
        .routes(routes!(jobs::change::cancel))
        .routes(routes!(jobs::change::retry))
        .routes(routes!(events::s3))
        .routes(routes!(crons::delete))
        .routes(routes!(pipelines::list))
        .routes(routes!(pipelines::show))
        .routes(routes!(pipelines::check))
        .routes(routes!(queue::metrics))
        .routes(routes!(queue::status))
        .routes(routes!(queue::stats))
        .routes(routes!(queue::jobs))
        .routes(routes!(batch::status))
        .merge(incoming())
        .merge(told())
        .merge(operation())
        .layer(DefaultBodyLimit::max(SMALL_BODY));
    small.merge(uploads.layer(DefaultBodyLimit::max(largest_upload)))
}

/// Files on their way in. Their bodies have no limit but what was announced: they are read piece by piece.
fn incoming() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(uploads::create::create, uploads::look::options))
        .routes(routes!(uploads::look::offset, uploads::append::append, uploads::look::delete, uploads::meant::meant))
        .layer(middleware::from_fn(uploads::speak))
        .routes(routes!(uploads::direct::create))
        .routes(routes!(uploads::direct::show))
        .routes(routes!(uploads::direct::complete))
}

/// Where owners are told of all their jobs.
fn told() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(records::list))
        .routes(routes!(records::export))
        .routes(routes!(records::show))
        .routes(routes!(records::review))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::replay))
        .routes(routes!(webhooks::show, webhooks::delete))
        .routes(routes!(webhooks::enable))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::deliveries))
}

/// Routes of those who run the service, and of whoever pays.
fn operation() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(queues::list))
        .routes(routes!(queues::pause))
        .routes(routes!(queues::resume))
        .routes(routes!(queues::workers))
        .routes(routes!(queues::scaler))
        .routes(routes!(dead::list))
        .routes(routes!(dead::show))
        .routes(routes!(dead::redrive))
        .routes(routes!(dead::purge))
        .routes(routes!(credits::balance))
        .routes(routes!(credits::ledger))
        .routes(routes!(credits::grant))
        .routes(routes!(credits::quote))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(session::open, session::close))
        .routes(routes!(health::health))
        .routes(routes!(health::jobs))
        .routes(routes!(health::server))
        .routes(routes!(metrics::metrics))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Operation ids by path and method, then the names of all schemas.
    fn contents() -> String {
        let document = serde_json::to_value(openapi()).unwrap();
        let mut text = String::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap_or("?");
                text.push_str(&format!("{method:<6} {path} {id}\n"));
            }
        }
        text.push_str("--\n");
        for name in document["components"]["schemas"].as_object().into_iter().flat_map(|s| s.keys()) {
            text.push_str(&format!("{name}\n"));
        }
        text
    }

    #[test]
    fn the_document_has_the_agreed_operations_and_schemas() {
        insta::assert_snapshot!(contents());
    }

    #[test]
    fn the_document_is_openapi_3_1_and_always_the_same() {
        let text = openapi().to_pretty_json().unwrap();
        assert!(text.contains("\"openapi\": \"3.1.0\""));
        assert_eq!(text, openapi().to_pretty_json().unwrap());
    }

    #[test]
    fn every_reference_of_the_document_is_there() {
        let document = serde_json::to_value(openapi()).unwrap();
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(map) => {
                    if let Some(Value::String(at)) = map.get("$ref") {
                        assert!(document.pointer(at.trim_start_matches('#')).is_some(), "{at}");
                    }
                    open.extend(map.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}
