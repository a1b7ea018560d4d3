//! What goes wrong with a request, shown as a page that says what to do.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use crate::{layout::page, text::shown, view::View};

pub(crate) type Answer = Result<Response, Failure>;

#[derive(Debug, Clone)]
pub(crate) struct Failure {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        let detail =
            format!("{what} The record of a job that has ended goes after its time of retention.");
        Self::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "That request makes no sense",
            detail,
        )
    }

    pub(crate) fn page(&self, view: &View) -> Response {
        let body: Markup = html! {
            section.failure {
                p.code { (self.status.as_u16()) }
                h1 { (self.title) }
                p { (shown(&self.detail, 2_000)) }
                p { a.button href=(view.to("/")) { "To the overview" } }
            }
        };
        (self.status, page(view, self.title, body)).into_response()
    }

    /// For requests of which nothing is known that a page needs.
    pub(crate) fn plain(&self) -> Response {
        (self.status, format!("{}: {}\n", self.title, self.detail)).into_response()
    }
}

impl From<jobs::Error> for Failure {
    fn from(error: jobs::Error) -> Self {
        match &error {
            jobs::Error::NotFound { .. } | jobs::Error::NoTask { .. } => {
                Self::new(StatusCode::NOT_FOUND, "Not found", error.to_string())
            }
            jobs::Error::NotByName { .. }
            | jobs::Error::Duplicate { .. }
            | jobs::Error::TooLarge { .. }
            | jobs::Error::UnknownJob { .. } => {
                Self::new(StatusCode::CONFLICT, "It was refused", error.to_string())
            }
            _ => {
                tracing::error!(%error, "the dashboard could not answer");
                let detail =
                    format!("{error}. Reload the page to try again; the log has this error, too.");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The database did not answer as it should",
                    detail,
                )
            }
        }
    }
}

/// The guard makes a page of it, which knows where the dashboard is mounted.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
