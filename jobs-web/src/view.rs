//! What every page knows of its request: who asks, with which rights, and where the dashboard is mounted.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use jobs::inspect::Inspector;

use crate::{access::Authorize, live::Live, runs::Runs};

/// What all requests share.
pub(crate) struct App {
    pub(crate) inspector: Inspector,
    pub(crate) authorize: Box<dyn Authorize>,
    pub(crate) live: Live,
    pub(crate) runs: Runs,
}

/// One request.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) app: Arc<App>,
    /// Acts in the name of who asks.
    pub(crate) inspector: Inspector,
    /// Where the dashboard is mounted, without a slash at its end.
    pub(crate) base: String,
    /// The path below it.
    pub(crate) path: String,
    /// Who asks may change things.
    pub(crate) full: bool,
    /// Goes into every form.
    pub(crate) token: String,
    /// What the last action has to say.
    pub(crate) notice: Option<String>,
}

impl View {
    /// A link to a place below the dashboard's own path.
    pub(crate) fn to(&self, path: &str) -> String {
        if path == "/" && !self.base.is_empty() {
            return self.base.clone();
        }
        format!("{}{path}", self.base)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for View {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // The guard puts it there; a route without the guard answers nobody.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(StatusCode::FORBIDDEN)
    }
}
