//! What becomes of a Postgres server, as its operators and its limits have it.

use std::time::Duration;

use jobs::sqlx::{self, AssertSqlSafe};
use rustix::process::Signal;

use super::{Backend, Company, Found, cells};
use crate::{
    bouncer::Bouncer,
    check::Twice,
    scene::{Outcome, Scene, Spec, broken, failed, pause},
};

cells! {
    quick "server-stopped-fast" on Postgres: stopped_fast, "the server stopped fast, started again after two seconds";
    full "server-stopped-immediate" on Postgres: stopped_at_once, "the server stopped at once (crash recovery), started again after two seconds";
    full "server-restarted-thrice" on Postgres: restarted_thrice, "the server restarted three times in a row";
    quick "backends-terminated" on Postgres: terminated, "all its backends terminated, ten times";
    full "connections-used-up" on Postgres: used_up, "all connections taken by others for three seconds, ours terminated";
    full "read-only" on Postgres: read_only, "the database switched to read-only for three seconds";
    full "statement-timeout" on Postgres: statement_timeout, "the jobs' table locked until statements reach their timeout (27 s)";
    full "pgbouncer-restarted" on Postgres: pooler_restarted, "a PgBouncer in transaction mode killed and started again, twice";
}

async fn stopped_fast(_: Backend) -> Outcome<Found> {
    stopped(Signal::INT, Twice::Never).await
}

async fn stopped_at_once(_: Backend) -> Outcome<Found> {
    stopped(Signal::QUIT, Twice::InDoubt).await
}

async fn stopped(signal: Signal, twice: Twice) -> Outcome<Found> {
    let scene = Scene::set(Backend::Postgres, &[]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    scene.server()?.stop(signal).await?;
    pause(2_000).await;
    scene.server()?.begin().await?;
    company.finish(&scene, twice).await
}

async fn restarted_thrice(_: Backend) -> Outcome<Found> {
    let scene = Scene::set(Backend::Postgres, &[]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    for signal in [Signal::QUIT, Signal::INT, Signal::QUIT] {
        scene.server()?.stop(signal).await?;
        scene.server()?.begin().await?;
        pause(300).await;
    }
    company.finish(&scene, Twice::InDoubt).await
}

async fn terminated(_: Backend) -> Outcome<Found> {
    let scene = Scene::set(Backend::Postgres, &[]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    let mut ended = 0;
    for _ in 0..10 {
        ended += scene.server()?.terminate_all().await?;
        pause(150).await;
    }
    let mut found = company.finish(&scene, Twice::Never).await?;
    found.note = format!("{ended} backends");
    Ok(found)
}

async fn used_up(_: Backend) -> Outcome<Found> {
    let scene = Scene::set(Backend::Postgres, &["max_connections=24"]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    let server = scene.server()?;
    let mut held = Vec::new();
    let mut ended = server.session().await?;
    // Whatever ours let go of is taken by others.
    for _ in 0..200 {
        match server.session().await {
            Ok(session) => held.push(session),
            Err(_) => {
                let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE application_name LIKE 'jobs%' LIMIT 1";
                let gone: Vec<bool> = sqlx::query_scalar(AssertSqlSafe(terminate.to_owned()))
                    .fetch_all(&mut ended)
                    .await
                    .map_err(broken)?;
                if gone.is_empty() {
                    break;
                }
                pause(5).await;
            }
        }
    }
    if held.len() < 12 {
        return failed(format!("only {} connections were taken", held.len()));
    }
    pause(3_000).await;
    let taken = held.len();
    drop((held, ended));
    let mut found = company.finish(&scene, Twice::Never).await?;
    found.note = format!("{taken} of 24 taken");
    Ok(found)
}

async fn read_only(_: Backend) -> Outcome<Found> {
    let scene = Scene::set(Backend::Postgres, &[]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    let switch = |to: &str| {
        let set = format!("ALTER SYSTEM SET default_transaction_read_only = {to}");
        [
            "SET default_transaction_read_only = off".to_owned(),
            set,
            "SELECT pg_reload_conf()".to_owned(),
        ]
    };
    for to in ["on", "off"] {
        let statements = switch(to);
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        scene.server()?.tell(&statements).await?;
        if to == "on" {
            pause(3_000).await;
        }
    }
    company.finish(&scene, Twice::Never).await
}

async fn statement_timeout(_: Backend) -> Outcome<Found> {
    let scene = Scene::set(Backend::Postgres, &[]).await?;
    let spec = Spec {
        lease: Duration::from_secs(60),
        ..Spec::default()
    };
    let company = Company::start(&scene, spec).await?;
    let lock = format!(
        "BEGIN; LOCK TABLE \"{}\".jobs IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(27); COMMIT",
        scene.schema
    );
    scene.server()?.tell(&[&lock]).await?;
    company.finish(&scene, Twice::Never).await
}

async fn pooler_restarted(_: Backend) -> Outcome<Found> {
    let scene = Scene::set(Backend::Postgres, &[]).await?;
    let mut bouncer = Bouncer::start(scene.server()?.port)?;
    scene.through(bouncer.url());
    let company = Company::start(&scene, Spec::default()).await?;
    for _ in 0..2 {
        bouncer.stop()?;
        pause(1_500).await;
        bouncer.begin()?;
        scene.goes_on(20, 20, super::SOON).await?;
    }
    company.finish(&scene, Twice::Never).await
}
