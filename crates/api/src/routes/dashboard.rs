//! The dashboard: files that were compiled in. Its pages are all the same one; it routes by itself.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::range::{Part, wanted};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));
}

/// Addresses that open the dashboard.
const PAGES: [&str; 9] = ["/", "/upload", "/jobs", "/jobs/{id}", "/review/{id}", "/queues", "/workers", "/dead", "/credits"];
/// What a page may load: only what comes from here. Players need blobs for media and workers.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; \
                      connect-src 'self'; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
/// Names under `assets/` carry a hash of their content, so they never change.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Stands in for a dashboard that was not built.
const UNBUILT: &[u8] = b"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Gristmill</title>\
    <h1>Gristmill is running</h1><p>This build has no dashboard. To add it, run <code>npm ci &amp;&amp; npm run build</code> in \
    <code>dashboard/</code> and build gristmill again. The API is described in <a href=\"/openapi.json\">/openapi.json</a>.</p></html>";

/// One file and how it is told.
#[derive(Clone)]
struct Page {
    media_type: &'static str,
    bytes: &'static [u8],
    etag: String,
    caching: &'static str,
}

/// A route for every page and every file.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let find = |name: &str| embedded::FILES.iter().find(|(n, ..)| *n == name).map(|(_, media, bytes)| (*media, *bytes));
    let (media, bytes) = find("index.html").unwrap_or(("text/html; charset=utf-8", UNBUILT));
    let index = Page::new(media, bytes, "no-cache");
    let router = PAGES.iter().fold(Router::new(), |router, path| router.route(path, page(index.clone())));
    // A brace would be a template to the router; no build of ours makes such a name.
    let files = embedded::FILES.iter().filter(|(name, ..)| *name != "index.html" && !name.contains(['{', '}', '*']));
    files.fold(router, |router, (name, media, bytes)| {
        let caching = if name.starts_with("assets/") { FOREVER } else { "no-cache" };
        router.route(&format!("/{name}"), page(Page::new(media, bytes, caching)))
    })
}

fn page<S: Clone + Send + Sync + 'static>(page: Page) -> axum::routing::MethodRouter<S> {
    get(move |headers: HeaderMap| async move { page.answer(&headers) })
}

impl Page {
    fn new(media_type: &'static str, bytes: &'static [u8], caching: &'static str) -> Self {
        let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        Self { media_type, bytes, etag: format!("\"{hash}\""), caching }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let unchanged = wanted(headers, &self.etag, self.bytes.len() as u64) == Part::Unchanged;
        let mut response = if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { self.bytes.into_response() };
        let mut insert = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        insert(header::CONTENT_TYPE, self.media_type);
        insert(header::ETAG, &self.etag);
        insert(header::CACHE_CONTROL, self.caching);
        insert(header::CONTENT_SECURITY_POLICY, POLICY);
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn fetch(path: &str, etag: Option<&HeaderValue>) -> Response {
        let mut request = Request::get(path);
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        routes().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_page_is_the_dashboard_and_may_load_only_what_comes_from_here() {
        for path in ["/", "/upload", "/jobs", "/jobs/job_1", "/review/a,b", "/queues", "/workers", "/dead", "/credits"] {
            let response = fetch(path, None).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
            assert!(response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("script-src 'self'"));
        }
    }

    #[tokio::test]
    async fn a_page_that_the_browser_has_is_not_sent_again() {
        let first = fetch("/", None).await;
        let again = fetch("/", Some(&first.headers()[header::ETAG])).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
