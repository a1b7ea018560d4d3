//! `cargo run -p dashboard [ADDRESS [DATABASE]]`: fills a database, runs a worker, and serves the dashboard.
//!
//! Name and password are `ops` and `ops`, to look only `guest` and `guest`; `DASHBOARD_PASSWORD` sets another one.

use jobs::Jobs;
use jobs_web::BasicAuth;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_env_filter("info").init();
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let database = arguments
        .next()
        .unwrap_or_else(|| "sqlite::memory:".to_owned());
    let password = std::env::var("DASHBOARD_PASSWORD").unwrap_or_else(|_| "ops".to_owned());

    let jobs = Jobs::connect(&database).await?;
    dashboard::fill(&jobs).await?;
    let worker = jobs
        .worker()
        .queues(dashboard::served())
        .concurrency(6)
        .start()
        .await?;

    let people = BasicAuth::new("ops", password).read_only("guest", "guest");
    let app = axum::Router::new().nest(
        "/admin/jobs",
        jobs_web::dashboard(jobs.clone()).authorize(people),
    );
    let listener = TcpListener::bind(&address).await?;
    #[allow(clippy::print_stdout, reason = "the one line to be seen")]
    {
        println!("http://{}/admin/jobs", listener.local_addr()?);
    }
    let ended = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(ended)
        .await?;
    worker.stop().await?;
    Ok(())
}
