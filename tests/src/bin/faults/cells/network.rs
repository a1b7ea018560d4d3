//! What becomes of connections between processes and a Postgres server.

use std::time::Duration;

use super::{Backend, Company, Found, cells};
use crate::{
    check::Twice,
    proxy::Proxy,
    scene::{Outcome, Scene, Spec, pause},
};

cells! {
    quick "connections-cut" on Postgres: cut, "every connection cut, twenty times";
    full "connections-slow" on Postgres: slow, "each piece of data delayed by 40 ms each way for five seconds";
    full "connections-half-open" on Postgres: half_open, "answers swallowed for two seconds, and the connections after that";
    quick "connections-black-holed" on Postgres: black_holed, "every connection becomes a black hole; new ones are sound";
    full "network-gone" on Postgres: gone, "all connections, new ones too, swallowed for six seconds";
}

/// The proxy, the scene, and processes that go through it.
async fn company(lease: Duration) -> Outcome<(Proxy, Scene, Company)> {
    let scene = Scene::set(Backend::Postgres, &[]).await?;
    let proxy = Proxy::start(scene.server()?.port).await?;
    scene.through(proxy.url());
    let spec = Spec {
        lease,
        ..Spec::default()
    };
    let company = Company::start(&scene, spec).await?;
    Ok((proxy, scene, company))
}

async fn cut(_: Backend) -> Outcome<Found> {
    let (proxy, scene, company) = company(Duration::from_secs(15)).await?;
    for _ in 0..20 {
        proxy.cut();
        pause(100).await;
    }
    company.finish(&scene, Twice::Never).await
}

async fn slow(_: Backend) -> Outcome<Found> {
    let (proxy, scene, company) = company(Duration::from_secs(15)).await?;
    proxy.delay(40);
    pause(5_000).await;
    proxy.delay(0);
    company.finish(&scene, Twice::Never).await
}

async fn half_open(_: Backend) -> Outcome<Found> {
    let (proxy, scene, company) = company(Duration::from_secs(12)).await?;
    proxy.half_open(true);
    pause(2_000).await;
    proxy.half_open(false);
    after_silence(&scene, company).await
}

async fn black_holed(_: Backend) -> Outcome<Found> {
    let (proxy, scene, company) = company(Duration::from_secs(12)).await?;
    proxy.swallow();
    after_silence(&scene, company).await
}

async fn gone(_: Backend) -> Outcome<Found> {
    let (proxy, scene, company) = company(Duration::from_secs(4)).await?;
    proxy.swallow_new(true);
    pause(6_000).await;
    proxy.swallow_new(false);
    after_silence(&scene, company).await
}

/// Calls that were under way wait for their answers as long as a call may take; then all goes on.
async fn after_silence(scene: &Scene, mut company: Company) -> Outcome<Found> {
    let began = std::time::Instant::now();
    scene.goes_on(60, 40, Duration::from_secs(45)).await?;
    let took = began.elapsed();
    let mut found = company.wind_up(scene, Twice::InDoubt).await?;
    found.note = format!("goes on after {} s", took.as_secs());
    Ok(found)
}
