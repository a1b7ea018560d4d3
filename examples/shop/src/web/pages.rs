//! What is looked at.

use axum::{extract::State, response::Html};
use jobs::sqlx;
use maud::{Markup, html};

use super::{Failed, layout::page};
use crate::store::{Store, transaction};

type Page = Result<Html<String>, Failed>;

fn euros(cents: i64) -> String {
    format!("{}.{:02} EUR", cents / 100, cents % 100)
}

fn state(word: &str) -> Markup {
    html! { span class={ "state " (word) } { (word) } }
}

/// Sign-up and orders. Nothing here loads itself anew, so that nobody loses what is half typed.
pub(super) async fn front() -> Html<String> {
    let body = html! {
        section.forms {
            form method="post" action="/sign-up" {
                h2 { "Sign up" }
                label { "Mail address" input type="email" name="email" required placeholder="ann@example.com"; }
                button { "Sign up" }
            }
            form method="post" action="/order" {
                h2 { "Order" }
                label { "What" select name="item" { option { "Tea" } option { "Coffee" } option { "Cocoa" } } }
                label { "Card" select name="card" { option value="4242" { "4242 (good)" } option value="0000" { "0000 (refused)" } } }
                label { "How many orders" input type="number" name="count" value="5" min="1" max="100"; }
                button { "Buy" }
            }
        }
    };
    page("Shop", false, &body)
}

/// What became of the last orders and sign-ups.
pub(super) async fn orders(State(store): State<Store>) -> Page {
    const USERS: &str = "SELECT email, welcomed FROM shop_users ORDER BY id DESC LIMIT 10";
    const ORDERS: &str =
        "SELECT id, item, cents, receipt FROM shop_orders ORDER BY id DESC LIMIT 25";
    let (users, orders) = transaction!(store, |tx| {
        let users: Vec<(String, i64)> = sqlx::query_as(USERS).fetch_all(&mut **tx).await?;
        let orders: Vec<(i64, String, i64, Option<String>)> =
            sqlx::query_as(ORDERS).fetch_all(&mut **tx).await?;
        (users, orders)
    });
    let dead = unpaid(&store).await?;
    let open = |id: &i64, receipt: &Option<String>| receipt.is_none() && !dead.contains(id);
    let goes_on = orders.iter().any(|(id, _, _, receipt)| open(id, receipt))
        || users.iter().any(|user| user.1 == 0);
    let body = html! {
        h2 { "Newest orders" }
        table {
            thead { tr { th { "Order" } th { "What" } th { "Price" } th { "State" } th { "Receipt" } } }
            tbody { @for (id, item, cents, receipt) in &orders {
                tr {
                    td { "#" (id) } td { (item) } td { (euros(*cents)) }
                    td { (state(if receipt.is_some() { "paid" } else if dead.contains(id) { "dead" } else { "waiting" })) }
                    td { code { (receipt.as_deref().unwrap_or("–")) } }
                }
            } }
        }
        @if orders.is_empty() { p.empty { "Nobody has ordered yet." } }
        h2 { "Newest users" }
        ul { @for (email, welcomed) in &users { li { (email) " " (state(if *welcomed == 1 { "welcomed" } else { "waiting" })) } } }
        @if users.is_empty() { p.empty { "Nobody has signed up yet." } }
    };
    Ok(page("Orders", goes_on, &body))
}

/// The orders whose payment is a dead letter.
async fn unpaid(store: &Store) -> jobs::Result<Vec<i64>> {
    let letters = store
        .jobs()
        .dead_letters()
        .of::<crate::payments::Pay>()
        .unresolved()
        .list()
        .await?;
    Ok(letters
        .iter()
        .filter_map(|letter| letter.args["order_id"].as_i64())
        .collect())
}

/// Uploads and their progress.
pub(super) async fn imports(State(store): State<Store>) -> Page {
    const ALL: &str = "SELECT file, total, done, ended FROM shop_imports ORDER BY id DESC LIMIT 25";
    let all: Vec<(String, i64, i64, Option<String>)> =
        transaction!(store, |tx| sqlx::query_as(ALL).fetch_all(&mut **tx).await?);
    let goes_on = all.iter().any(|(.., ended)| ended.is_none());
    let body = html! {
        form method="post" enctype="multipart/form-data" {
            label { "A CSV file with the columns name,cents" input type="file" name="file" accept=".csv,text/csv" required; }
            button { "Import" }
        }
        table {
            thead { tr { th { "File" } th { "Progress" } th { "Lines" } th { "State" } } }
            tbody { @for (file, total, done, ended) in &all {
                tr {
                    td { (file) }
                    td { progress max=(total) value=(done) aria-label={ "Progress of " (file) } {} }
                    td { (done) " of " (total) }
                    td { (state(ended.as_deref().unwrap_or("running"))) }
                }
            } }
        }
        @if all.is_empty() { p.empty { "Nothing was imported yet." } }
    };
    Ok(page("Imports", goes_on, &body))
}

/// Reports, and the figures of the nights.
pub(super) async fn reports(State(store): State<Store>) -> Page {
    const REPORTS: &str = "SELECT day, body FROM shop_reports ORDER BY day DESC LIMIT 25";
    const METRICS: &str =
        "SELECT day, users, orders, cents FROM shop_metrics ORDER BY day DESC LIMIT 25";
    let (reports, nights) = transaction!(store, |tx| {
        let reports: Vec<(String, String)> = sqlx::query_as(REPORTS).fetch_all(&mut **tx).await?;
        let nights: Vec<(String, i64, i64, i64)> =
            sqlx::query_as(METRICS).fetch_all(&mut **tx).await?;
        (reports, nights)
    });
    let body = html! {
        form method="post" { button { "Make today's report" } }
        ul { @for (day, body) in &reports { li { b { (day) } " " (body) } } }
        @if reports.is_empty() { p.empty { "No report was made yet; load the page again after you have asked for one." } }
        h2 { "Every night" }
        table {
            thead { tr { th { "Day" } th { "Users" } th { "Paid orders" } th { "Money" } } }
            tbody { @for (day, users, orders, cents) in &nights {
                tr { td { (day) } td { (users) } td { (orders) } td { (euros(*cents)) } }
            } }
        }
    };
    Ok(page("Reports", false, &body))
}

/// What failed for good, and a way to try it again.
pub(super) async fn dead(State(store): State<Store>) -> Page {
    let letters = store.jobs().dead_letters().unresolved().list().await?;
    let body = html! {
        table {
            thead { tr { th { "Job" } th { "Arguments" } th { "Why" } th { "Attempts" } th {} } }
            tbody { @for letter in &letters {
                tr {
                    td { (letter.name) } td { code { (letter.args.to_string()) } } td { (letter.error.message()) } td { (letter.attempts.len()) }
                    td { form method="post" action="/dead/retry" {
                        input type="hidden" name="id" value=(letter.id.to_string());
                        button { "Try again" }
                    } }
                }
            } }
        }
        @if letters.is_empty() { p.empty { "Nothing has failed for good." } }
    };
    Ok(page("Dead letters", false, &body))
}
