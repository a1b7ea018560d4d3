//! Random faults under one seed for as long as is asked, and one account of it all.

use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use rustix::process::Signal;

use crate::{
    cells::{Backend, Company, Found, SOON},
    check::{Twice, settle},
    proxy::Proxy,
    scene::{Outcome, Scene, Spec, pause},
};

/// A lease that stops outlive.
const SPEC: Spec = Spec {
    concurrency: 8,
    lease: Duration::from_secs(3),
    threads: 2,
};
const WORKERS: usize = 4;

/// What can be done to either backend, and to one of them.
const ANY: &[&str] = &[
    "kill a worker",
    "stop a worker",
    "kill an enqueuer",
    "stop an enqueuer",
];
const SQLITE: &[&str] = &["lock the file", "move the file"];
const POSTGRES: &[&str] = &[
    "stop the server fast",
    "stop the server at once",
    "terminate all backends",
    "cut all connections",
    "slow the connections",
];

pub async fn soak(backend: Backend, seed: u64, time: Duration) -> Outcome<Found> {
    let mut random = StdRng::seed_from_u64(seed);
    let scene = Scene::set(backend, &[]).await?;
    let proxy = match &scene.server {
        Some(server) => Some(Proxy::start(server.port).await?),
        None => None,
    };
    if let Some(proxy) = &proxy {
        scene.through(proxy.url());
    }
    let mut company = Company::start(&scene, SPEC).await?;
    while company.workers.len() < WORKERS {
        company.workers.push(scene.worker(SPEC)?);
    }
    let own = match backend {
        Backend::Sqlite => SQLITE,
        Backend::Postgres => POSTGRES,
    };
    let (began, mut faults) = (Instant::now(), 0);
    while began.elapsed() < time {
        let which = random.random_range(0..ANY.len() + own.len());
        let fault = ANY
            .iter()
            .chain(own)
            .nth(which)
            .copied()
            .unwrap_or_default();
        let (victim, wait) = (random.random_range(0..2), random.random_range(200..1_500));
        strike(fault, &scene, proxy.as_ref(), &mut company, victim, wait).await?;
        faults += 1;
        if faults % 10 == 0 {
            scene.goes_on(20, 20, SOON).await?;
        }
        pause(random.random_range(50..400)).await;
    }
    scene.goes_on(60, 60, SOON).await?;
    scene.stop_enqueuing(&mut company.enqueuers).await?;
    scene.all_live(&mut company.workers)?;
    Ok(Found {
        counts: settle(&scene, &Twice::InDoubt, Duration::from_secs(60)).await?,
        note: format!("{faults} faults under seed {seed}"),
    })
}

async fn strike(
    fault: &str,
    scene: &Scene,
    proxy: Option<&Proxy>,
    company: &mut Company,
    victim: usize,
    wait: u64,
) -> Outcome {
    match fault {
        "kill a worker" => {
            company.workers.remove(victim).kill()?;
            company.workers.push(scene.worker(SPEC)?);
        }
        "stop a worker" => {
            company.workers[victim].signal(Signal::STOP)?;
            pause(wait * 4).await;
            company.workers[victim].signal(Signal::CONT)?;
        }
        "kill an enqueuer" => {
            company.enqueuers.remove(victim).kill()?;
            company.enqueuers.push(scene.enqueuer(2)?);
        }
        "stop an enqueuer" => {
            company.enqueuers[victim].signal(Signal::STOP)?;
            pause(wait).await;
            company.enqueuers[victim].signal(Signal::CONT)?;
        }
        "lock the file" => {
            let _locker = scene.locker(wait)?;
            pause(wait + 200).await;
        }
        "move the file" => {
            let (file, away) = (scene.file(), scene.folder.path().join("away"));
            std::fs::rename(&file, &away).map_err(crate::scene::broken)?;
            pause(wait).await;
            std::fs::rename(&away, &file).map_err(crate::scene::broken)?;
        }
        "stop the server fast" | "stop the server at once" => {
            let fast = fault.ends_with("fast");
            let server = scene.server()?;
            server
                .stop(if fast { Signal::INT } else { Signal::QUIT })
                .await?;
            pause(wait).await;
            server.begin().await?;
        }
        "terminate all backends" => {
            scene.server()?.terminate_all().await?;
        }
        "cut all connections" => {
            proxy.into_iter().for_each(Proxy::cut);
        }
        _ => {
            proxy.into_iter().for_each(|proxy| proxy.delay(wait / 20));
            pause(wait).await;
            proxy.into_iter().for_each(|proxy| proxy.delay(0));
        }
    }
    Ok(())
}
