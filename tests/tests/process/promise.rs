//! What an enqueue that answered has promised, whatever becomes of its process.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use jobs::JobId;
use jobs_tests::{
    place::{Place, until},
    tests,
};

tests!(killed_in_the_middle_of_group_commits_all_that_was_promised_is_there);

async fn killed_in_the_middle_of_group_commits_all_that_was_promised_is_there(place: Arc<Place>) {
    for round in 0..3 {
        let promises = place.folder().join(format!("promises {round}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_enqueue_process"))
            .arg(&place.url)
            .arg(&place.schema)
            .arg(&promises)
            .arg("64")
            .stdin(Stdio::null())
            .spawn()
            .expect("the process starts");
        let read = || std::fs::read_to_string(&promises).unwrap_or_default();
        let enough = 500 + round * 137;
        until("it has enqueued", || {
            std::future::ready(read().lines().count() >= enough)
        })
        .await;
        child.kill().expect("killed");
        child.wait().expect("it has ended");

        let jobs = place.connect().await;
        let text = read();
        // The last ones are those whose commits were under way.
        for line in text.lines().rev().take(200) {
            let id: JobId = line.parse().expect("an id");
            let record = jobs.get(id).await.expect("read");
            assert!(record.is_some(), "{id} was promised and is not there");
        }
    }
}
