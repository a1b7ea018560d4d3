//! Times and spans for people.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use maud::{Markup, html};

/// A time as it is, and how long ago or ahead it is in its title.
pub(crate) fn exact(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time datetime=(machine(at)) title=(relative(at, now)) { (at.format("%Y-%m-%d %H:%M:%S")) } }
}

/// How long ago or ahead a time is, and the time itself in its title.
pub(crate) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time datetime=(machine(at)) title=(at.format("%Y-%m-%d %H:%M:%S UTC")) { (relative(at, now)) } }
}

fn machine(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (now - at).to_std() {
        Ok(passed) if passed < Duration::from_secs(1) => "just now".to_owned(),
        Ok(passed) => format!("{} ago", coarse(passed)),
        Err(_) => format!("in {}", coarse((at - now).to_std().unwrap_or_default())),
    }
}

/// A span by its largest unit.
pub(crate) fn coarse(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A span as it was measured.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    if span.is_zero() {
        "0".to_owned()
    } else if seconds < 1.0 {
        format!("{:.0} ms", (seconds * 1_000.0).max(1.0))
    } else if seconds < 120.0 {
        format!("{seconds:.1} s")
    } else {
        coarse(span)
    }
}

/// What a field for a time holds: RFC 3339, or a date with or without a time of day, in UTC.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    for form in ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return Some(at.and_utc());
        }
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// As a field for a time holds it.
pub(crate) fn field(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_browsers_send_them() {
        for text in [
            "2026-01-02T03:04",
            "2026-01-02T03:04:00",
            "2026-01-02T04:04:00+01:00",
        ] {
            assert_eq!(
                parse(text).map(field).as_deref(),
                Some("2026-01-02T03:04"),
                "{text}"
            );
        }
        assert_eq!(
            parse("2026-01-02").map(field).as_deref(),
            Some("2026-01-02T00:00")
        );
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn spans_have_one_unit() {
        assert_eq!(span(Duration::from_micros(40)), "1 ms");
        assert_eq!(span(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(coarse(Duration::from_secs(7_300)), "2 h");
        let now = DateTime::UNIX_EPOCH + Duration::from_secs(100);
        assert_eq!(relative(now - Duration::from_secs(61), now), "1 min ago");
        assert_eq!(relative(now + Duration::from_secs(5), now), "in 5 s");
    }
}
