//! Counts of executions, what was done by hand, and what else is read for people.

use std::sync::Arc;

use jobs::{
    JobId, State,
    storage::{
        Declarations, KindDecl, Next,
        inspect::{Argument, AuditNote, Outcome, Span, StatCount},
    },
};
use jobs_tests::{Database, cases, make::*};

use super::NASTY;

cases!(
    counts_add_up_by_minute_and_hour,
    what_was_done_is_listed_and_goes,
    heads_of_letters,
    health_is_seen,
    arguments_are_kept,
    rows_are_read_together,
);

const DAYS: i64 = 86_400;

async fn counts_add_up_by_minute_and_hour(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["one", "two"]).await;
    let of = |kind, outcome, count| StatCount {
        kind,
        outcome,
        count,
        micros: count * 10,
    };
    let add = async |counts: Vec<StatCount>, seconds| {
        storage
            .add_stats(counts, now(seconds))
            .await
            .expect("added");
    };
    // Second 0 of the tests' time is 40 s into a minute.
    add(
        vec![
            of(kinds[0], Outcome::Succeeded, 5),
            of(kinds[1], Outcome::Dead, 1),
        ],
        0,
    )
    .await;
    add(vec![of(kinds[0], Outcome::Succeeded, 2)], 1).await;
    add(vec![of(kinds[0], Outcome::Succeeded, 7)], 60).await;
    let read = async |span, since, kind| {
        let rows = storage.stats(span, at(since), kind).await.expect("read");
        rows.iter()
            .map(|row| (row.outcome, row.count, row.micros))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        read(Span::Minute, -3_600, None).await,
        [
            (Outcome::Succeeded, 7, 70),
            (Outcome::Dead, 1, 10),
            (Outcome::Succeeded, 7, 70)
        ]
    );
    assert_eq!(
        read(Span::Minute, 10, None).await,
        [(Outcome::Succeeded, 7, 70)]
    );
    assert_eq!(
        read(Span::Minute, -3_600, Some(kinds[1])).await,
        [(Outcome::Dead, 1, 10)]
    );
    let hours = read(Span::Hour, -7_200, Some(kinds[0])).await;
    assert_eq!(hours.iter().map(|(_, count, _)| count).sum::<u64>(), 14);
    storage.prune_log(now(3 * DAYS)).await.expect("pruned");
    assert!(read(Span::Minute, -3_600, None).await.is_empty());
    assert!(!read(Span::Hour, -7_200, None).await.is_empty());
    storage.prune_log(now(91 * DAYS)).await.expect("pruned");
    add(vec![of(kinds[0], Outcome::Succeeded, 1)], 91 * DAYS).await;
    storage.prune_log(now(94 * DAYS)).await.expect("pruned");
    assert_eq!(
        read(Span::Hour, -7_200, None).await,
        [(Outcome::Succeeded, 1, 10)]
    );
}

async fn what_was_done_is_listed_and_goes(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for (second, text) in NASTY.iter().chain(&["nul \0 in it"]).enumerate() {
        let note = AuditNote {
            actor: (*text).to_owned(),
            action: "retry".into(),
            subject: (*text).to_owned(),
            detail: (*text).to_owned(),
        };
        let second = i64::try_from(second).expect("few");
        storage.note_audit(note, now(second)).await.expect("noted");
    }
    let newest = storage.audit(None, 2).await.expect("read");
    assert_eq!(newest.len(), 2);
    assert_eq!(newest[0].note.actor, "nul \u{fffd} in it");
    let rest = storage
        .audit(Some(newest[1].number), 10)
        .await
        .expect("read");
    let actors: Vec<_> = rest.iter().map(|row| &*row.note.actor).collect();
    assert_eq!(actors, [NASTY[2], NASTY[1], NASTY[0]]);
    assert_eq!(rest[2].at, at(0));
    storage.prune_log(now(89 * DAYS)).await.expect("pruned");
    assert_eq!(storage.audit(None, 10).await.expect("read").len(), 5);
    storage.prune_log(now(91 * DAYS)).await.expect("pruned");
    assert!(storage.audit(None, 10).await.expect("read").is_empty());
}

async fn heads_of_letters(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    insert(&*storage, vec![job(kinds[0]), job(kinds[0])], 0).await;
    let worker = registered(&*storage, 0).await;
    let claimed = claim(&*storage, worker, 2, 0).await;
    for (second, (job, message)) in claimed
        .iter()
        .zip([NASTY[1], &"x".repeat(5_000)])
        .enumerate()
    {
        let mut dead = end(State::Dead);
        dead.error = Some(error(message));
        ack(
            &*storage,
            job,
            Next::End(dead),
            i64::try_from(second).expect("few"),
        )
        .await;
    }
    let heads = storage.letter_heads(None, 10).await.expect("read");
    assert_eq!(heads.len(), 2);
    assert_eq!(heads[0].message.len(), 1_000);
    assert_eq!(
        (&*heads[1].message, &*heads[1].error_type),
        (NASTY[1], "tests::Broken")
    );
    assert_eq!(
        (heads[1].kind, &*heads[1].queue, heads[1].died_at),
        (kinds[0], QUEUE, at(0))
    );
    assert_eq!(heads[1].job, claimed[0].claim.id);
    let older = storage
        .letter_heads(Some(heads[0].number), 10)
        .await
        .expect("read");
    assert_eq!(older, [heads[1].clone()]);
}

async fn health_is_seen(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let health = storage.health().await.expect("read");
    assert_eq!(health.schema, health.schema_known);
    assert!(
        health.missing_indexes.is_empty(),
        "{:?}",
        health.missing_indexes
    );
    assert!(
        health
            .facts
            .iter()
            .any(|(name, _)| name.ends_with("_version"))
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

async fn rows_are_read_together(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let ids = insert(&*storage, (0..3).map(|_| job(kinds[0])).collect(), 0).await;
    let worker = registered(&*storage, 0).await;
    let claimed = claim(&*storage, worker, 1, 1).await;
    ack(&*storage, &claimed[0], Next::End(end(State::Dead)), 2).await;
    assert!(storage.rows(Vec::new()).await.expect("read").is_empty());
    let asked = vec![ids[0], JobId::new(), ids[2]];
    let mut rows = storage.rows(asked).await.expect("read");
    rows.sort_by_key(|row| row.id);
    let found: Vec<_> = rows.iter().map(|row| (row.id, row.state)).collect();
    assert_eq!(found, [(ids[0], State::Dead), (ids[2], State::Ready)]);
}
