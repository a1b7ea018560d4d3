//! The fields of a form that was sent.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};

/// Fields in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Posted(Vec<(String, String)>);

impl Posted {
    pub(crate) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field as it was sent; `None` if it is not there.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A field without blanks around it; `None` if it is not there or empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = self.0.iter().filter(move |(field, _)| field == name);
        same.map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Posted {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // The guard puts it there once it has checked the token.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(StatusCode::BAD_REQUEST)
    }
}
