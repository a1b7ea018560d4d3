//! People are told of dead letters, by mail and by webhook, and a receiver that refuses is asked again.
#![allow(missing_docs)]

use std::{collections::HashMap, path::Path, time::Duration};

use jobs::{Jobs, State};
use notifiers::{
    Charge, mail,
    webhook::{self, Receiver},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

const SECRET: &[u8] = b"known to both";
const PATIENCE: Duration = Duration::from_secs(60);

fn receiver(url: String) -> Receiver {
    Receiver {
        url,
        secret: SECRET.to_vec(),
        client: reqwest::Client::new(),
    }
}

/// Until a mail is there.
async fn mail_in(folder: &Path) -> String {
    loop {
        let written = std::fs::read_dir(folder).expect("the folder").flatten();
        for file in written.filter(|file| file.path().extension().is_some_and(|it| it == "eml")) {
            let text = std::fs::read_to_string(file.path()).expect("the mail");
            if text.contains("refuses") {
                return text;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_mail_says_what_is_dead_and_shows_no_argument() {
    let folder = tempfile::tempdir().expect("a folder");
    let jobs = Jobs::builder("sqlite::memory:")
        .state(mail::Mailer::new(folder.path()))
        .state(receiver(String::new()))
        .on_dead(mail::tell)
        .connect()
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    Charge::perform_later(42_u64, "4111-2222")
        .on(&jobs)
        .await
        .expect("enqueued");
    let mail = tokio::time::timeout(PATIENCE, mail_in(folder.path()))
        .await
        .expect("a mail");
    assert!(mail.contains("Subject: Charge is dead"), "{mail}");
    assert!(mail.contains("the bank refuses order 42"), "{mail}");
    assert!(!mail.contains("4111-2222"), "{mail}");
    worker.stop().await.expect("stopped");
}

/// One request: its headers in small letters, and its body. It is answered with this status.
async fn request(listener: &TcpListener, status: &str) -> (HashMap<String, String>, String) {
    let (stream, _) = listener.accept().await.expect("a caller");
    let mut stream = BufReader::new(stream);
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("a line");
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
    }
    let mut body = vec![0; headers["content-length"].parse().expect("a length")];
    stream.read_exact(&mut body).await.expect("the body");
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream
        .write_all(answer.as_bytes())
        .await
        .expect("an answer");
    (headers, String::from_utf8(body).expect("text"))
}

async fn heard(listener: TcpListener) -> [(HashMap<String, String>, String); 2] {
    [
        request(&listener, "503 Service Unavailable").await,
        request(&listener, "204 No Content").await,
    ]
}

#[tokio::test]
async fn a_webhook_is_signed_and_sent_again_until_it_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let heard = tokio::spawn(heard(listener));
    let jobs = Jobs::builder("sqlite::memory:")
        .state(mail::Mailer::new(std::env::temp_dir()))
        .state(receiver(url))
        .on_dead(webhook::tell)
        .connect()
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let charge = Charge::perform_later(7_u64, "4111-2222")
        .on(&jobs)
        .await
        .expect("enqueued");
    let [(first, body), (second, again)] = tokio::time::timeout(PATIENCE, async {
        // The retry waits for seconds; an operator's "run now" does not.
        while !heard.is_finished() {
            let page = jobs.inspect().jobs(&waiting(), None, 10).await;
            for job in page.expect("a page").items {
                jobs.inspect().retry(job.id).await.expect("run now");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        heard.await.expect("both came")
    })
    .await
    .expect("in time");
    assert_eq!(body, again);
    assert_eq!(first["idempotency-key"], second["idempotency-key"]);
    let event: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(event["event"], "job.dead");
    assert_eq!(event["id"], charge.id().to_string());
    assert_eq!(event["error"]["message"], "the bank refuses order 7");
    assert!(!body.contains("4111"), "{body}");
    let now = chrono::Utc::now().timestamp();
    for headers in [&first, &second] {
        let signature = &headers[webhook::SIGNATURE];
        assert!(
            webhook::verify(SECRET, now, signature, &body),
            "{signature}"
        );
        assert!(!webhook::verify(b"guessed", now, signature, &body));
        assert!(!webhook::verify(
            SECRET,
            now,
            signature,
            &format!("{body} ")
        ));
        assert!(!webhook::verify(SECRET, now + 3_600, signature, &body));
    }
    worker.stop().await.expect("stopped");
}

fn waiting() -> jobs::inspect::Filter {
    jobs::inspect::Filter {
        states: vec![State::Scheduled],
        ..Default::default()
    }
}
