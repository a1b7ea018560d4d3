//! Charts, drawn on the server as SVG without a style of its own: classes only.

use std::time::Duration;

use jobs::inspect::Bucket;
use maud::{Markup, html};

use crate::{text::number, time};

const WIDE: f64 = 720.0;
const HIGH: f64 = 160.0;
const BOTTOM: f64 = 18.0;

/// Ends per span of time: well, failed, dropped, one upon the other.
pub(crate) fn ends(id: &str, title: &str, buckets: &[Bucket], form: &str) -> Markup {
    let total = |bucket: &Bucket| bucket.succeeded + bucket.failed + bucket.dropped;
    let most = buckets.iter().map(total).max().unwrap_or(0);
    let top = round_up(most);
    let sum: u64 = buckets.iter().map(total).sum();
    let failed: u64 = buckets.iter().map(|bucket| bucket.failed).sum();
    let label = format!(
        "{title}: {} ended, of these {} failed",
        number(sum),
        number(failed)
    );
    frame(
        id,
        &label,
        &number(top),
        buckets,
        form,
        html! {
            @for (at, bucket) in buckets.iter().enumerate() {
                @let (x, wide) = column(at, buckets.len());
                @let mut floor = HIGH;
                g {
                    title { (bucket.at.format("%Y-%m-%d %H:%M")) " UTC: " (number(bucket.succeeded)) " succeeded, "
                        (number(bucket.failed)) " failed, " (number(bucket.dropped)) " discarded or cancelled" }
                    rect.hit x=(round(x)) y="0" width=(round(wide)) height=(HIGH) {}
                    @for (class, count) in [("well", bucket.succeeded), ("failed", bucket.failed), ("dropped", bucket.dropped)] {
                        @let high = share(count, top) * HIGH;
                        @let y = { floor -= high; floor };
                        @if count > 0 {
                            rect class=(class) x=(round(x)) y=(round(y)) width=(round((wide - 1.0).max(0.8))) height=(round(high.max(1.0))) {}
                        }
                    }
                }
            }
        },
    )
}

/// The share of executions that failed, as a line from 0 to 100 %.
pub(crate) fn failures(id: &str, title: &str, buckets: &[Bucket], form: &str) -> Markup {
    let rate = |bucket: &Bucket| share(bucket.failed, bucket.succeeded + bucket.failed);
    let ran: u64 = buckets
        .iter()
        .map(|bucket| bucket.succeeded + bucket.failed)
        .sum();
    let failed: u64 = buckets.iter().map(|bucket| bucket.failed).sum();
    let label = format!(
        "{title}: {:.1} % of {}",
        share(failed, ran) * 100.0,
        number(ran)
    );
    let most = buckets.iter().map(rate).fold(0.0, f64::max);
    // A scale that shows a per cent as well as a hundred.
    let top = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0]
        .into_iter()
        .find(|top| most <= *top)
        .unwrap_or(1.0);
    let values: Vec<f64> = buckets.iter().map(|bucket| rate(bucket) / top).collect();
    frame(
        id,
        &label,
        &format!("{:.0} %", top * 100.0),
        buckets,
        form,
        line("failed", &values),
    )
}

/// How long an execution took on average.
pub(crate) fn durations(id: &str, title: &str, buckets: &[Bucket], form: &str) -> Markup {
    let mean = |last: &mut f64, bucket: &Bucket| {
        let ran = bucket.succeeded + bucket.failed + bucket.dropped;
        if ran > 0 {
            *last = bucket.ran.as_secs_f64() / ran as f64;
        }
        // Where nothing ran the line goes on: there was no duration of zero.
        Some(*last)
    };
    let values: Vec<f64> = buckets.iter().scan(0.0, mean).collect();
    let most = values.iter().copied().fold(0.0, f64::max);
    let top = if most > 0.0 { most } else { 1.0 };
    let scale = if most > 0.0 {
        time::span(Duration::from_secs_f64(most))
    } else {
        "–".to_owned()
    };
    let label = format!("{title}: at most {scale} on average");
    let values: Vec<f64> = values.iter().map(|value| value / top).collect();
    frame(id, &label, &scale, buckets, form, line("ran", &values))
}

fn frame(
    id: &str,
    label: &str,
    top: &str,
    buckets: &[Bucket],
    form: &str,
    inner: Markup,
) -> Markup {
    let first = buckets
        .first()
        .map(|bucket| bucket.at.format(form).to_string());
    let middle = buckets
        .get(buckets.len() / 2)
        .map(|bucket| bucket.at.format(form).to_string());
    html! {
        svg.chart id=(id) viewBox=(format!("-2 -14 {} {}", WIDE + 4.0, HIGH + BOTTOM + 14.0)) role="img" aria-label=(label) {
            line.grid x1="0" y1="0" x2=(WIDE) y2="0" {}
            line.grid x1="0" y1=(HIGH / 2.0) x2=(WIDE) y2=(HIGH / 2.0) {}
            line.axis x1="0" y1=(HIGH) x2=(WIDE) y2=(HIGH) {}
            (inner)
            text.scale x="0" y="-3" { (top) }
            @if let Some(first) = first { text.scale.below x="0" y=(HIGH + 14.0) { (first) } }
            @if let Some(middle) = middle { text.scale.below.middle x=(WIDE / 2.0) y=(HIGH + 14.0) { (middle) } }
            text.scale.below.end x=(WIDE) y=(HIGH + 14.0) { "now" }
        }
    }
}

fn line(class: &str, values: &[f64]) -> Markup {
    let step = WIDE / (values.len().max(2) - 1) as f64;
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            format!(
                "{},{}",
                round(at as f64 * step),
                round(HIGH - value.clamp(0.0, 1.0) * HIGH)
            )
        })
        .collect();
    let points = points.join(" ");
    html! {
        polygon class=(format!("area {class}")) points=(format!("0,{HIGH} {points} {WIDE},{HIGH}")) {}
        polyline class=(format!("line {class}")) points=(points) {}
    }
}

/// Where a column stands, and how wide it is.
fn column(at: usize, of: usize) -> (f64, f64) {
    let wide = WIDE / of.max(1) as f64;
    (at as f64 * wide, wide)
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The next of 1, 2, 5, 10, 20, 50…: the top of a scale.
fn round_up(most: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [1, 2, 5] {
            if step * unit >= most {
                return step * unit;
            }
        }
        unit = unit.saturating_mul(10);
        if unit > u64::MAX / 10 {
            return most;
        }
    }
}

/// A small bar that shows how full something is.
pub(crate) fn bar(part: u64, whole: u64, class: &str) -> Markup {
    let wide = round(share(part, whole).clamp(0.0, 1.0) * 100.0);
    html! {
        svg.bar viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
            rect.empty width="100" height="6" rx="3" {}
            rect class=(class) width=(wide) height="6" rx="3" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (most, top) in [
            (0, 1),
            (1, 1),
            (3, 5),
            (5, 5),
            (11, 20),
            (999, 1_000),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(round_up(most), top, "{most}");
        }
    }
}
