//! `jobs web`: who may see the dashboard, and where. The dashboard itself is of another crate, which this one does not
//! know: the binary hands it in.

use std::{fmt, net::SocketAddr};

use futures_core::future::BoxFuture;

use super::{Ended, Trouble, args};
use crate::handle::Jobs;

/// What `web` was told.
#[non_exhaustive]
#[derive(Clone)]
pub struct Web {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Who is let in.
    pub user: String,
    /// With which password; never empty.
    pub password: String,
    /// Whether they may only look.
    pub read_only: bool,
}

impl fmt::Debug for Web {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Web({} at {})", self.user, self.listen)
    }
}

/// Serves a dashboard of the handle's database until the process is told to stop.
pub type Serve = fn(Jobs, Web) -> BoxFuture<'static, std::io::Result<()>>;

/// Before anything is connected: nobody is let in without a password.
pub(super) fn allowed(options: &args::Web, serves: bool) -> Ended {
    if !serves {
        return Err(Trouble::Usage(
            "this binary has no dashboard: run `jobs web` of the crate jobs-cli, or mount `jobs_web::dashboard(jobs)`"
                .into(),
        ));
    }
    let given = |text: &str| !text.trim().is_empty();
    let named = given(&options.user) && !options.user.contains(':');
    if !named || !options.password.as_deref().is_some_and(given) {
        return Err(Trouble::Usage(
            "who is let in? Set JOBS_WEB_PASSWORD, and JOBS_WEB_USER (`admin` by default; no colon in it)".into(),
        ));
    }
    Ok(())
}

pub(super) async fn run(jobs: &Jobs, options: args::Web, serve: Option<Serve>) -> Ended {
    let (Some(serve), Some(password)) = (serve, options.password) else {
        return Ok(());
    };
    let told = Web {
        listen: options.listen,
        user: options.user,
        password,
        read_only: options.read_only,
    };
    let address = told.listen;
    serve(jobs.clone(), told)
        .await
        .map_err(|error| Trouble::Failed(format!("serving the dashboard at {address}: {error}")))
}
