//! `jobs web`: nobody without a password, and the dashboard with one.

use std::{process::Stdio, sync::Arc};

use jobs_tests::{place::Place, tests};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use crate::drive::{bare, jobs as run};

tests!(
    the_dashboard_is_served_to_whom_has_the_password,
    read_only_refuses_every_action,
);

/// admin:open sesame
const PASSWORD: &str = "YWRtaW46b3BlbiBzZXNhbWU=";

/// `jobs web` with the password `open sesame`, and its address.
async fn serve(place: &Place, more: &[&str]) -> (Child, String) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_jobs"))
        .args(["--database-url", &place.url, "--schema", &place.schema])
        .args(["web", "--listen", "127.0.0.1:0"])
        .args(more)
        .env("JOBS_WEB_PASSWORD", "open sesame")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let said = lines.next_line().await.expect("text").expect("a line");
    let address = said.split("http://").nth(1).expect("an address");
    (server, address.trim_end_matches('/').to_owned())
}

/// A whole answer to one who has the password.
async fn answer(address: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Basic {PASSWORD}\r\n\
         {headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status line of an answer.
async fn status(address: &str, credentials: Option<&str>) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let mut request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    if let Some(credentials) = credentials {
        request.push_str(&format!("Authorization: Basic {credentials}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.lines().next().unwrap_or_default().to_owned()
}

async fn the_dashboard_is_served_to_whom_has_the_password(place: Arc<Place>) {
    assert_eq!(run(&place, &["migrate"]).await.code, 0);
    for arguments in [
        &["web"][..],
        &["web", "--password", ""],
        &["web", "--user", "a:b", "--password", "x"],
    ] {
        let refused = bare(arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {}", refused.err);
    }
    let (mut server, address) = serve(&place, &[]).await;
    let address = &*address;
    assert!(status(address, None).await.contains("401"));
    // admin:wrong
    assert!(
        status(address, Some("YWRtaW46d3Jvbmc="))
            .await
            .contains("401")
    );
    let with = status(address, Some(PASSWORD)).await;
    assert!(with.contains("200"), "{with}");

    let pid = server.id().expect("it runs").to_string();
    let kill = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(kill.expect("it runs").success());
    assert!(server.wait().await.expect("it ends").success());
}

/// Every form that the dashboard takes.
const FORMS: [&str; 12] = [
    "/queues/pause",
    "/queues/resume",
    "/queues/clear",
    "/jobs/bulk",
    "/jobs/{id}/edit",
    "/jobs/{id}/retry",
    "/jobs/{id}/cancel",
    "/dead/0123456789abcdef/retry",
    "/batches/{id}/cancel",
    "/recurring/run",
    "/workers/stop",
    "/enqueue",
];

async fn read_only_refuses_every_action(place: Arc<Place>) {
    let storage = place.storage().await;
    let id = jobs_tests::make::one(&*storage).await;
    let (mut server, address) = serve(&place, &["--read-only"]).await;
    let page = answer(&address, "GET", "/queues", "", "").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(
        page.contains("read only") && !page.contains("method=\"post\""),
        "{page}"
    );
    // As a browser would send it from a page of the dashboard.
    let token = "0123456789abcdef0123456789abcdef";
    let cookie = format!("Cookie: jobs_token={token}\r\nSec-Fetch-Site: same-origin\r\n");
    for form in FORMS {
        let path = form.replace("{id}", &id.to_string());
        let body = format!(
            "token={token}&queue=default&action=cancel&scope=all&confirmed=1&name=plain&args={{}}"
        );
        let refused = answer(&address, "POST", &path, &cookie, &body).await;
        assert!(refused.starts_with("HTTP/1.1 403"), "{form}: {refused}");
        assert!(
            refused.contains("you may look and change nothing"),
            "{form}: {refused}"
        );
    }
    for form in ["/enqueue", &format!("/jobs/{id}/edit")] {
        let refused = answer(&address, "GET", form, "", "").await;
        assert!(refused.starts_with("HTTP/1.1 403"), "{form}: {refused}");
    }
    let job = storage.look(id).await.expect("read").expect("there");
    assert_eq!(job.state, jobs::State::Ready);
    assert!(storage.audit(None, 9).await.expect("read").is_empty());
    server.kill().await.expect("killed");
}
