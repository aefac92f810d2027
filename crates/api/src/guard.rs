//! Keeps pages of other sites away from a door that listens on loopback without keys.
//!
//! A page elsewhere can make a browser send requests here. It cannot read answers, but it could start or delete jobs, so a
//! request that changes something is refused when its `Origin` is another host. And a page can point a name of its own at
//! 127.0.0.1 and then count as the same origin (DNS rebinding), so without keys only loopback names are answered. Where a key is asked
//! for, a page elsewhere has none.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Refuses what [`verdict`] refuses. The state says whether the door lets requests without a key in, as it does on loopback only.
pub(crate) async fn guard(State(open): State<bool>, request: Request, next: Next) -> Response {
    match verdict(open, request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn verdict(open: bool, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host = host(uri, headers);
    if open && !host.as_ref().is_some_and(|h| is_loopback(h.host())) {
        let detail = "this server answers on loopback without keys; call it as http://localhost or http://127.0.0.1";
        return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "host_refused", detail));
    }
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match headers.get(header::ORIGIN) {
        Some(origin) if !reads && !is_same(origin.to_str().ok(), host.as_ref()) => {
            let detail = "a page of another site may not change anything here; open the dashboard of this server instead";
            Err(Problem::new(StatusCode::FORBIDDEN, "origin_refused", detail))
        }
        _ => Ok(()),
    }
}

/// What the caller thinks we are called.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let named = headers.get(header::HOST).map(|h| h.to_str().ok().and_then(|h| h.parse().ok()));
    named.unwrap_or_else(|| uri.authority().cloned())
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|a| a.is_loopback())
}

/// Whether an `Origin` (`http://host:port`, or the word `null`) is the host that was asked.
fn is_same(origin: Option<&str>, host: Option<&Authority>) -> bool {
    let (Some(origin), Some(host)) = (origin.and_then(|o| o.parse::<Uri>().ok()), host) else { return false };
    let standard = if origin.scheme_str() == Some("https") { 443 } else { 80 };
    let port = |a: &Authority| a.port_u16().unwrap_or(standard);
    let same = |a: &Authority| a.host().eq_ignore_ascii_case(host.host()) && port(a) == port(host);
    origin.scheme().is_some() && origin.authority().is_some_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(loopback: bool, method: Method, host: &str, origin: Option<&str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        verdict(loopback, &method, &Uri::from_static("/api/v1/jobs"), &headers).err().map(|p| p.code)
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        for origin in ["https://evil.example", "http://localhost:9999", "null", "http://127.0.0.1:8080", "garbage"] {
            assert_eq!(code(true, Method::POST, "localhost:8080", Some(origin)).as_deref(), Some("origin_refused"), "{origin}");
            assert_eq!(code(false, Method::DELETE, "localhost:8080", Some(origin)).as_deref(), Some("origin_refused"), "{origin}");
        }
    }

    #[test]
    fn our_own_page_and_programs_may_change_things() {
        assert_eq!(code(true, Method::POST, "localhost:8080", Some("http://localhost:8080")), None);
        assert_eq!(code(true, Method::POST, "LOCALHOST", Some("http://localhost:80")), None);
        assert_eq!(code(false, Method::POST, "mill.example", Some("https://mill.example")), None);
        assert_eq!(code(true, Method::POST, "[::1]:8080", None), None);
    }

    #[test]
    fn on_loopback_only_loopback_names_are_answered() {
        for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"] {
            assert_eq!(code(true, Method::GET, host, None).as_deref(), Some("host_refused"), "{host}");
            assert_eq!(code(false, Method::GET, host, None), None, "{host}");
        }
        for host in ["localhost", "mill.localhost:8080", "127.0.0.1:8080", "127.1.2.3", "[::1]:8080"] {
            assert_eq!(code(true, Method::GET, host, None), None, "{host}");
        }
    }

    #[test]
    fn reading_from_another_origin_is_left_to_the_browser() {
        assert_eq!(code(true, Method::GET, "localhost", Some("https://evil.example")), None);
    }
}
