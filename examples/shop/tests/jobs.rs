//! The shop's jobs, by the kit: no server, no waiting.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_core::future::BoxFuture;
use jobs::testing::TestJobs;
use shop::{
    bank::{self, Account},
    import::{self, EndImport, ImportProducts, PAGE, Pace},
    mail::{self, Mail, SendWelcomeMail},
    metrics::NightlyMetrics,
    payments::{self, Bank, Pay},
    reports,
    store::{Backend, Store},
};

/// Keeps what is sent.
#[derive(Default)]
struct Sent(Mutex<Vec<String>>);

impl Mail for Sent {
    fn send<'a>(
        &'a self,
        _: &'a str,
        to: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, std::io::Result<()>> {
        self.0.lock().unwrap().push(to.to_owned());
        Box::pin(async { Ok(()) })
    }
}

async fn store(t: &TestJobs) -> Store {
    let store = Store::open(&t.jobs(), Backend::Sqlite).await.unwrap();
    t.state(store.clone());
    t.state(Pace::default());
    store
}

async fn bank(t: &TestJobs) -> Account {
    let account = Account::default();
    let address = bank::start(account.clone()).await.unwrap();
    // The bank that is silent is so for thirty seconds.
    t.state(Bank::at(
        format!("http://{address}"),
        Duration::from_millis(300),
    ));
    account
}

#[jobs::test]
async fn a_new_user_is_welcomed_once(t: TestJobs) {
    let (store, sent) = (store(&t).await, Arc::new(Sent::default()));
    t.state_dyn::<dyn Mail>(sent.clone());
    t.fail::<SendWelcomeMail, _>(2, || std::io::Error::other("busy"));
    assert!(mail::sign_up(&store, "ann@example.com").await.unwrap());
    assert!(!mail::sign_up(&store, "ann@example.com").await.unwrap());
    jobs::assert_enqueued!(SendWelcomeMail { user_id: 1 }, queue = "mailers", times = 1);
    assert_eq!(t.drain_all().await.executions::<SendWelcomeMail>(), 3);
    assert_eq!(*sent.0.lock().unwrap(), ["ann@example.com"]);
}

#[jobs::test]
async fn each_order_is_paid_once_whatever_the_bank_does(t: TestJobs) {
    let (store, account) = (store(&t).await, bank(&t).await);
    for _ in 0..5 {
        payments::order(&store, "Tea", 350, "4242").await.unwrap();
    }
    let run = t.drain_all().await;
    // Busy, out of order and silent, once each.
    assert_eq!(
        (run.executions::<Pay>(), run.retried(), run.succeeded()),
        (8, 3, 5),
        "{run}"
    );
    assert_eq!(account.requests(), 8);
    let mut orders: Vec<_> = account
        .charges()
        .iter()
        .map(|charge| charge.order)
        .collect();
    orders.sort_unstable();
    assert_eq!(orders, [1, 2, 3, 4, 5]);
}

#[jobs::test]
async fn the_bank_says_when_to_come_again(t: TestJobs) {
    let (store, _account) = (store(&t).await, bank(&t).await);
    payments::order(&store, "Tea", 350, "4242").await.unwrap(); // order 1: "429, in one second"
    t.drain().await;
    jobs::assert_enqueued!(
        Pay { order_id: 1 },
        at = t.now() + chrono::TimeDelta::seconds(1)
    );
}

#[jobs::test]
async fn a_refused_card_is_a_dead_letter_at_once(t: TestJobs) {
    let (store, account) = (store(&t).await, bank(&t).await);
    payments::order(&store, "Tea", 350, "0000").await.unwrap();
    let run = t.drain_all().await;
    assert_eq!((run.executions::<Pay>(), run.dead()), (1, 1));
    assert!(run.errors()[0].message().contains("refused"));
    assert!(account.charges().is_empty());
}

#[jobs::test]
async fn an_import_stores_each_line_once(t: TestJobs) {
    let store = store(&t).await;
    let lines: String = (0..PAGE * 2 + 3)
        .map(|line| format!("item {line},{line}\n"))
        .collect();
    let id = import::upload(&store, "all.csv", &format!("name,cents\n{lines}"))
        .await
        .unwrap();
    t.fail::<ImportProducts, _>(1, || std::io::Error::other("out of memory"));
    let run = t.drain_all().await;
    assert_eq!(
        (
            run.executions::<ImportProducts>(),
            run.executions::<EndImport>()
        ),
        (2, 1),
        "{run}"
    );
    jobs::assert_performed!(EndImport {
        import_id: id,
        how: "done".to_owned()
    });
    let mut tx = t.jobs().begin::<jobs::sqlx::Sqlite>().await.unwrap();
    let (rows, done): (i64, i64) =
        jobs::sqlx::query_as("SELECT (SELECT COUNT(*) FROM shop_products), done FROM shop_imports")
            .fetch_one(&mut **tx)
            .await
            .unwrap();
    assert_eq!((rows, done), (53, 53));
}

#[jobs::test]
async fn a_bad_file_enqueues_nothing(t: TestJobs) {
    let store = store(&t).await;
    let refused = import::upload(&store, "bad.csv", "name,cents\ntea,much\n")
        .await
        .unwrap_err();
    assert!(refused.to_string().starts_with("line 2: "), "{refused}");
    jobs::assert_no_enqueued!();
}

#[jobs::test]
async fn a_report_is_made_of_its_parts(t: TestJobs) {
    let (store, _account) = (store(&t).await, bank(&t).await);
    payments::order(&store, "Tea", 350, "4242").await.unwrap();
    assert_eq!(t.drain_all().await.dead(), 0);
    reports::request(&store, "2027-01-01").await.unwrap();
    t.drain_all().await.expect_ok();
    let mut tx = t.jobs().begin::<jobs::sqlx::Sqlite>().await.unwrap();
    let (body,): (String,) = jobs::sqlx::query_as("SELECT body FROM shop_reports")
        .fetch_one(&mut **tx)
        .await
        .unwrap();
    assert_eq!(body, "0 users, 1 paid orders, 3.50 EUR");
}

#[jobs::test]
async fn figures_are_kept_every_night(t: TestJobs) {
    let _store = store(&t).await;
    t.drain().await;
    t.advance(Duration::from_secs(24 * 60 * 60));
    t.drain().await.expect_ok();
    jobs::assert_performed!(NightlyMetrics, times = 1);
}
