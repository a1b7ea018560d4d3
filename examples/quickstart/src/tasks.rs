//! The jobs. The module is not called `jobs`: that would shadow the crate.

use jobs::job;

use crate::{
    mail::{ApiError, ClientError, Mail},
    users::Users,
};

/// Sends the welcome mail to a new user.
///
/// Waits are 50, 100, 200 and 400 ms so that the example ends soon; without `wait` they are 3, 6, 12 and 24 s.
#[job(
    queue = "critical",
    retry_on(ApiError, backoff = "exponential", wait = "50ms", attempts = 5),
    discard_on(ClientError)
)]
pub async fn send_welcome_email(
    user_id: i64,
    #[state] users: &Users,
    #[state] mail: &dyn Mail,
) -> anyhow::Result<()> {
    let user = users
        .find(user_id)
        .ok_or(ClientError::UnknownUser(user_id))?;
    mail.welcome(user).await
}
