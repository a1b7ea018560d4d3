//! Postgres without a job library: prepared statements over one connection for each client.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bytes::Bytes;
use drive::{Peer, Result};
use futures_util::SinkExt as _;
use tokio::task::JoinSet;
use tokio_postgres::{AsyncMessage, Client, NoTls, Statement, connect};

use super::no_such_thing;

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS job (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        state smallint NOT NULL DEFAULT 0,
        run_at timestamptz NOT NULL DEFAULT now(),
        payload text NOT NULL
    ) WITH (fillfactor = 50);
    CREATE INDEX IF NOT EXISTS job_claim ON job (id) WHERE state = 0";

async fn client(url: &str) -> Result<Client> {
    let (client, connection) = connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn setup(url: &str) -> Result {
    Ok(client(url).await?.batch_execute(TABLE).await?)
}

fn payload(n: i64) -> String {
    format!("{{\"n\":{n}}}")
}

fn number(payload: &str) -> i64 {
    payload
        .trim_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .unwrap_or(-1)
}

async fn one_by_one(statement: &Statement, client: &Client, n: i64) -> Result {
    client.execute(statement, &[&payload(n)]).await?;
    Ok(())
}

/// One INSERT for each job, a transaction of its own, over 16 connections.
pub struct Insert {
    clients: Vec<(Client, Statement)>,
    turn: AtomicUsize,
}

impl Insert {
    async fn with(url: &str, sql: &str) -> Result<Self> {
        let mut clients = Vec::new();
        for _ in 0..16 {
            let client = client(url).await?;
            let statement = client.prepare(sql).await?;
            clients.push((client, statement));
        }
        Ok(Self {
            clients,
            turn: AtomicUsize::new(0),
        })
    }

    async fn next(&self, n: i64) -> Result {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.clients.len();
        let (client, statement) = &self.clients[turn];
        one_by_one(statement, client, n).await
    }
}

impl Peer for Insert {
    type Working = ();
    async fn setup(url: &str) -> Result {
        setup(url).await
    }
    async fn connect(url: &str) -> Result<Self> {
        Self::with(url, "INSERT INTO job (payload) VALUES ($1)").await
    }
    async fn enqueue(&self, n: i64) -> Result {
        self.next(n).await
    }
    async fn bulk(&self, _: Range<i64>, _: Duration) -> Result {
        no_such_thing()
    }
    async fn work(&self) -> Result {
        no_such_thing()
    }
    async fn stop((): ()) -> Result {
        Ok(())
    }
}

/// The same with a NOTIFY in each transaction.
pub struct InsertNotify(Insert);

impl Peer for InsertNotify {
    type Working = ();
    async fn setup(url: &str) -> Result {
        setup(url).await
    }
    async fn connect(url: &str) -> Result<Self> {
        let sql = "WITH job AS (INSERT INTO job (payload) VALUES ($1) RETURNING id)
            SELECT pg_notify('limit', id::text) FROM job";
        Insert::with(url, sql).await.map(Self)
    }
    async fn enqueue(&self, n: i64) -> Result {
        self.0.next(n).await
    }
    async fn bulk(&self, _: Range<i64>, _: Duration) -> Result {
        no_such_thing()
    }
    async fn work(&self) -> Result {
        no_such_thing()
    }
    async fn stop((): ()) -> Result {
        Ok(())
    }
}

/// Inserts of 1,000 rows through `unnest`.
pub struct Unnest(Client);

impl Peer for Unnest {
    type Working = ();
    async fn setup(url: &str) -> Result {
        setup(url).await
    }
    async fn connect(url: &str) -> Result<Self> {
        client(url).await.map(Self)
    }
    async fn enqueue(&self, _: i64) -> Result {
        no_such_thing()
    }
    async fn bulk(&self, jobs: Range<i64>, _: Duration) -> Result {
        let sql = "INSERT INTO job (payload) SELECT unnest($1::text[])";
        let statement = self.0.prepare(sql).await?;
        for first in jobs.clone().step_by(1_000) {
            let rows: Vec<String> = (first..jobs.end.min(first + 1_000)).map(payload).collect();
            self.0.execute(&statement, &[&rows]).await?;
        }
        Ok(())
    }
    async fn work(&self) -> Result {
        no_such_thing()
    }
    async fn stop((): ()) -> Result {
        Ok(())
    }
}

/// One COPY of everything.
pub struct Copy(Client);

impl Peer for Copy {
    type Working = ();
    async fn setup(url: &str) -> Result {
        setup(url).await
    }
    async fn connect(url: &str) -> Result<Self> {
        client(url).await.map(Self)
    }
    async fn enqueue(&self, _: i64) -> Result {
        no_such_thing()
    }
    async fn bulk(&self, jobs: Range<i64>, _: Duration) -> Result {
        let sink = self.0.copy_in("COPY job (payload) FROM STDIN").await?;
        let mut sink = std::pin::pin!(sink);
        for first in jobs.clone().step_by(1_000) {
            let rows: String = (first..jobs.end.min(first + 1_000))
                .map(|n| payload(n) + "\n")
                .collect();
            sink.send(Bytes::from(rows)).await?;
        }
        sink.finish().await?;
        Ok(())
    }
    async fn work(&self) -> Result {
        no_such_thing()
    }
    async fn stop((): ()) -> Result {
        Ok(())
    }
}

/// Claims 100 with an UPDATE and acknowledges them with a DELETE, over so many connections.
pub struct Claim<const CLIENTS: usize> {
    url: String,
}

const CLAIM: &str = "
    WITH next AS MATERIALIZED (
        SELECT id FROM job WHERE state = 0 ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
    )
    UPDATE job SET state = 1 FROM next WHERE job.id = next.id RETURNING job.id, job.payload";

async fn claim_and_ack(url: String) -> Result {
    let client = client(&url).await?;
    let claim = client.prepare(CLAIM).await?;
    let ack = client
        .prepare("DELETE FROM job WHERE id = ANY($1::bigint[])")
        .await?;
    loop {
        let rows = client.query(&claim, &[]).await?;
        if rows.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        rows.iter().for_each(|row| drive::ran(number(row.get(1))));
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        client.execute(&ack, &[&ids]).await?;
    }
}

impl<const CLIENTS: usize> Peer for Claim<CLIENTS> {
    type Working = JoinSet<Result>;
    async fn setup(url: &str) -> Result {
        setup(url).await
    }
    async fn connect(url: &str) -> Result<Self> {
        Ok(Self {
            url: url.to_owned(),
        })
    }
    async fn enqueue(&self, _: i64) -> Result {
        no_such_thing()
    }
    async fn bulk(&self, jobs: Range<i64>, delay: Duration) -> Result {
        Copy::connect(&self.url).await?.bulk(jobs, delay).await
    }
    async fn work(&self) -> Result<JoinSet<Result>> {
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(claim_and_ack(self.url.clone()));
        }
        Ok(clients)
    }
    async fn stop(mut working: JoinSet<Result>) -> Result {
        working.shutdown().await;
        Ok(())
    }
}

