//! The arguments of the SQL function, made up: each call is refused in words, or its job can be read and claimed.

#![allow(unused_imports, reason = "the tests share their imports")]

use proptest::{
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::*;

type Arguments = (
    String,
    String,
    Option<String>,
    Option<String>,
    Option<i32>,
    Option<String>,
);

fn arguments() -> impl Strategy<Value = Arguments> {
    let corpus = include_str!("../../corpus/sql_names.txt");
    let corpus: Vec<String> = corpus.lines().map(str::to_owned).collect();
    let texts = || {
        prop_oneof![
            proptest::sample::select(corpus.clone()),
            "[a-zA-Z0-9 '\"{}$;_-]{0,130}",
            "\\PC{0,40}"
        ]
    };
    let json = prop_oneof![
        Just("{}".to_owned()),
        Just("[1]".to_owned()),
        Just("null".to_owned()),
        texts().prop_map(|text| serde_json::json!({ "text": text }).to_string()),
        texts(),
    ];
    let times = prop_oneof![
        Just("now".to_owned()),
        Just("infinity".to_owned()),
        Just("-infinity".to_owned()),
        Just("epoch".to_owned()),
        "[0-9]{1,5}-(0[1-9]|1[0-2])-[0-3][0-9]( BC)?",
    ];
    let priority = prop_oneof![any::<i32>(), -40_000..40_000_i32];
    let key = prop_oneof![Just("{}".to_owned()), texts()];
    (
        texts(),
        json,
        option::of(texts()),
        option::of(times),
        option::of(priority),
        option::of(key),
    )
}

pub(crate) async fn sql_arguments_of_any_kind_are_refused_or_can_be_read() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        kind(&storage).await;
        let pool = scope.pool().await;
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let made = arguments();
        let call = "SELECT {s}.jobs_enqueue($1, $2::jsonb, queue => $3, run_at => $4::timestamptz, \
            priority => $5, unique_key => $6)";
        let (mut stored, mut refused) = (Vec::new(), 0);
        for _ in 0..600 {
            let case = made.new_tree(&mut runner).unwrap().current();
            let (name, args, queue, run_at, priority, key) = case.clone();
            let answer: Result<Uuid, _> = sqlx::query_scalar(scope.sql(call))
                .bind(name)
                .bind(args)
                .bind(queue)
                .bind(run_at)
                .bind(priority)
                .bind(key)
                .fetch_one(&pool)
                .await;
            match answer {
                Ok(id) => stored.push((id, case)),
                Err(sqlx::Error::Database(error)) => {
                    // Data that cannot be taken, and nothing else.
                    let code = error.code().unwrap_or_default().into_owned();
                    assert!(code.starts_with("22"), "{case:?}: {code} {error}");
                    refused += 1;
                }
                Err(error) => panic!("{case:?}: {error}"),
            }
        }
        assert!(
            stored.len() > 30 && refused > 100,
            "{} {refused}",
            stored.len()
        );
        for (id, case) in &stored {
            let id: JobId = id.to_string().parse().unwrap();
            let row = storage
                .get(id)
                .await
                .unwrap_or_else(|error| panic!("{case:?}: {error}"));
            let row = row.unwrap_or_else(|| panic!("{case:?} is not there"));
            assert_eq!(row.name, case.0);
        }
        storage.promote(10_000, None).await.unwrap();
        pool.close().await;
        storage.close().await;
    })
    .await;
}
