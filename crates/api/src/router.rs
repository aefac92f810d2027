//! All routes in one table, and the OpenAPI document that is made of the same table.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use gristmill_engine::Engine;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::frame::frame;
use crate::routes::{batch, dashboard, health, jobs, metrics, pipelines, queue};
use crate::settings::Settings;
use crate::state::Door;

/// The largest body of a request that carries no files.
const SMALL_BODY: usize = 256 * 1024;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Gristmill", description = "Turns uploads into durable jobs.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    // A wildcard is not a template that OpenAPI knows, so this path is described apart from its route.
    paths(jobs::artifact::artifact),
    tags(
        (name = "jobs", description = "Submit, watch and end jobs, and fetch their results."),
        (name = "pipelines", description = "What a job may run."),
        (name = "queue", description = "Counts, in the shapes that older services read."),
        (name = "service", description = "Health, metrics and this document."),
    )
)]
struct Document;

/// The whole door over an engine: API, events, health, metrics and dashboard.
pub fn router(engine: Engine, settings: Settings) -> Router {
    let largest = usize::try_from(settings.max_upload_bytes).unwrap_or(usize::MAX);
    let loopback = settings.loopback;
    let door = Door::new(engine, settings);
    let requests = door.requests.clone();
    let (api, document) = api(largest).split_for_parts();
    let artifact = "/api/v1/jobs/{id}/artifacts/{file}/{*name}";
    let routes = api.route(artifact, get(jobs::artifact::artifact)).with_state(door);
    let described = health::Document::new(&document);
    let routes = routes.route("/openapi.json", get(move || described.clone().answer())).merge(dashboard::routes());
    frame(routes, loopback).layer(middleware::from_fn_with_state(requests, metrics::count))
}

/// The OpenAPI 3.1 document of [`router`]. The same for every build of the same source.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api(SMALL_BODY).into_openapi()
}

fn api(largest_upload: usize) -> OpenApiRouter<Door> {
    let uploads = OpenApiRouter::new().routes(routes!(jobs::create::create)).layer(DefaultBodyLimit::max(largest_upload));
    let small = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(jobs::list::list))
        .routes(routes!(jobs::show::show, jobs::change::delete))
        .routes(routes!(jobs::show::status))
        .routes(routes!(jobs::events::events))
        .routes(routes!(jobs::results::results))
        .routes(routes!(jobs::change::cancel))
        .routes(routes!(jobs::change::retry))
        .routes(routes!(pipelines::list))
        .routes(routes!(pipelines::show))
        .routes(routes!(pipelines::check))
        .routes(routes!(queue::metrics))
        .routes(routes!(queue::status))
        .routes(routes!(queue::stats))
        .routes(routes!(queue::jobs))
        .routes(routes!(batch::status))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::health))
        .routes(routes!(metrics::metrics))
        .layer(DefaultBodyLimit::max(SMALL_BODY));
    small.merge(uploads)
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
