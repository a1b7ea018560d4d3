//! A scan for what keeps people out, by axe-core, where `jobs-web/axe.sh` has fetched it.

use std::{path::PathBuf, sync::Arc};

use serde_json::Value;

use crate::{
    chrome::{Driver, Look},
    site::Site,
};

/// The text of axe-core.
pub(crate) fn find() -> Option<String> {
    let file = std::env::var_os("AXE_CORE").map(PathBuf::from);
    let file = file.unwrap_or_else(|| crate::pictures().join("../axe/package/axe.min.js"));
    std::fs::read_to_string(file).ok()
}

pub(crate) async fn accessible(site: Arc<Site>, driver: Arc<Driver>, axe: String) {
    let mut all = Vec::new();
    for look in Look::ALL {
        let tab = driver.open(look, true).await;
        tab.go(&site.entry()).await;
        for (name, path) in site.pages().await {
            tab.go(&site.address(&path)).await;
            tab.script("for (const one of document.querySelectorAll('details')) one.open = true;")
                .await;
            tab.script(&axe).await;
            let run = "const done = arguments[arguments.length - 1];
                axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
                    .then((found) => done(found.violations.map((one) => [one.id, one.nodes.slice(0, 4).map((node) => [node.html.slice(0, 200), node.any.map((check) => check.message)])])),
                        (error) => done([String(error)]));";
            let found = tab
                .client
                .execute_async(run, Vec::new())
                .await
                .expect("scanned");
            if found.as_array().is_none_or(|found| !found.is_empty()) {
                all.push(format!("{name} {}: {}", look.name(), pretty(&found)));
            }
        }
        tab.close().await;
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

fn pretty(found: &Value) -> String {
    serde_json::to_string_pretty(found).unwrap_or_default()
}
