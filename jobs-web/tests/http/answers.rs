//! What every answer carries, and who decides about it.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jobs_tests::{place::Place, tests};
use jobs_web::Access;
use tower::ServiceExt as _;

use super::client::{BASE, Client, PAGES};

tests!(every_answer_carries_the_headers, the_application_decides);

async fn every_answer_carries_the_headers(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    for path in PAGES.into_iter().chain(["/nowhere", "/jobs/1"]) {
        let page = client.get(path).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store", "{path}");
        for inline in [
            " style=\"",
            "<style",
            " onclick",
            "javascript:",
            "http://",
            "https://",
        ] {
            let text = page.text.replace("http://www.w3.org", "");
            assert!(!text.contains(inline), "{path} has {inline}");
        }
        for script in page.text.split("<script").skip(1) {
            assert!(
                script.starts_with(&format!(" src=\"{BASE}/assets/script-")),
                "{path}"
            );
        }
    }
    let page = client.get("").await;
    let style = page
        .text
        .split("href=\"")
        .find(|part| part.contains("/assets/style-"))
        .expect("a style");
    let style = style
        .split('"')
        .next()
        .unwrap_or_default()
        .strip_prefix(BASE)
        .expect("below the base");
    let sheet = client.get(style).await;
    assert_eq!(sheet.status, StatusCode::OK);
    assert!(
        sheet.headers[header::CACHE_CONTROL]
            .to_str()
            .expect("text")
            .contains("immutable")
    );
    let tag = sheet.headers[header::ETAG].clone();
    let again = client
        .request(Method::GET, style)
        .header(header::IF_NONE_MATCH, tag);
    let again = client
        .send(again.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(
        (again.status, again.text.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
}

async fn the_application_decides(place: Arc<Place>) {
    let jobs = place.connect().await;
    let app = jobs_web::dashboard(jobs.clone()).authorize(|parts: &axum::http::request::Parts| {
        let role = parts.headers.get("x-role").cloned();
        async move {
            match role.as_ref().map(|role| role.as_bytes()) {
                Some(b"admin") => Access::Full,
                Some(b"guest") => Access::ReadOnly,
                _ => Access::Denied,
            }
        }
    });
    // Not below a path: links begin at the root.
    for (role, status) in [("admin", 200), ("guest", 200), ("other", 403)] {
        let request = Request::builder()
            .uri("/queues")
            .header("x-role", role)
            .body(Body::empty())
            .expect("a request");
        let response = app.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status().as_u16(), status, "{role}");
    }
}
