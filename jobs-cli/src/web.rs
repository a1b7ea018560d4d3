//! The dashboard alone, until a signal.

use std::io::{self, Write as _};

use jobs::{Jobs, cli::Web};
use jobs_web::BasicAuth;
use tokio::net::TcpListener;

pub(crate) async fn serve(jobs: Jobs, told: Web) -> io::Result<()> {
    let people = if told.read_only {
        BasicAuth::nobody().read_only(told.user, told.password)
    } else {
        BasicAuth::new(told.user, told.password)
    };
    let app = jobs_web::dashboard(jobs).authorize(people);
    let listener = TcpListener::bind(told.listen).await?;
    writeln!(
        io::stdout(),
        "The dashboard is at http://{}/",
        listener.local_addr()?
    )?;
    // Pages that follow what happens keep their connections open: there is nothing to wait for.
    tokio::select! {
        served = async { axum::serve(listener, app).await } => served,
        () = told_to_stop() => Ok(()),
    }
}

async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
