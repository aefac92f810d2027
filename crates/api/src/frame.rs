//! What stands around every route: the guard, problems for unknown routes, methods and panics, and headers for all answers.

use std::any::Any;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::guard::guard;
use crate::problem::Problem;

/// Puts the frame around routes. `open` says whether requests without a key are let in, so that only loopback names may be answered.
pub(crate) fn frame(routes: Router, open: bool) -> Router {
    routes
        .method_not_allowed_fallback(other_method)
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(open, guard))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(common_headers))
}

async fn nowhere(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at `{path}`; /openapi.json lists what there is"))
}

async fn other_method(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    let detail = format!("`{path}` does not take {method}; /openapi.json lists what it takes");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let said = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
    tracing::error!(said = said.unwrap_or("nothing"), "a request panicked");
    Problem::internal().into_response()
}

async fn common_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::routing::{get, post};
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn boom() -> StatusCode {
        panic!("as asked")
    }

    async fn answer(request: axum::http::request::Builder) -> (StatusCode, String, Value) {
        let routes =
            Router::new().route("/here", get(|| async { "{}" })).route("/change", post(|| async { "{}" })).route("/boom", get(boom));
        let request = request.header(header::HOST, "localhost").body(Body::empty()).unwrap();
        let response = frame(routes, true).oneshot(request).await.unwrap();
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, kind, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn an_unknown_route_is_a_problem() {
        let (status, kind, body) = answer(Request::get("/api/v1/nothing")).await;
        assert_eq!((status, kind.as_str()), (StatusCode::NOT_FOUND, "application/problem+json"));
        assert_eq!((&body["code"], &body["status"], &body["type"]), (&"not_found".into(), &404.into(), &"about:blank".into()));
    }

    #[tokio::test]
    async fn another_method_is_a_problem() {
        let (status, kind, body) = answer(Request::delete("/here")).await;
        assert_eq!((status, kind.as_str()), (StatusCode::METHOD_NOT_ALLOWED, "application/problem+json"));
        assert_eq!(body["code"], "method_not_allowed");
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let (status, kind, body) = answer(Request::get("/boom")).await;
        assert_eq!((status, kind.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "application/problem+json"));
        assert!(!body.to_string().contains("as asked"));
    }

    #[tokio::test]
    async fn a_page_of_another_site_cannot_post() {
        let (status, _, body) = answer(Request::post("/change").header(header::ORIGIN, "https://evil.example")).await;
        assert_eq!((status, &body["code"]), (StatusCode::FORBIDDEN, &"origin_refused".into()));
        let (status, ..) = answer(Request::post("/change").header(header::ORIGIN, "http://localhost")).await;
        assert_eq!(status, StatusCode::OK);
    }
}
