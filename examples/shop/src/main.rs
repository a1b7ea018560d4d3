//! `cargo run -p shop`: shop, worker, bank and dashboard in one process, until Ctrl-C.

use std::io::Write as _;

use shop::{
    app::{Settings, Shop},
    web,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let settings = Settings::from_env();
    let password = settings
        .password
        .clone()
        .unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let listener = TcpListener::bind(&settings.address).await?;
    let shop = Shop::start(&settings).await?;
    let address = listener.local_addr()?;
    let places = format!(
        "the shop:      http://{address}/\nthe dashboard: http://{address}/admin/jobs (ops, {password})\n"
    );
    // Nobody may be reading.
    let _ = std::io::stdout().write_all(places.as_bytes());
    let mut terminated = signal(SignalKind::terminate())?;
    let ended = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    };
    let app = web::router(shop.store.clone(), &password);
    axum::serve(listener, app)
        .with_graceful_shutdown(ended)
        .await?;
    shop.stop().await?;
    Ok(())
}
