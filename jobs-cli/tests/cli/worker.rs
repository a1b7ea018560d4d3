//! A worker in a process of its own: what the service manager is told of it, and how it is seen when it is killed.

use std::{
    fs::OpenOptions,
    io::{Read as _, Write as _},
    os::unix::ffi::OsStrExt as _,
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};

use jobs_tests::{
    place::{Place, until},
    tests,
};
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use tokio::{
    net::UnixDatagram,
    process::{Child, Command},
};

/// Set, to a database, where this process is to be such a worker.
const WORKER: &str = "JOBS_TEST_WORKER";
const SCHEMA: &str = "JOBS_TEST_SCHEMA";

tests!(
    top_shows_a_killed_worker_as_lost,
    the_service_manager_is_told,
);

/// What the process is instead of tests, if it is asked to.
pub(crate) fn instead() -> Option<ExitCode> {
    let (url, schema) = (std::env::var(WORKER).ok()?, std::env::var(SCHEMA).ok()?);
    jobs_tests::run(async move {
        let jobs = jobs::Jobs::builder(&url).schema(&schema).await;
        let jobs = jobs.expect("connected");
        let worker = jobs.worker().lease(Duration::from_secs(1));
        worker.run().await.expect("it ends well");
    });
    Some(ExitCode::SUCCESS)
}

fn worker(place: &Place) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command
        .env(WORKER, &place.url)
        .env(SCHEMA, &place.schema)
        .env_remove("NOTIFY_SOCKET")
        .kill_on_drop(true);
    command
}

/// A program in a terminal of its own.
struct Terminal {
    child: Child,
    keys: std::fs::File,
    drawn: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    fn start(command: &mut Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let size = Winsize {
            ws_row: 50,
            ws_col: 160,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).expect("it has a size");
        let name = ptsname(&master, Vec::new()).expect("a name");
        let path = std::ffi::OsStr::from_bytes(name.as_bytes());
        let side = OpenOptions::new().read(true).write(true).open(path);
        let side = side.expect("its other side");
        let child = command
            .stdin(side.try_clone().expect("once more"))
            .stdout(side.try_clone().expect("once more"))
            .stderr(side)
            .kill_on_drop(true)
            .spawn()
            .expect("it runs");
        let keys = std::fs::File::from(master);
        let mut screen = keys.try_clone().expect("once more");
        let drawn = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&drawn);
        // It ends with the program, which is the last that has the other side.
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut part) {
                into.lock().expect("no panic").extend(&part[..count]);
            }
        });
        Self { child, keys, drawn }
    }

    /// What was drawn since this many bytes, without what moves and colours it; and how many bytes there are.
    fn text(&self, since: usize) -> (String, usize) {
        let drawn = self.drawn.lock().expect("no panic");
        let (mut text, mut command) = (String::new(), false);
        for mark in String::from_utf8_lossy(&drawn[since..]).chars() {
            match (mark, command) {
                ('\u{1b}', _) => command = true,
                ('@'..='Z' | 'a'..='z', true) => command = false,
                (_, true) => {}
                (mark, false) => text.push(mark),
            }
        }
        (text, drawn.len())
    }

    async fn until_it_shows(&self, what: &str, since: usize) -> usize {
        until(&format!("the terminal shows {what}"), async || {
            self.text(since).0.contains(what)
        })
        .await;
        self.text(since).1
    }
}

async fn top_shows_a_killed_worker_as_lost(place: Arc<Place>) {
    drop(place.connect().await);
    let mut victim = worker(&place).spawn().expect("it runs");
    let pid = victim.id().expect("it runs").to_string();
    let mut top = Command::new(env!("CARGO_BIN_EXE_jobs"));
    top.args(["--database-url", &place.url, "--schema", &place.schema])
        .args(["top", "--every", "0.2"]);
    let mut top = Terminal::start(&mut top);
    let before = top.until_it_shows(&pid, 0).await;
    assert!(top.text(0).0.contains("running"));
    victim.kill().await.expect("killed");
    // Its row is drawn anew, in red: the process, and how it is.
    top.until_it_shows("lost", before).await;
    top.until_it_shows(&pid, before).await;
    top.keys.write_all(b"q").expect("typed");
    assert!(top.child.wait().await.expect("it ends").success());
}

async fn the_service_manager_is_told(place: Arc<Place>) {
    drop(place.connect().await);
    let path = place.folder().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    let mut child = worker(&place)
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "60000")
        .env_remove("WATCHDOG_PID")
        .spawn()
        .expect("it runs");
    let told = async || {
        let mut text = [0; 512];
        let told = tokio::time::timeout(Duration::from_secs(30), socket.recv(&mut text));
        let length = told.await.expect("in time").expect("received");
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    assert_eq!(told().await.trim_end(), "READY=1");
    for _ in 0..3 {
        assert_eq!(told().await.trim_end(), "WATCHDOG=1");
    }
    let pid = child.id().expect("it runs").to_string();
    let kill = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(kill.expect("it runs").success());
    loop {
        match told().await.trim_end() {
            "STOPPING=1" => break,
            said => assert_eq!(said, "WATCHDOG=1"),
        }
    }
    assert!(child.wait().await.expect("it ends").success());
}
