//! The jobs of this program.

use std::io::Write as _;

use jobs::job;

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail server is busy")]
    Busy,
    #[error("there is no user {0}")]
    NoUser(i64),
}

/// Sends the welcome mail to a new user.
#[job(
    queue = "critical",
    discard_on(MailError::NoUser(_)),
    retry_on(MailError::Busy, backoff = "exponential", attempts = 5)
)]
pub async fn send_welcome_email(user_id: i64) -> Result<(), MailError> {
    if user_id <= 0 {
        return Err(MailError::NoUser(user_id));
    }
    // The mail, for the time being.
    writeln!(std::io::stdout(), "welcome, user {user_id}").map_err(|_| MailError::Busy)
}

#[cfg(test)]
mod tests {
    use jobs::testing::TestJobs;

    use super::{MailError, SendWelcomeEmail};

    #[jobs::test]
    async fn a_busy_server_is_asked_again(t: TestJobs) {
        t.fail::<SendWelcomeEmail, _>(2, || MailError::Busy);

        SendWelcomeEmail::perform_later(42).await.unwrap();
        jobs::assert_enqueued!(SendWelcomeEmail { user_id: 42 }, queue = "critical");

        let run = t.drain_all().await; // the clock moves through the waits
        assert_eq!(run.executions::<SendWelcomeEmail>(), 3);
        jobs::assert_performed!(SendWelcomeEmail);
    }

    #[jobs::test]
    async fn nobody_is_not_asked_again(t: TestJobs) {
        SendWelcomeEmail::perform_later(0).await.unwrap();
        let run = t.drain_all().await;
        assert_eq!(run.executions::<SendWelcomeEmail>(), 1);
    }
}
