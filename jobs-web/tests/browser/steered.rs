//! What people see and do.

use std::{sync::Arc, time::Duration};

use jobs::State;

use crate::{
    chrome::{Driver, Look, Tab},
    site::Site,
};

pub(crate) async fn every_page(site: Arc<Site>, driver: Arc<Driver>, look: Look) {
    let tab = driver.open(look, true).await;
    tab.go(&site.entry()).await;
    for (name, path) in site.pages().await {
        tab.go(&site.address(&path)).await;
        tab.picture(&format!("{name}-{}", look.name())).await;
        let over = tab.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert!(
            over.as_f64().expect("a number") <= 0.0,
            "{name} is {over} too wide"
        );
        assert_console(&tab, name).await;
    }
    if look == Look::Light {
        // A worker that was killed is seen as lost.
        tab.go(&site.address("/workers")).await;
        tab.says("lost").await;
    }
    tab.close().await;
}

async fn assert_console(tab: &Tab, name: &str) {
    let errors: Vec<_> = tab.errors().await;
    // That a page is missing is told as an error, too.
    let errors: Vec<_> = errors
        .into_iter()
        .filter(|error| !(name == "missing" && error.contains("404")))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:?}");
}

pub(crate) async fn without_javascript(site: Arc<Site>, driver: Arc<Driver>) {
    let tab = driver.open(Look::Light, false).await;
    tab.go(&site.entry()).await;
    // Queues.
    tab.go(&site.address("/queues")).await;
    tab.press("Resume").await;
    tab.says("goes on.").await;
    // One job: dead, edited, run again.
    tab.go(&site.address("/dead")).await;
    tab.click("article.group h2 a").await;
    tab.click("ul.ids a").await;
    tab.says("Attempts").await;
    tab.press("Edit").await;
    tab.press("Save").await;
    tab.says("Its arguments were changed.").await;
    tab.press("Run again").await;
    tab.says("This is the new copy.").await;
    // Many jobs, with a question.
    tab.go(&site.address("/jobs?state=scheduled")).await;
    for nth in [1, 2] {
        tab.click(&format!("tbody tr:nth-child({nth}) input[name=id]"))
            .await;
    }
    tab.press("Cancel…").await;
    tab.says("Cancel: 2 jobs?").await;
    tab.press("Yes: Cancel").await;
    tab.says("Done to 2 jobs.").await;
    // By hand.
    tab.go(&site.address("/enqueue?name=ImportOrders")).await;
    tab.press("Enqueue").await;
    tab.press("Enqueue").await;
    tab.go(&site.address("/enqueue?name=ImportOrders")).await;
    tab.click(".editor form button").await;
    tab.says("It was enqueued.").await;
    tab.press("Cancel…").await;
    tab.click(".question button").await;
    tab.says("It was cancelled.").await;
    // Recurring tasks and workers.
    tab.go(&site.address("/recurring")).await;
    tab.press("Pause").await;
    tab.says("is paused.").await;
    tab.press("Run now").await;
    tab.says("was enqueued.").await;
    tab.go(&site.address("/workers")).await;
    tab.press("Quiet").await;
    tab.says("It takes no more jobs").await;
    tab.go(&site.address("/audit")).await;
    tab.says("web:ops").await;
    for word in ["quiet worker", "pause task", "cancel many", "edit"] {
        assert!(tab.text().await.contains(word), "{word}");
    }
    tab.picture("audit-filled").await;
    tab.close().await;
}

pub(crate) async fn live_and_by_keys(site: Arc<Site>, driver: Arc<Driver>) {
    let tab = driver.open(Look::Light, true).await;
    tab.go(&site.entry()).await;
    tab.go(&site.address("/jobs?queue=imports&state=ready"))
        .await;
    tab.find(".live:not([hidden])").await;
    // A job that comes is seen without a reload.
    tab.script("window.kept = true").await;
    let late = dashboard::ImportOrders::perform_later("the-late-one.csv")
        .on(&site.jobs)
        .await
        .expect("enqueued");
    tab.says("the-late-one.csv").await;
    assert_eq!(tab.script("return window.kept === true").await, true);
    // Rows by keys, all at once by a box.
    tab.script("document.activeElement.blur()").await;
    keys(&tab, "jx").await;
    assert_eq!(
        tab.script("return document.querySelectorAll('input[name=id]:checked').length")
            .await,
        1
    );
    tab.click("[data-all]").await;
    let selected = tab
        .script("return document.querySelectorAll('input[name=id]:checked').length")
        .await;
    assert!(selected.as_u64().expect("a number") > 10, "{selected}");
    tab.press("Cancel…").await;
    tab.press("Yes: Cancel").await;
    tab.says("Done to").await;
    assert_eq!(late.state().await.expect("known"), State::Cancelled);
    // Places by keys, and the help.
    tab.script("document.activeElement.blur()").await;
    keys(&tab, "gq").await;
    tab.says("Oldest waits").await;
    keys(&tab, "?").await;
    tab.find("dialog[open]").await;
    tab.press("Close").await;
    keys(&tab, "/").await;
    tab.find(".search").await;
    assert_console(&tab, "keys").await;
    tab.close().await;
}

async fn keys(tab: &Tab, keys: &str) {
    for key in keys.chars() {
        tab.find("body")
            .await
            .send_keys(&key.to_string())
            .await
            .expect("typed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
