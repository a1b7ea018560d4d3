//! Values come back from storage as they went in, or are refused on the way there.

use std::sync::Arc;

use jobs::{Error, job};
use jobs_tests::{place::Place, tests};

tests!(
    numbers_come_back_to_the_last_bit,
    what_is_nested_too_deep_is_refused
);

#[job]
async fn same_numbers(numbers: Vec<f64>) -> Vec<f64> {
    numbers
}

async fn numbers_come_back_to_the_last_bit(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let hard = [
        123_456_789.123_456_79,
        0.1,
        5e-324,
        f64::MAX,
        1.0 / 3.0,
        51.248_177_1e17,
    ];
    let numbers: Vec<f64> = (1..2_000)
        .map(|n| f64::from(n).sqrt() * 1e9)
        .chain(hard)
        .collect();
    let job = jobs
        .enqueue(SameNumbers {
            numbers: numbers.clone(),
        })
        .await;
    let back = job.expect("enqueued").result().await.expect("it ran");
    assert!(
        back.iter()
            .zip(&numbers)
            .all(|(back, sent)| back.to_bits() == sent.to_bits())
    );
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn wraps(value: serde_json::Value, levels: usize) -> serde_json::Value {
    nested(value, levels)
}

fn nested(value: serde_json::Value, levels: usize) -> serde_json::Value {
    (0..levels).fold(value, |value, _| serde_json::json!([value]))
}

async fn what_is_nested_too_deep_is_refused(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let wraps = |depth: usize, levels: usize| {
        jobs.enqueue(Wraps {
            value: nested("[".into(), depth),
            levels,
        })
    };
    let fits = wraps(126, 0).await.expect("it can be read again");
    assert_eq!(
        fits.result().await.expect("it ran"),
        nested("[".into(), 126)
    );
    let record = jobs.get(fits.id()).await.expect("read").expect("a record");
    assert_eq!(record.args["value"], nested("[".into(), 126));
    for refused in [
        wraps(127, 0).await.map(drop),
        wraps(127, 0).to_sql().map(drop),
    ] {
        let error = refused.expect_err("nobody could read it");
        assert!(
            matches!(
                &error,
                Error::Encode {
                    argument: "value",
                    ..
                }
            ),
            "{error}"
        );
    }
    let output = wraps(126, 1)
        .await
        .expect("the arguments fit")
        .result()
        .await;
    let error = output.expect_err("its output does not");
    assert!(
        matches!(&error, Error::JobDead { error, .. } if error.message().contains("levels deep")),
        "{error}"
    );
    worker.stop().await.expect("stopped");
}
