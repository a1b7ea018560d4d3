//! docs/telemetry.md, the dashboard and the alerts use the metrics that the code has, all of them and no others.

use std::{collections::BTreeSet, fs, path::Path};

use jobs::telemetry::{METRICS, Metric, MetricKind};

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What begins like a metric of ours.
fn named(text: &str) -> BTreeSet<&str> {
    text.split(|mark: char| !(mark.is_ascii_alphanumeric() || mark == '_'))
        .filter(|word| word.starts_with("jobs_") && *word != "jobs_web" && *word != "jobs_enqueue")
        .collect()
}

/// The names under which Prometheus has a metric.
fn series(metric: &Metric) -> Vec<String> {
    match metric.kind {
        MetricKind::Histogram => ["bucket", "sum", "count"]
            .map(|part| format!("{}_{part}", metric.name))
            .to_vec(),
        _ => vec![metric.name.to_owned()],
    }
}

#[test]
fn the_page_lists_every_metric_as_it_is() {
    let page = read("telemetry.md");
    for metric in METRICS {
        let labels: Vec<_> = metric
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        let row = format!(
            "| `{}` | {} | {} | {} | {} |",
            metric.name,
            format!("{:?}", metric.kind).to_lowercase(),
            metric.unit,
            labels.join(", "),
            metric.help
        );
        assert!(page.contains(&row), "docs/telemetry.md lacks\n{row}");
    }
    let known: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(named(&page), known, "docs/telemetry.md");
}

#[test]
fn names_say_unit_and_kind() {
    for metric in METRICS {
        let ends = match (metric.kind, metric.unit) {
            (MetricKind::Counter, _) => "_total",
            (_, "seconds") => "_seconds",
            (_, "bytes") => "_bytes",
            _ => "",
        };
        assert!(
            metric.name.starts_with("jobs_") && metric.name.ends_with(ends),
            "{}",
            metric.name
        );
    }
}

#[test]
fn dashboard_and_alerts_ask_for_what_there_is() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&read("monitoring/grafana.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let asked: Vec<&str> = targets
        .map(|target| target["expr"].as_str().expect("a query"))
        .collect();
    let asked = asked.join("\n");
    let alerts = read("monitoring/alerts.yml");
    let rules: Vec<&str> = alerts
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    let rules = rules.join("\n");
    let known: BTreeSet<String> = METRICS.iter().flat_map(series).collect();
    for (file, text) in [("grafana.json", &asked), ("alerts.yml", &rules)] {
        let unknown: Vec<_> = named(text)
            .into_iter()
            .filter(|name| !known.contains(*name))
            .collect();
        assert!(
            unknown.is_empty(),
            "{file} asks for {unknown:?}, which nothing records"
        );
    }
    for metric in METRICS {
        let shown = named(&asked)
            .into_iter()
            .any(|name| name.starts_with(metric.name));
        assert!(shown, "the dashboard does not show {}", metric.name);
    }
}
