//! A TCP proxy between processes and their server, that delays, swallows and cuts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

use crate::scene::{Outcome, broken};

#[derive(Debug, Default)]
struct State {
    /// Connections so far.
    made: AtomicU64,
    /// Those before this one are black holes: nothing comes through, and nobody is told.
    holes_before: AtomicU64,
    /// New ones are black holes too.
    no_new: AtomicBool,
    /// What the server says is swallowed, what it is told is not.
    half_open: AtomicBool,
    delay_ms: AtomicU64,
}

/// A proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
    cut: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(server: u16) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(broken)?;
        let port = listener.local_addr().map_err(broken)?.port();
        let state = Arc::new(State::default());
        let cut = watch::Sender::new(0);
        let (shared, cuts) = (Arc::clone(&state), cut.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = shared.made.fetch_add(1, Ordering::Relaxed);
                let (state, cuts) = (Arc::clone(&shared), cuts.subscribe());
                tokio::spawn(join(client, server, number, state, cuts));
            }
        });
        Ok(Self {
            port,
            state,
            cut,
            task,
        })
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Each piece of data waits so long, each way.
    pub fn delay(&self, millis: u64) {
        self.state.delay_ms.store(millis, Ordering::Relaxed);
    }

    /// Every connection that there is becomes a black hole for ever.
    pub fn swallow(&self) {
        let made = self.state.made.load(Ordering::Relaxed);
        self.state.holes_before.store(made, Ordering::Relaxed);
    }

    /// New ones are swallowed too, as long as this is on.
    pub fn swallow_new(&self, on: bool) {
        self.state.no_new.store(on, Ordering::Relaxed);
        self.swallow();
    }

    /// Answers are swallowed while this is on; what was swallowed never comes.
    pub fn half_open(&self, on: bool) {
        self.state.half_open.store(on, Ordering::Relaxed);
        if !on {
            // A stream with a gap is of no use to anybody.
            self.swallow();
        }
    }

    /// Every connection that there is ends.
    pub fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn join(
    client: TcpStream,
    server: u16,
    number: u64,
    state: Arc<State>,
    mut cuts: watch::Receiver<u64>,
) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let new_hole = state.no_new.load(Ordering::Relaxed);
    tokio::select! {
        () = carry(from_client, to_server, number, new_hole, false, &state) => {}
        () = carry(from_server, to_client, number, new_hole, true, &state) => {}
        _ = cuts.changed() => {}
    }
}

/// One direction, until either end closes.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    number: u64,
    new_hole: bool,
    answers: bool,
    state: &State,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let hole = || {
            new_hole
                || number < state.holes_before.load(Ordering::Relaxed)
                || (answers && state.half_open.load(Ordering::Relaxed))
        };
        let read = from.read(&mut buffer).await;
        if hole() {
            // Not even the end of a connection gets through.
            if matches!(read, Ok(0) | Err(_)) {
                return std::future::pending().await;
            }
            continue;
        }
        let Ok(read @ 1..) = read else { return };
        let delay = state.delay_ms.load(Ordering::Relaxed);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
