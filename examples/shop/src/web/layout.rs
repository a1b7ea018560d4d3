//! What all pages have in common.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

/// A whole page. One on which something goes on loads itself anew.
pub(super) fn page(title: &str, goes_on: bool, body: &Markup) -> Html<String> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if goes_on { meta http-equiv="refresh" content="1"; }
                title { (title) " · Shop" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                header {
                    b { "The shop" }
                    nav {
                        @for (path, name) in [("/", "Shop"), ("/orders", "Orders"), ("/imports", "Imports"), ("/reports", "Reports"), ("/dead", "Dead letters"), ("/admin/jobs", "Dashboard")] {
                            a href=(path) aria-current=[(name == title).then_some("page")] { (name) }
                        }
                    }
                }
                main { h1 { (title) } (body) }
            }
        }
    };
    Html(markup.into_string())
}
