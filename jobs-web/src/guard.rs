//! What every request passes: who may, from where, how large; and what every answer carries.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{OriginalUri, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq as _;

use crate::{
    access::Access,
    failure::Failure,
    posted::Posted,
    view::{App, View},
};

/// The largest form that is read, in bytes: arguments of a megabyte, escaped.
const LARGEST: usize = 4 * 1024 * 1024;
/// The longest path with its query, in bytes.
const LONGEST: usize = 16 * 1024;

const TOKEN: &str = "jobs_token";
pub(crate) const NOTICE: &str = "jobs_notice";

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Puts the guard before every route, the one for what is not found included.
pub(crate) fn guarded(routes: Router, app: Arc<App>) -> Router {
    routes.layer(middleware::from_fn_with_state(app, guard))
}

async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = answer(app, request, next).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("x-robots-tag"),
            "noindex, nofollow",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What is shown may be private; assets say otherwise for themselves.
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    response
}

async fn answer(app: Arc<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let access = app.authorize.authorize(&parts).await;
    if access == Access::Denied {
        return denied(&app);
    }
    if parts
        .uri
        .path_and_query()
        .is_some_and(|path| path.as_str().len() > LONGEST)
    {
        let failure = Failure::new(
            StatusCode::URI_TOO_LONG,
            "Too long",
            "the address is too long",
        );
        return failure.plain();
    }
    let known = cookie(&parts.headers, TOKEN).filter(|token| token.len() == 32);
    let view = view(&app, &parts, access, known);
    let body = if is_safe(&parts.method) {
        body
    } else {
        match checked(&view, &parts, body, known.is_some()).await {
            Ok(posted) => parts.extensions.insert(posted),
            Err(failure) => return failure.page(&view),
        };
        Body::empty()
    };
    parts.extensions.insert(view.clone());
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    let mut response = match response.extensions().get::<Failure>() {
        Some(failure) => failure.clone().page(&view),
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            let detail = "this address does not take such requests";
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, "Not like that", detail).page(&view)
        }
        None => response,
    };
    if known.is_none() {
        set_cookie(&mut response, &view, TOKEN, &view.token, None);
    }
    if view.notice.is_some() && response.status().is_success() && !is_extra(&parts) {
        set_cookie(&mut response, &view, NOTICE, "", Some(0));
    }
    response
}

fn view(app: &Arc<App>, parts: &Parts, access: Access, token: Option<&str>) -> View {
    let who = app.authorize.actor(parts);
    let actor = who.map_or_else(|| "web".to_owned(), |who| format!("web:{who}"));
    let notice = cookie(&parts.headers, NOTICE).filter(|text| !text.is_empty());
    let notice = notice.and_then(|text| {
        Posted::parse(format!("n={text}").as_bytes())
            .filled("n")
            .map(str::to_owned)
    });
    View {
        app: Arc::clone(app),
        inspector: app.inspector.as_actor(&actor),
        base: base(parts),
        path: parts.uri.path().to_owned(),
        full: access == Access::Full,
        token: token.map_or_else(|| uuid::Uuid::new_v4().simple().to_string(), str::to_owned),
        notice,
    }
}

fn denied(app: &App) -> Response {
    match app.authorize.challenge() {
        Some(challenge) => {
            let challenge = [(header::WWW_AUTHENTICATE, challenge)];
            (
                StatusCode::UNAUTHORIZED,
                challenge,
                "Name and password, please.\n",
            )
                .into_response()
        }
        None => (StatusCode::FORBIDDEN, "You may not see this.\n").into_response(),
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Requests that are no page: they leave a notice for the page that follows.
fn is_extra(parts: &Parts) -> bool {
    let path = parts.uri.path();
    path.starts_with("/assets/") || path == "/live" || parts.headers.contains_key("x-live")
}

/// Where the dashboard is mounted: what is before the path that its own routes see.
fn base(parts: &Parts) -> String {
    let whole = match parts.extensions.get::<OriginalUri>() {
        Some(OriginalUri(uri)) => uri.path(),
        None => parts.uri.path(),
    };
    let base = whole.strip_suffix(parts.uri.path()).unwrap_or(whole);
    base.trim_end_matches('/').to_owned()
}

/// The fields of a form, if who sent it may change things and sent it from a page of ours.
async fn checked(
    view: &View,
    parts: &Parts,
    body: Body,
    has_token: bool,
) -> Result<Posted, Failure> {
    let forbidden = |detail: &str| Failure::new(StatusCode::FORBIDDEN, "It was refused", detail);
    if !view.full {
        return Err(forbidden("you may look and change nothing"));
    }
    if !is_same_origin(&parts.headers) {
        return Err(forbidden(
            "the request does not come from a page of this dashboard",
        ));
    }
    let content = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let content = content
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !content.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let detail = "a form is expected, of type application/x-www-form-urlencoded";
        return Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "It was refused",
            detail,
        ));
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        let detail = format!("the form is larger than {LARGEST} bytes, or broke off");
        return Err(Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            detail,
        ));
    };
    let posted = Posted::parse(&body);
    let sent = posted.get("token").unwrap_or_default();
    let same: bool = sent.as_bytes().ct_eq(view.token.as_bytes()).into();
    if !has_token || !same {
        return Err(forbidden(
            "the form is too old: go back, reload the page, and try again",
        ));
    }
    Ok(posted)
}

/// Browsers say where a request comes from, by one header or the other; what says nothing is refused.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text("origin"), text("host")) else {
        return false;
    };
    origin
        .split_once("://")
        .is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter();
    let pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A cookie for the dashboard alone, which no script reads and no other site sends.
pub(crate) fn set_cookie(
    response: &mut Response,
    view: &View,
    name: &str,
    value: &str,
    seconds: Option<u32>,
) {
    let path = if view.base.is_empty() {
        "/"
    } else {
        &view.base
    };
    let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let line = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Strict{age}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}
