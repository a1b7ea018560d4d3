//! A dashboard for [`jobs`]: an axum router that shows a job database and steers it.
//!
//! ```no_run
//! # async fn doc() -> Result<(), Box<dyn std::error::Error>> {
//! let jobs = jobs::Jobs::connect("sqlite://jobs.db").await?;
//! let password = std::env::var("DASHBOARD_PASSWORD")?;
//! let app: axum::Router = axum::Router::new()
//!     .nest("/admin/jobs", jobs_web::dashboard(jobs).basic_auth("ops", password));
//! # drop(app);
//! # Ok(()) }
//! ```
//!
//! Pages are made on the server and work without JavaScript; with it they follow what happens. Nothing is loaded from
//! another origin. There is no dashboard for everybody: without [`basic_auth`](Dashboard::basic_auth) or
//! [`authorize`](Dashboard::authorize) there is no router to mount.
//!
//! ```compile_fail
//! # fn doc(jobs: jobs::Jobs) -> axum::Router {
//! axum::Router::new().nest("/admin/jobs", jobs_web::dashboard(jobs))
//! # }
//! ```

mod access;
mod assets;
mod charts;
mod failure;
mod guard;
mod health;
mod layout;
mod live;
mod pages;
mod posted;
mod query;
mod runs;
mod text;
mod time;
mod view;

use std::sync::Arc;

use axum::Router;
use jobs::Jobs;

pub use access::{Access, Actor, Authorize, BasicAuth};
pub use health::health;

/// Begins a dashboard of the database behind this handle; who may see it is said next.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs) {
/// let router = jobs_web::dashboard(jobs).basic_auth("ops", "a long password");
/// # drop(router);
/// # }
/// ```
#[must_use]
pub fn dashboard(jobs: Jobs) -> Dashboard {
    Dashboard { jobs }
}

/// A dashboard that nobody can see yet: a router comes of it once it is said who may.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs) -> axum::Router {
/// use axum::http::request::Parts;
/// use jobs_web::Access;
///
/// jobs_web::dashboard(jobs).authorize(|parts: &Parts| {
///     let admin = parts.headers.get("x-role").is_some_and(|role| role == "admin");
///     async move { if admin { Access::Full } else { Access::Denied } }
/// })
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Dashboard {
    jobs: Jobs,
}

impl Dashboard {
    /// Lets in who gives this name and password, with every right. With an empty password nobody is let in.
    ///
    /// The password goes over the wire in each request: serve the dashboard over TLS.
    pub fn basic_auth(self, user: impl Into<String>, password: impl Into<String>) -> Router {
        self.authorize(BasicAuth::new(user, password))
    }

    /// Asks the application who is let in, and with which rights.
    pub fn authorize(self, authorize: impl Authorize) -> Router {
        let app = Arc::new(view::App {
            inspector: self.jobs.inspect(),
            authorize: Box::new(authorize),
            live: live::Live::default(),
            runs: runs::Runs::default(),
        });
        guard::guarded(pages::routes(), app)
    }
}

/// The block of docs/dashboard.md compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/dashboard.md")]
mod manual {}
