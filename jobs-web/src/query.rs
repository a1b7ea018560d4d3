//! What is asked for in an address: the filter of jobs, and where a page begins.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use jobs::{BatchId, JobId, State, inspect::Filter};

use crate::{failure::Failure, posted::Posted, text::encoded, time};

/// The fields of an address's query.
#[derive(Debug, Clone)]
pub(crate) struct Asked(pub(crate) Posted);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Posted::parse(query.as_bytes())))
    }
}

/// All states, in the order of a job's life.
pub(crate) const STATES: [State; 9] = [
    State::Scheduled,
    State::Ready,
    State::Blocked,
    State::Running,
    State::Parked,
    State::Succeeded,
    State::Discarded,
    State::Dead,
    State::Cancelled,
];

pub(crate) fn state(text: &str) -> Result<State, Failure> {
    let found = STATES.into_iter().find(|state| state.to_string() == text);
    found.ok_or_else(|| Failure::bad(format!("there is no state `{text}`")))
}

pub(crate) fn id(text: &str) -> Result<JobId, Failure> {
    text.parse()
        .map_err(|_| Failure::bad(format!("`{text}` is no id of a job")))
}

pub(crate) fn batch(text: &str) -> Result<BatchId, Failure> {
    text.parse()
        .map_err(|_| Failure::bad(format!("`{text}` is no id of a batch")))
}

/// The filter that fields describe.
pub(crate) fn filter(fields: &Posted) -> Result<Filter, Failure> {
    let text = |name: &str| fields.filled(name).map(str::to_owned);
    let at = |name: &str| match fields.filled(name) {
        None => Ok(None),
        Some(text) => match time::parse(text) {
            Some(at) => Ok(Some(at)),
            None => Err(Failure::bad(format!(
                "`{text}` is no time: write it as 2026-01-31T18:00, in UTC"
            ))),
        },
    };
    let states: Result<Vec<_>, _> = fields
        .all("state")
        .filter(|text| !text.is_empty())
        .map(state)
        .collect();
    Ok(Filter {
        states: states?,
        name: text("name"),
        queue: text("queue"),
        tag: text("tag"),
        args: text("args"),
        error: text("error"),
        since: at("since")?,
        until: at("until")?,
        batch: fields.filled("batch").map(batch).transpose()?,
    })
}

/// The fields that describe a filter, as they go into forms and addresses.
pub(crate) fn fields(filter: &Filter) -> Vec<(&'static str, String)> {
    let mut fields: Vec<_> = filter
        .states
        .iter()
        .map(|state| ("state", state.to_string()))
        .collect();
    let texts = [
        ("name", &filter.name),
        ("queue", &filter.queue),
        ("tag", &filter.tag),
        ("args", &filter.args),
        ("error", &filter.error),
    ];
    fields.extend(
        texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.clone()?))),
    );
    fields.extend(filter.since.map(|at| ("since", at.to_rfc3339())));
    fields.extend(filter.until.map(|at| ("until", at.to_rfc3339())));
    fields.extend(filter.batch.map(|batch| ("batch", batch.to_string())));
    fields
}

/// The address of a list of jobs.
pub(crate) fn address(filter: &Filter, from: Option<JobId>) -> String {
    let mut fields = fields(filter);
    fields.extend(from.map(|from| ("from", from.to_string())));
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    if pairs.is_empty() {
        "/jobs".to_owned()
    } else {
        format!("/jobs?{}", pairs.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_comes_back_from_its_address() {
        let wanted = Filter {
            states: vec![State::Dead, State::Ready],
            name: Some("a&b=\"c\"".to_owned()),
            error: Some("100% über".to_owned()),
            since: time::parse("2026-01-02T03:04"),
            batch: batch("01890a5d-ac96-774b-bcce-b302099a8057").ok(),
            ..Filter::default()
        };
        let address = address(&wanted, None);
        let query = address.strip_prefix("/jobs?").unwrap_or_default();
        assert_eq!(filter(&Posted::parse(query.as_bytes())).ok(), Some(wanted));
        assert!(filter(&Posted::parse(b"state=odd")).is_err());
        assert!(filter(&Posted::parse(b"since=soon")).is_err());
        assert!(filter(&Posted::parse(b"batch=1")).is_err());
    }
}
