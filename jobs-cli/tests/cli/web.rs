//! `jobs web`: nobody without a password, and the dashboard with one.

use std::{process::Stdio, sync::Arc};

use jobs_tests::{place::Place, tests};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::Command,
};

use crate::drive::{bare, jobs as run};

tests!(the_dashboard_is_served_to_whom_has_the_password);

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
    let mut server = Command::new(env!("CARGO_BIN_EXE_jobs"))
        .args(["--database-url", &place.url, "--schema", &place.schema])
        .args(["web", "--listen", "127.0.0.1:0"])
        .env("JOBS_WEB_PASSWORD", "open sesame")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let said = lines.next_line().await.expect("text").expect("a line");
    let address = said.split("http://").nth(1).expect("an address");
    let address = address.trim_end_matches('/');

    assert!(status(address, None).await.contains("401"));
    // admin:wrong
    assert!(
        status(address, Some("YWRtaW46d3Jvbmc="))
            .await
            .contains("401")
    );
    // admin:open sesame
    let with = status(address, Some("YWRtaW46b3BlbiBzZXNhbWU=")).await;
    assert!(with.contains("200"), "{with}");

    let pid = server.id().expect("it runs").to_string();
    let kill = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(kill.expect("it runs").success());
    assert!(server.wait().await.expect("it ends").success());
}
