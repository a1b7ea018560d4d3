//! The endpoints for whoever watches over the process.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt as _;
use jobs::Jobs;
use jobs_tests::{
    place::{Place, until},
    tests,
};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

tests!(
    a_process_is_alive_and_ready,
    without_a_database_it_is_not_ready,
    a_worker_without_a_database_is_not_alive,
);

async fn ask(jobs: &Jobs, path: &str) -> (StatusCode, String) {
    let request = Request::builder().uri(path).body(Body::empty());
    let router = jobs_web::health(jobs.clone());
    let response = router.oneshot(request.expect("a request")).await;
    let response = response.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body");
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    (status, body)
}

async fn a_process_is_alive_and_ready(place: Arc<Place>) {
    let jobs = place.connect().await;
    let well = |text: &str| (StatusCode::OK, text.to_owned());
    // Also without a worker: then nothing is expected of it.
    for _ in 0..2 {
        assert_eq!(ask(&jobs, "/live").await, well("alive\n"));
        assert_eq!(ask(&jobs, "/ready").await, well("ready\n"));
        let worker = jobs.worker().start().await.expect("started");
        assert_eq!(ask(&jobs, "/live").await, well("alive\n"));
        worker.stop().await.expect("stopped");
    }
    assert_eq!(ask(&jobs, "/jobs").await.0, StatusCode::NOT_FOUND);
}

async fn without_a_database_it_is_not_ready(place: Arc<Place>) {
    let jobs = place.connect().await;
    jobs.close().await;
    let (status, text) = ask(&jobs, "/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text, "no database\n");
}

/// Between a client and the server, until it is dropped.
async fn proxy(to: String) -> (u16, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let serving = tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((mut client, _)) = listener.accept().await {
            let to = to.clone();
            open.spawn(async move {
                let mut server = TcpStream::connect(&to).await.expect("the server");
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (port, serving)
}

async fn a_worker_without_a_database_is_not_alive(place: Arc<Place>) {
    let Ok(mut url) = url::Url::parse(&place.url) else {
        return;
    };
    if !url.scheme().starts_with("postgres") {
        return;
    }
    let host = url.host_str().expect("a host").to_owned();
    let (port, serving) = proxy(format!("{host}:{}", url.port().unwrap_or(5432))).await;
    url.set_host(Some("127.0.0.1")).expect("an address");
    url.set_port(Some(port)).expect("a port");
    let jobs = Jobs::builder(url.as_str()).schema(&place.schema).await;
    let jobs = jobs.expect("connected");
    let worker = jobs.worker().lease(Duration::from_secs(1));
    let worker = worker.start().await.expect("started");
    assert_eq!(ask(&jobs, "/live").await.0, StatusCode::OK);
    serving.abort();
    until("its signs of life are missed", async || {
        ask(&jobs, "/live").await.0 == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    let (status, text) = ask(&jobs, "/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
    drop(worker);
}
