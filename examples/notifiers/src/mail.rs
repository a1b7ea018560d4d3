//! A mail to whoever is on call.

use jobs::{DeadLetter, job};
use lettre::{AsyncFileTransport, AsyncTransport as _, Message, Tokio1Executor};

/// Where mails go: files here, in a real program `AsyncSmtpTransport`.
pub type Mailer = AsyncFileTransport<Tokio1Executor>;

/// Sends a mail about a job that is dead. It leaves no dead letter of its own: that would be told, too.
#[job(
    queue = "notify",
    retry_on(any, attempts = 8, backoff = "exponential"),
    dead = false
)]
pub async fn mail_to_ops(
    subject: String,
    text: String,
    #[state] mailer: &Mailer,
) -> anyhow::Result<()> {
    let mail = Message::builder()
        .from("jobs@example.org".parse()?)
        .to("on-call@example.org".parse()?)
        .subject(subject)
        .body(text)?;
    mailer.send(mail).await?;
    Ok(())
}

/// For [`JobsBuilder::on_dead`](jobs::JobsBuilder::on_dead).
pub async fn tell(letter: DeadLetter) {
    let subject = format!("{} is dead", letter.name);
    let mut text = format!(
        "{} in queue {}\n{}\n",
        letter.id,
        letter.queue,
        letter.error.message()
    );
    for cause in letter.error.chain() {
        text.push_str(&format!("caused by: {cause}\n"));
    }
    if let Err(error) = MailToOps::perform_later(subject, text).await {
        tracing::error!(%error, "nobody could be told of a dead letter");
    }
}
