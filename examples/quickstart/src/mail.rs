//! Where mails go: files in a folder, with three addresses that misbehave on purpose.

use std::{collections::HashMap, path::PathBuf, sync::Mutex};

use futures_core::future::BoxFuture;
use lettre::{AsyncFileTransport, AsyncTransport as _, Message, Tokio1Executor, message::Mailbox};

use crate::users::User;

/// The server did not do its part; the same mail may pass later.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("the mail server for {0} is busy, try again later")]
    Busy(String),
    #[error("the mail server for {0} does not answer")]
    Down(String),
    #[error("the mail could not be written")]
    Write(#[from] lettre::transport::file::Error),
}

/// The mail itself is at fault; sending it again would fail again.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0} is not a mailbox")]
    Bounced(String),
    #[error("the mail could not be composed")]
    Compose(#[from] lettre::error::Error),
    #[error("this is no address")]
    Address(#[from] lettre::address::AddressError),
    #[error("there is no user {0}")]
    UnknownUser(i64),
}

/// What the job needs of a mail service; a test would give it another one.
pub trait Mail: Send + Sync {
    fn welcome<'a>(&'a self, user: &'a User) -> BoxFuture<'a, anyhow::Result<()>>;
}

/// Writes each mail to a file; one address bounces, one server is busy twice, one never answers.
pub struct Simulated {
    files: AsyncFileTransport<Tokio1Executor>,
    refusals: Mutex<HashMap<String, u32>>,
}

impl Simulated {
    pub fn into_folder(folder: PathBuf) -> std::io::Result<Self> {
        Ok(Self {
            files: AsyncFileTransport::new(folder),
            refusals: Mutex::default(),
        })
    }

    fn misbehave(&self, email: &str) -> anyhow::Result<()> {
        match email.split_once('@').map(|(_, domain)| domain) {
            Some("moved.example.test") => Err(ClientError::Bounced(email.into()).into()),
            Some("down.example.test") => Err(ApiError::Down(email.into()).into()),
            Some("busy.example.test") if self.refused_before(email) < 2 => {
                Err(ApiError::Busy(email.into()).into())
            }
            _ => Ok(()),
        }
    }

    fn refused_before(&self, email: &str) -> u32 {
        let mut refusals = self
            .refusals
            .lock()
            .unwrap_or_else(|held| held.into_inner());
        let count = refusals.entry(email.into()).or_default();
        *count += 1;
        *count - 1
    }
}

impl Mail for Simulated {
    fn welcome<'a>(&'a self, user: &'a User) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            self.misbehave(&user.email)?;
            let mail = compose(user)?;
            self.files.send(mail).await.map_err(ApiError::from)?;
            Ok(())
        })
    }
}

fn compose(user: &User) -> Result<Message, ClientError> {
    let to = Mailbox::new(Some(user.name.clone()), user.email.parse()?);
    let from = Mailbox::new(Some("Quickstart".into()), "welcome@example.com".parse()?);
    let text = format!("Hello {},\r\n\r\nwelcome aboard.\r\n", user.name);
    Ok(Message::builder()
        .from(from)
        .to(to)
        .subject("Welcome")
        .body(text)?)
}
