//! What is refused, and with which status.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jobs::{JobId, job};
use jobs_tests::{place::Place, tests};

use super::client::{BASE, Client, FORM, PAGES, TOKEN, form};

tests!(
    nobody_is_let_in_without_credentials,
    who_may_look_changes_nothing,
    forms_from_elsewhere_are_refused,
    forged_and_malformed_addresses,
);

#[job]
async fn web_quiet(n: u32) {
    let _ = n;
}

async fn nobody_is_let_in_without_credentials(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    for credentials in [
        None,
        Some("Basic"),
        Some("Basic !!!"),
        Some("Basic b3BzOm9wZW4="),
        Some("Bearer b3BzOm9wZW4gc2VzYW1l"),
        Some("Basic Og=="),
    ] {
        for path in PAGES
            .into_iter()
            .chain(["/nowhere", "/live", "/assets/style.css", "/jobs/1"])
        {
            for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS] {
                let mut request = Request::builder()
                    .method(method)
                    .uri(format!("{BASE}{path}"));
                if let Some(credentials) = credentials {
                    request = request.header(header::AUTHORIZATION, credentials);
                }
                let page = client
                    .send(request.body(Body::empty()).expect("a request"))
                    .await;
                assert_eq!(
                    page.status,
                    StatusCode::UNAUTHORIZED,
                    "{path} {credentials:?}"
                );
                assert!(page.headers.contains_key(header::WWW_AUTHENTICATE));
                assert!(page.headers.contains_key(header::CONTENT_SECURITY_POLICY));
                assert!(page.text.len() < 100, "{}", page.text);
            }
        }
    }
}

async fn who_may_look_changes_nothing(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let job = WebQuiet::perform_later(1u32)
        .on(&jobs)
        .await
        .expect("enqueued");
    let guest = client.guest();
    let own = format!("/jobs/{}", job.id());
    for path in [
        "",
        "/queues",
        "/jobs",
        "/dead",
        "/batches",
        "/recurring",
        "/workers",
        "/audit",
        &own,
    ] {
        let page = guest.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains("read only"), "{path}");
        assert!(!page.text.contains("method=\"post\""), "{path}");
        assert!(client.get(path).await.status.is_success());
    }
    for path in ["/enqueue", &format!("{own}/edit")] {
        assert_eq!(
            guest.get(path).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    for path in [
        "/queues/pause",
        "/jobs/bulk",
        "/enqueue",
        "/workers/stop",
        "/recurring/run",
        "/dead/0123456789abcdef/retry",
        &format!("/batches/{}/cancel", JobId::new()),
        &format!("{own}/cancel"),
        &format!("{own}/edit"),
    ] {
        let page = guest
            .post(
                path,
                &[
                    ("queue", "default"),
                    ("action", "cancel"),
                    ("scope", "all"),
                    ("confirmed", "1"),
                ],
            )
            .await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(job.state().await.expect("known"), jobs::State::Ready);
    assert!(
        jobs.inspect()
            .audit(None, 9)
            .await
            .expect("read")
            .items
            .is_empty()
    );
}

/// A form: what of it, its headers, its type, its body, its cookies, and the status that it is answered with.
type Sent<'a> = (
    &'a str,
    &'a [(&'a str, &'a str)],
    &'a str,
    &'a str,
    &'a str,
    u16,
);

async fn forms_from_elsewhere_are_refused(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let fields = form(&[("queue", "default")]);
    let large = format!("{fields}&x={}", "y".repeat(4 * 1024 * 1024));
    let forged = fields.replace(TOKEN, &TOKEN.replace('0', "1"));
    let own: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];
    let no_cookie = "other=1";
    let cookie = format!("jobs_token={TOKEN}");
    let table: &[Sent] = &[
        ("from a page of ours", own, FORM, &fields, &cookie, 303),
        (
            "with a charset",
            own,
            "application/x-www-form-urlencoded; charset=UTF-8",
            &fields,
            &cookie,
            303,
        ),
        (
            "by the origin",
            &[("origin", "https://shop.test")],
            FORM,
            &fields,
            &cookie,
            303,
        ),
        (
            "from another site",
            &[("sec-fetch-site", "cross-site")],
            FORM,
            &fields,
            &cookie,
            403,
        ),
        (
            "from a sibling",
            &[
                ("sec-fetch-site", "same-site"),
                ("origin", "https://shop.test"),
            ],
            FORM,
            &fields,
            &cookie,
            403,
        ),
        (
            "typed",
            &[("sec-fetch-site", "none")],
            FORM,
            &fields,
            &cookie,
            403,
        ),
        (
            "by another origin",
            &[("origin", "https://evil.test")],
            FORM,
            &fields,
            &cookie,
            403,
        ),
        (
            "by a like origin",
            &[("origin", "https://shop.test.evil.test")],
            FORM,
            &fields,
            &cookie,
            403,
        ),
        (
            "by no origin",
            &[("origin", "null")],
            FORM,
            &fields,
            &cookie,
            403,
        ),
        ("that says nothing", &[], FORM, &fields, &cookie, 403),
        ("without a token", own, FORM, "queue=default", &cookie, 403),
        (
            "with an empty token",
            own,
            FORM,
            "token=&queue=default",
            &cookie,
            403,
        ),
        ("with another token", own, FORM, &forged, &cookie, 403),
        ("without the cookie", own, FORM, &fields, no_cookie, 403),
        (
            "with an empty cookie",
            own,
            FORM,
            "token=&queue=default",
            "jobs_token=",
            403,
        ),
        ("as JSON", own, "application/json", "{}", &cookie, 415),
        ("as plain text", own, "text/plain", &fields, &cookie, 415),
        ("without a type", own, "", &fields, &cookie, 415),
        ("too large", own, FORM, &large, &cookie, 413),
        ("no text", own, FORM, "%ff%fe=%00&&&=;=%", &cookie, 403),
    ];
    for (what, headers, kind, body, cookie, status) in table {
        let mut request = client
            .request(Method::POST, "/queues/pause")
            .header(header::CONTENT_TYPE, *kind);
        request
            .headers_mut()
            .expect("headers")
            .insert(header::COOKIE, cookie.parse().expect("a cookie"));
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let page = client
            .send(request.body((*body).to_owned().into()).expect("a request"))
            .await;
        assert_eq!(page.status.as_u16(), *status, "{what}");
        jobs.inspect().resume("default").await.expect("resumed");
    }
    let paused: Vec<_> = jobs.inspect().audit(None, 99).await.expect("read").items;
    assert_eq!(
        paused
            .iter()
            .filter(|entry| entry.actor == "web:ops")
            .count(),
        3,
        "{paused:?}"
    );
}

