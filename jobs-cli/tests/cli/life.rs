//! What operators do every day.

use std::{sync::Arc, time::Duration};

use jobs::{State, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::{jobs as run, json};

tests!(
    jobs_are_listed_shown_and_changed,
    queues_and_workers_are_steered,
    tasks_are_steered,
    many_are_changed_at_once,
);

#[job(redact(card), tags("money"))]
async fn cli_pay(card: String, cents: i64) {
    let _ = (card, cents);
}

#[job(cron = "0 2 * * *", description = "tidies up")]
async fn cli_tidy() {}

async fn jobs_are_listed_shown_and_changed(place: Arc<Place>) {
    let jobs = place.connect().await;
    let job = CliPay::perform_later("4242", 7)
        .wait(Duration::from_secs(3_600))
        .on(&jobs)
        .await
        .expect("enqueued");
    let id = job.id().to_string();
    let listed = json(
        &place,
        &["list", "--state", "scheduled", "--name", "CliPay"],
    )
    .await;
    assert_eq!(listed["jobs"][0]["id"], id.as_str());
    assert_eq!(listed["jobs"][0]["args"]["card"], "[redacted]");
    assert!(json(&place, &["list", "--args", "4242"]).await["jobs"][0].is_null());
    let table = run(&place, &["list"]).await;
    assert!(
        table.out.contains("CliPay") && !table.out.contains("4242"),
        "{}",
        table.out
    );
    let shown = run(&place, &["show", &id]).await;
    assert!(
        shown.out.contains("[redacted]") && shown.out.contains("money"),
        "{}",
        shown.out
    );
    let why = json(&place, &["why", &id]).await;
    assert_eq!(why["reasons"][0]["reason"], "scheduled");
    assert_eq!(
        run(
            &place,
            &["edit", &id, "{\"card\":\"[redacted]\",\"cents\":8}"]
        )
        .await
        .code,
        0
    );
    let stored = jobs
        .get(job.id())
        .await
        .expect("read")
        .expect("a record")
        .args;
    assert_eq!(stored, serde_json::json!({ "card": "4242", "cents": 8 }));
    assert_eq!(run(&place, &["retry", &id]).await.code, 0);
    assert_eq!(job.state().await.expect("looked"), State::Ready);
    let refused = run(&place, &["delete", &id]).await;
    assert_eq!((refused.code, &*refused.out), (4, ""), "{}", refused.err);
    assert_eq!(run(&place, &["cancel", &id]).await.code, 0);
    let refused = run(&place, &["--json", "retry", &id]).await;
    let said: serde_json::Value = serde_json::from_str(&refused.err).expect("JSON");
    assert_eq!((refused.code, &said["code"]), (4, &serde_json::json!(4)));
    assert_eq!(run(&place, &["delete", &id]).await.code, 0);
    for command in [
        "show",
        "why",
        "retry",
        "cancel",
        "discard",
        "delete",
        "run-again",
    ] {
        assert_eq!(run(&place, &[command, &id]).await.code, 3, "{command}");
    }
    let id = json(
        &place,
        &[
            "enqueue",
            "CliPay",
            "{\"card\":\"1\",\"cents\":2}",
            "--tag",
            "x",
        ],
    )
    .await;
    let id = id["id"].as_str().expect("an id").to_owned();
    let copy = json(&place, &["run-again", &id]).await;
    assert_ne!(copy["id"], id.as_str());
    let shown = json(&place, &["show", &id]).await;
    assert_eq!(shown["tags"], serde_json::json!(["money", "x"]));
    assert_eq!(run(&place, &["enqueue", "Nobody"]).await.code, 4);
    assert_eq!(run(&place, &["enqueue", "CliPay", "{"]).await.code, 2);
    let status = json(&place, &["status"]).await;
    assert_eq!(status["states"]["ready"]["count"], 2);
    assert!(run(&place, &["status"]).await.out.contains("ready      2"));
    let done = json(&place, &["audit"]).await;
    let done: Vec<_> = done.as_array().expect("a list").iter().rev().collect();
    let actions: Vec<_> = done
        .iter()
        .map(|entry| entry["action"].as_str().expect("text"))
        .collect();
    assert_eq!(
        actions,
        ["edit", "retry", "cancel", "delete", "enqueue", "run again"]
    );
    assert!(done.iter().all(|entry| entry["actor"] == "cli:ann"));
}

async fn queues_and_workers_are_steered(place: Arc<Place>) {
    let jobs = place.connect().await;
    assert_eq!(run(&place, &["pause", "idle"]).await.code, 0);
    assert_eq!(run(&place, &["pause", "nobody"]).await.code, 3);
    let queues = json(&place, &["queues"]).await;
    let idle = queues
        .as_array()
        .expect("a list")
        .iter()
        .find(|queue| queue["name"] == "idle");
    assert_eq!(idle.expect("a queue")["paused_by"], "cli:ann");
    assert_eq!(run(&place, &["resume", "idle"]).await.code, 0);
    let job = CliPay::perform_later("1", 1)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(json(&place, &["clear", "default"]).await["cancelled"], 1);
    assert_eq!(job.state().await.expect("looked"), State::Cancelled);
    let worker = jobs.worker().start().await.expect("started");
    let workers = json(&place, &["workers"]).await;
    let seen = &workers[0]["worker"];
    assert_eq!(
        (&seen["state"], &seen["pid"]),
        (&"running".into(), &std::process::id().into())
    );
    let id = seen["id"].as_str().expect("an id").to_owned();
    assert_eq!(run(&place, &["workers", "quiet", &id]).await.code, 0);
    let table = run(&place, &["workers"]).await;
    assert!(
        table.out.contains("quiet") && table.out.contains(&id),
        "{}",
        table.out
    );
    assert_eq!(run(&place, &["workers", "resume", &id]).await.code, 0);
    assert_eq!(run(&place, &["workers", "stop", &id]).await.code, 0);
    until("it has stopped", async || {
        json(&place, &["workers"]).await[0]["worker"]["state"] == "stopped"
    })
    .await;
    assert_eq!(run(&place, &["workers", "quiet", &id]).await.code, 3);
    worker.stop().await.expect("stopped");
}

async fn tasks_are_steered(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let tasks = json(&place, &["cron", "list"]).await;
    let task = tasks
        .as_array()
        .expect("a list")
        .iter()
        .find(|task| task["job"] == "CliTidy");
    let name = task.expect("a task")["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    assert_eq!(run(&place, &["cron", "pause", &name]).await.code, 0);
    assert!(run(&place, &["cron"]).await.out.contains("paused"));
    assert_eq!(run(&place, &["cron", "resume", &name]).await.code, 0);
    let id = json(&place, &["cron", "run", &name]).await["id"].clone();
    let id: jobs::JobId = id.as_str().expect("an id").parse().expect("an id");
    jobs.handle::<CliTidy>(id).result().await.expect("it ran");
    for action in ["run", "pause", "resume"] {
        assert_eq!(
            run(&place, &["cron", action, "nobody"]).await.code,
            3,
            "{action}"
        );
    }
    worker.stop().await.expect("stopped");
}

async fn many_are_changed_at_once(place: Arc<Place>) {
    let jobs = place.connect().await;
    for cents in 0..5 {
        let job = CliPay::perform_later("1", cents).wait(Duration::from_secs(3_600));
        job.on(&jobs).await.expect("enqueued");
    }
    assert_eq!(run(&place, &["retry"]).await.code, 2);
    // Without a terminal nobody is asked.
    let report = json(&place, &["cancel", "--all", "--args", "\"cents\":3"]).await;
    assert_eq!(report["done"], 1);
    let report = json(&place, &["retry", "--all", "--yes"]).await;
    assert_eq!(
        (&report["done"], &report["refused"]),
        (&4.into(), &0.into())
    );
    let report = json(&place, &["discard", "--all", "--name", "CliPay"]).await;
    assert_eq!(report["done"], 4);
    let page = json(&place, &["list", "--limit", "2"]).await;
    let next = page["next"].as_str().expect("more").to_owned();
    let rest = json(&place, &["list", "--from", &next]).await;
    assert_eq!(rest["jobs"].as_array().expect("a list").len(), 3);
}
