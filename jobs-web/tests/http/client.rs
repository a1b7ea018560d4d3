//! A browser's part: cookies, the token of forms, the headers that tell where a request comes from.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http_body_util::BodyExt as _;
use jobs::Jobs;
use jobs_web::BasicAuth;
use tower::ServiceExt as _;

pub(crate) const BASE: &str = "/admin/jobs";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

#[derive(Clone)]
pub(crate) struct Client {
    app: Router,
    user: &'static str,
}

impl Client {
    pub(crate) fn new(jobs: &Jobs) -> Self {
        let people = BasicAuth::new("ops", "open sesame").read_only("guest", "look");
        let dashboard = jobs_web::dashboard(jobs.clone()).authorize(people);
        Self {
            app: Router::new().nest(BASE, dashboard),
            user: "ops:open sesame",
        }
    }

    /// The same dashboard for one who may look only.
    pub(crate) fn guest(&self) -> Self {
        Self {
            user: "guest:look",
            ..self.clone()
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{BASE}{path}"))
            .header(header::HOST, "shop.test")
            .header(
                header::AUTHORIZATION,
                format!("Basic {}", BASE64_STANDARD.encode(self.user)),
            )
            .header(header::COOKIE, format!("other=1; jobs_token={TOKEN}"))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Page {
        let response = self.app.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(
            self.request(Method::GET, path)
                .body(Body::empty())
                .expect("a request"),
        )
        .await
    }

    /// A form sent from a page of the dashboard.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin");
        self.send(
            request
                .header(header::CONTENT_TYPE, FORM)
                .body(form(fields).into())
                .expect("a request"),
        )
        .await
    }
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Fields with the token.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", TOKEN);
    for (name, value) in fields {
        form.append_pair(name, value);
    }
    form.finish()
}

/// Every page that needs no id.
pub(crate) const PAGES: [&str; 13] = [
    "",
    "?period=day",
    "/queues",
    "/jobs",
    "/jobs?state=dead&name=x&queue=y&error=z&args=a&tag=t&since=2026-01-01T00:00",
    "/dead",
    "/batches",
    "/batches?which=dead",
    "/recurring",
    "/workers",
    "/enqueue",
    "/audit",
    "/audit?from=7",
];
