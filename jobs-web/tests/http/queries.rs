//! Addresses that are damaged: each is answered, and none with an error of ours.

use std::sync::Arc;

use jobs_tests::{place::Place, tests};

use super::client::Client;

tests!(damaged_addresses_are_answered);

/// What was found goes into `tests/corpus/queries.txt`.
const CORPUS: &str = include_str!("../../../tests/corpus/queries.txt");

/// One letter removed, doubled, or exchanged for one that means something in an address.
fn damaged(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    // The path's first letters name the page.
    let places = (2..letters.len()).step_by(3);
    places
        .flat_map(|at| {
            let (before, after) = (&letters[..at], &letters[at + 1..]);
            let other = ['&', '=', '%', '+', '9', '?'][at % 6];
            [vec![], vec![letters[at]; 2], vec![other]].map(|middle| {
                let parts = [before, &middle, after];
                parts.into_iter().flatten().collect()
            })
        })
        .collect()
}

async fn damaged_addresses_are_answered(place: Arc<Place>) {
    let client = Client::new(&place.connect().await);
    let texts = CORPUS.lines().flat_map(|line| {
        let mut all = damaged(line);
        all.push(line.to_owned());
        all
    });
    for text in texts.filter(|text| text.parse::<axum::http::Uri>().is_ok()) {
        let status = client.get(&text).await.status.as_u16();
        assert!((200..500).contains(&status), "{text}: {status}");
    }
}
