//! `declare` and `kind_names`.

use std::sync::Arc;

use jobs::storage::{Declarations, KindDecl};
use jobs_tests::{Database, cases, make::*};

cases!(ids_are_stable, new_defaults_are_taken, at_the_same_time);

async fn ids_are_stable(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let first = declare(&*storage, &["b", "a"]).await;
    let second = declare(&*storage, &["a", "c", "b", "a"]).await;
    assert_eq!(
        [second[0], second[2], second[3]],
        [first[1], first[0], first[1]]
    );
    let other = database.open().await;
    let mut names = other.kind_names().await.expect("read");
    names.sort();
    let mut expected = [(first[0], "b"), (first[1], "a"), (second[1], "c")]
        .map(|(id, name)| (id, name.to_owned()))
        .to_vec();
    expected.sort();
    assert_eq!(names, expected);
}

async fn new_defaults_are_taken(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let before = declare(&*storage, &["a"]).await;
    let changed = KindDecl {
        queue: "other".to_owned(),
        priority: -4,
        version: 3,
        tags: vec!["t".to_owned()],
        ..kind("a")
    };
    let declarations = Declarations {
        kinds: vec![changed],
        queues: Vec::new(),
    };
    for _ in 0..2 {
        let after = storage
            .declare(declarations.clone())
            .await
            .expect("declared");
        assert_eq!(after, before);
    }
    assert!(
        storage
            .declare(Declarations::default())
            .await
            .expect("declared")
            .is_empty()
    );
}

async fn at_the_same_time(database: Arc<dyn Database>) {
    let tasks: Vec<_> = [database.open().await, database.open().await]
        .into_iter()
        .cycle()
        .take(8)
        .map(|storage| tokio::spawn(async move { declare(&*storage, &["x", "y", "z"]).await }))
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.expect("no panic"));
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}
