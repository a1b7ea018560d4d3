//! Bars, drawn by hand: a panel for each workload and backend that has a rate.

use std::fmt::Write as _;

use super::text::number;
use crate::{
    contenders::{self, Kind},
    place::Backend,
    samples::Samples,
    workloads::Workload,
};

const WIDTH: f64 = 760.0;
const NAMES: f64 = 250.0;
const BARS: f64 = 400.0;
const ROW: f64 = 22.0;

/// W1, W2, W3 and W6 as bars.
pub fn throughput(samples: &Samples) -> String {
    let mut body = String::new();
    let mut y = 34.0;
    for workload in [Workload::W1, Workload::W2, Workload::W3, Workload::W6] {
        for backend in Backend::ALL {
            panel(&mut body, &mut y, samples, workload, backend);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" height=\"{y}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"22\" font-size=\"15\" font-weight=\"600\" fill=\"#1f2328\">Jobs per second, medians of one \
         run; longer is better</text>\n{body}</svg>\n"
    )
}

fn panel(out: &mut String, y: &mut f64, samples: &Samples, workload: Workload, backend: Backend) {
    let mut bars = Vec::new();
    for contender in contenders::all() {
        let entry = samples.find(workload, backend, contender.name);
        if contender.backend == backend
            && let Some(rate) = entry.and_then(|entry| entry.medians().get("per_s").copied())
        {
            bars.push((contender.name, contender.kind, rate));
        }
    }
    let most = bars.iter().map(|(_, _, rate)| *rate).fold(0.0, f64::max);
    if bars.is_empty() || most <= 0.0 {
        return;
    }
    *y += 26.0;
    let title = format!("{workload:?} on {}: {}", backend.name(), workload.title());
    let _ = writeln!(
        out,
        "<text x=\"16\" y=\"{y}\" font-weight=\"600\" fill=\"#1f2328\">{}</text>",
        escaped(&title)
    );
    *y += 8.0;
    for (name, kind, rate) in bars {
        let color = match kind {
            Kind::Jobs => "#0b6bcb",
            Kind::Limit => "#9aa4b2",
            Kind::Peer => "#d9a441",
        };
        let (length, middle) = (rate / most * BARS, *y + ROW / 2.0 + 4.5);
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\" fill=\"#3b434d\">{}</text>\
             <rect x=\"{NAMES}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\" rx=\"2\" fill=\"{color}\"/>\
             <text x=\"{:.1}\" y=\"{middle}\" fill=\"#3b434d\">{}</text>",
            NAMES - 8.0,
            escaped(name),
            *y + 3.0,
            ROW - 6.0,
            NAMES + length + 6.0,
            number(rate),
        );
        *y += ROW;
    }
    *y += 6.0;
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
