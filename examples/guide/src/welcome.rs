//! "Setup and basic usage", and what "Testing background jobs" tests: a welcome mail for a new user.

use std::collections::HashMap;

use jobs::job;

/// One who signed up.
#[derive(Debug, Clone)]
pub struct User {
    /// Its number.
    pub id: i64,
    /// Where its mail goes.
    pub email: String,
}

/// Where users are kept.
#[derive(Debug, Default)]
pub struct Users(pub HashMap<i64, User>);

impl Users {
    /// Finds one.
    ///
    /// # Errors
    /// There is none of this number.
    pub fn find(&self, id: i64) -> Result<&User, WelcomeError> {
        self.0.get(&id).ok_or(WelcomeError::NoUser(id))
    }
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The address.
    pub to: String,
    /// What it is about.
    pub subject: String,
}

/// Delivers mail.
pub trait Mailer: Send + Sync {
    /// Delivers one.
    ///
    /// # Errors
    /// The server does not take it.
    fn deliver(&self, message: Message) -> Result<(), WelcomeError>;
}

/// Why there was no welcome.
#[derive(Debug, thiserror::Error)]
pub enum WelcomeError {
    /// There is no such user.
    #[error("there is no user {0}")]
    NoUser(i64),
    /// The mail server is busy.
    #[error("the mail server is busy")]
    Busy,
}

/// Sends the welcome mail to a new user.
#[job(
    queue = "default",
    discard_on(WelcomeError::NoUser(_)),
    retry_on(WelcomeError::Busy, backoff = "polynomial", attempts = 5)
)]
pub async fn send_welcome_email(
    user_id: i64,
    #[state] users: &Users,
    #[state] mailer: &dyn Mailer,
) -> Result<(), WelcomeError> {
    let user = users.find(user_id)?;
    mailer.deliver(Message {
        to: user.email.clone(),
        subject: "Welcome to MyApp".to_owned(),
    })
}

/// What the application does when somebody signs up.
///
/// # Errors
/// The job cannot be enqueued.
pub async fn sign_up(user: &User) -> Result<(), jobs::Error> {
    SendWelcomeEmail::perform_later(user.id).await?;
    Ok(())
}
