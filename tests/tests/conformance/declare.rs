//! `declare` and `kind_names`.

use std::sync::Arc;

use jobs::storage::{Declarations, KindDecl, inspect::Argument};
use jobs_tests::{Database, cases, make::*};

cases!(
    ids_are_stable,
    new_defaults_are_taken,
    arguments_are_kept,
    at_the_same_time,
);

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

async fn arguments_are_kept(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for names in [&["n", "two\"\u{202e}"][..], &["n"], &[]] {
        let argument = |name: &&str| Argument {
            name: (*name).to_owned(),
            type_name: "Option<u8>".to_owned(),
            required: *name == "n",
        };
        let args: Vec<_> = names.iter().map(argument).collect();
        let declarations = Declarations {
            kinds: vec![KindDecl {
                args: args.clone(),
                ..kind("a")
            }],
            queues: Vec::new(),
        };
        storage.declare(declarations).await.expect("declared");
        let kinds = storage.kinds().await.expect("read");
        assert_eq!(kinds[0].args, Some(args));
    }
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
