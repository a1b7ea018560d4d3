//! The program itself, driven over HTTP and killed in the middle of its work.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, path::Path, process::Stdio, time::Duration};

use axum::{body::Body, http::Request};
use http_body_util::BodyExt as _;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use jobs::{Jobs, sqlx};
use shop::bank::{self, Account};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// A running shop.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    async fn start(folder: &Path, bank: &str, import_pause: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_shop"))
            .env(
                "DATABASE_URL",
                format!("sqlite://{}", folder.join("shop.db").display()),
            )
            .env("SHOP_OUTBOX", folder.join("outbox"))
            .env("SHOP_ADDRESS", "127.0.0.1:0")
            .env("DASHBOARD_PASSWORD", "secret")
            .env("BANK_URL", bank)
            .env("IMPORT_PAUSE_MS", import_pause)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines
            .next_line()
            .await
            .unwrap()
            .expect("it says where it is");
        let address = said
            .split_once("http://")
            .unwrap()
            .1
            .trim_end_matches('/')
            .to_owned();
        Self { child, address }
    }

    async fn send(&self, request: axum::http::request::Builder, body: String) -> (u16, String) {
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let answer = client
            .request(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.send(
            Request::get(format!("http://{}{path}", self.address)),
            String::new(),
        )
        .await
    }

    async fn post(&self, path: &str, kind: &str, body: &str) {
        let request =
            Request::post(format!("http://{}{path}", self.address)).header("content-type", kind);
        let (status, said) = self.send(request, body.to_owned()).await;
        assert_eq!(status, 303, "{path}: {said}");
    }

    /// Looks at a page until it is as it should be.
    async fn until(&self, path: &str, right: impl Fn(&str) -> bool) {
        let looking = async {
            while !right(&self.get(path).await.1) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), looking)
            .await
            .is_err()
        {
            panic!("{path} stays\n{}", self.get(path).await.1);
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_shop_loses_nothing_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let account = Account::default();
    let bank = format!("http://{}", bank::start(account.clone()).await.unwrap());

    let mut shop = Running::start(folder.path(), &bank, "500").await;
    assert_eq!(shop.get("/admin/jobs").await.0, 401);
    shop.post("/sign-up", FORM, "email=ann%40example.com").await;
    shop.post("/order", FORM, "item=Tea&card=4242&count=20")
        .await;
    shop.post("/order", FORM, "item=Tea&card=0000&count=1")
        .await;
    let lines: String = (0..1_000)
        .map(|line| format!("item {line},{line}\n"))
        .collect();
    let upload = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"all.csv\"\r\n\r\nname,cents\n{lines}\r\n--edge--\r\n"
    );
    shop.post("/imports", "multipart/form-data; boundary=edge", &upload)
        .await;

    // Some are paid, others wait for the bank or for a retry; some lines are there, others not.
    shop.until("/imports", |page| !page.contains(">0 of 1000<"))
        .await;
    assert!(!shop.get("/imports").await.1.contains("1000 of 1000"));
    assert!(shop.get("/orders").await.1.matches("state paid").count() < 20);
    shop.child.kill().await.unwrap(); // SIGKILL

    let shop = Running::start(folder.path(), &bank, "0").await;
    shop.until("/imports", |page| {
        page.contains("1000 of 1000") && page.contains("state done")
    })
    .await;
    shop.until("/orders", |page| {
        page.matches("state paid").count() == 20 && page.contains("state welcomed")
    })
    .await;
    shop.until("/dead", |page| page.contains("card refused"))
        .await;
    let mut orders = BTreeMap::new();
    for charge in account.charges() {
        *orders.entry(charge.order).or_insert(0) += 1;
    }
    assert_eq!(orders, (1..=20).map(|order| (order, 1)).collect());

    // The letter is retried, and is one again.
    let page = shop.get("/dead").await.1;
    let id = page
        .split_once("name=\"id\" value=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    shop.post("/dead/retry", FORM, &format!("id={id}")).await;
    shop.until("/dead", |page| page.contains("<td>2</td>"))
        .await;
    shop.post("/reports", FORM, "").await;
    shop.until("/reports", |page| {
        page.contains("1 users, 20 paid orders, 70.00 EUR")
    })
    .await;
    stop(shop).await;

    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let jobs = Jobs::connect(&url).await.unwrap();
    let mut tx = jobs.begin::<sqlx::Sqlite>().await.unwrap();
    let (rows, distinct): (i64, i64) =
        sqlx::query_as("SELECT COUNT(*), COUNT(DISTINCT line) FROM shop_products")
            .fetch_one(&mut **tx)
            .await
            .unwrap();
    assert_eq!((rows, distinct), (1_000, 1_000));
}

/// As a service manager does; running jobs finish.
async fn stop(mut shop: Running) {
    let id = shop.child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    let ended = tokio::time::timeout(Duration::from_secs(60), shop.child.wait()).await;
    assert!(ended.expect("it ends").unwrap().success());
}