/// A NOTIFY that is heard on another connection: no job at all.
pub struct Notify {
    client: Client,
    url: String,
}

impl Peer for Notify {
    type Working = tokio::task::JoinHandle<()>;
    async fn setup(url: &str) -> Result {
        setup(url).await
    }
    async fn connect(url: &str) -> Result<Self> {
        Ok(Self {
            client: client(url).await?,
            url: url.to_owned(),
        })
    }
    async fn enqueue(&self, n: i64) -> Result {
        let sql = "SELECT pg_notify('limit', $1)";
        self.client.execute(sql, &[&n.to_string()]).await?;
        Ok(())
    }
    async fn bulk(&self, _: Range<i64>, _: Duration) -> Result {
        no_such_thing()
    }
    async fn work(&self) -> Result<Self::Working> {
        let (client, mut connection) = connect(&self.url, NoTls).await?;
        let mut messages = futures_util::stream::poll_fn(move |cx| connection.poll_message(cx));
        let listening = tokio::spawn(async move {
            use futures_util::StreamExt as _;
            while let Some(Ok(message)) = messages.next().await {
                if let AsyncMessage::Notification(notification) = message {
                    drive::ran(notification.payload().parse().unwrap_or(-1));
                }
            }
        });
        client.batch_execute("LISTEN \"limit\"").await?;
        // The client keeps the connection open.
        std::mem::forget(client);
        Ok(listening)
    }
    async fn stop(working: Self::Working) -> Result {
        working.abort();
        Ok(())
    }
}

/// Nothing is connected: what the server does by itself.
pub struct Nothing;

impl Peer for Nothing {
    type Working = ();
    async fn setup(url: &str) -> Result {
        setup(url).await
    }
    async fn connect(_: &str) -> Result<Self> {
        Ok(Self)
    }
    async fn enqueue(&self, _: i64) -> Result {
        no_such_thing()
    }
    async fn bulk(&self, _: Range<i64>, _: Duration) -> Result {
        no_such_thing()
    }
    async fn work(&self) -> Result {
        Ok(())
    }
    async fn stop((): ()) -> Result {
        Ok(())
    }
}