async fn forged_and_malformed_addresses(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let nobody = JobId::new();
    let long = format!("/jobs?name={}", "x".repeat(20_000));
    for (path, status) in [
        ("/nowhere", 404),
        ("/jobs/1", 400),
        ("/jobs/%00", 400),
        ("/jobs/..%2f..%2fetc", 400),
        ("/jobs/%27%20OR%201=1--", 400),
        ("/jobs/\u{24}%7bx%7d", 400),
        (&format!("/jobs/{nobody}"), 404),
        (&format!("/jobs/{nobody}/edit"), 404),
        (&format!("/jobs/{nobody}/unknown"), 405),
        ("/jobs?state=odd", 400),
        ("/jobs?since=soon", 400),
        ("/jobs?from=1", 400),
        ("/jobs?name=%00&error=%00&queue=%00&tag=%00&args=%00", 200),
        ("/jobs?name=%ff%fe", 200),
        (&long, 414),
        ("/jobs/bulk/1", 400),
        ("/jobs/bulk/00000000-0000-0000-0000-000000000000", 404),
        ("/dead/0000000000000000", 404),
        ("/dead/%3Cscript%3E", 404),
        ("/audit?from=x", 400),
        ("/batches/1", 400),
        ("/batches/%27%20OR%201=1--", 400),
        (&format!("/batches/{nobody}"), 404),
        (&format!("/batches/{nobody}/cancel"), 405),
        ("/batches?from=1", 400),
        ("/batches?which=odd", 400),
        ("/batches?from=00000000-0000-0000-0000-000000000000", 200),
        ("/batches?from=ffffffff-ffff-ffff-ffff-ffffffffffff", 200),
        ("/jobs?batch=1", 400),
        (&format!("/jobs?batch={nobody}&state=dead"), 200),
        ("/enqueue?name=nobody", 404),
        ("/assets/style.css", 404),
        ("/queues/pause", 405),
    ] {
        let page = client.get(path).await;
        assert_eq!(page.status.as_u16(), status, "{path}: {}", page.text);
    }
    for (path, fields, status) in [
        (format!("/jobs/{nobody}/retry"), vec![], 404),
        (format!("/jobs/{nobody}/again"), vec![], 404),
        (format!("/jobs/{nobody}/explode"), vec![], 404),
        (format!("/jobs/{nobody}/edit"), vec![("args", "{}")], 404),
        ("/jobs/1/retry".to_owned(), vec![], 400),
        ("/jobs/bulk".to_owned(), vec![], 400),
        (
            "/jobs/bulk".to_owned(),
            vec![("action", "retry"), ("id", "1")],
            400,
        ),
        (
            "/jobs/bulk".to_owned(),
            vec![("action", "retry"), ("scope", "odd")],
            400,
        ),
        ("/queues/pause".to_owned(), vec![("queue", "nobody")], 404),
        ("/queues/pause".to_owned(), vec![], 400),
        (
            "/queues/explode".to_owned(),
            vec![("queue", "default")],
            404,
        ),
        ("/workers/stop".to_owned(), vec![("worker", "1")], 404),
        ("/workers/stop".to_owned(), vec![], 400),
        ("/recurring/run".to_owned(), vec![("task", "nobody")], 404),
        ("/dead/xyz/retry".to_owned(), vec![], 400),
        ("/batches/1/cancel".to_owned(), vec![], 400),
        (format!("/batches/{nobody}/cancel"), vec![], 404),
        (format!("/batches/{nobody}/explode"), vec![], 404),
        (
            "/enqueue".to_owned(),
            vec![("name", "nobody"), ("args", "{}")],
            404,
        ),
    ] {
        let page = client.post(&path, &fields).await;
        assert_eq!(
            page.status.as_u16(),
            status,
            "{path} {fields:?}: {}",
            page.text
        );
        assert!(page.text.contains("To the overview"), "{path}");
    }
    for method in [
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let page = client
            .send(
                client
                    .request(method.clone(), "/queues")
                    .body(Body::empty())
                    .expect("a request"),
            )
            .await;
        assert!(page.status.is_client_error(), "{method}");
    }
}
