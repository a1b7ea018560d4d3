//! "Testing background jobs": each rspec example of the guide and its twin here; then what the twins say when the code
//! under test is broken.

#![allow(
    clippy::unwrap_used,
    reason = "tests are to read as those of the guide do"
)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use expect_test::{Expect, expect};
use guide::{
    queues,
    welcome::{Mailer, Message, SendWelcomeEmail, User, Users, WelcomeError, sign_up},
};
use jobs::testing::{TestJobs, TestJobsBuilder};

/// Keeps what it delivers, as `ActionMailer::Base.deliveries` does.
#[derive(Default)]
struct Deliveries {
    all: Mutex<Vec<Message>>,
    busy: AtomicU32,
}

impl Mailer for Deliveries {
    fn deliver(&self, message: Message) -> Result<(), WelcomeError> {
        if self.busy.load(Ordering::Relaxed) > 0 {
            self.busy.fetch_sub(1, Ordering::Relaxed);
            return Err(WelcomeError::Busy);
        }
        self.all.lock().expect("the list").push(message);
        Ok(())
    }
}

/// `let(:user) { create(:user) }`
fn user() -> User {
    User {
        id: 42,
        email: "ann@example.com".to_owned(),
    }
}

fn with_a_user(kit: TestJobsBuilder) -> TestJobsBuilder {
    kit.configure(|handle| handle.state(Users([(42, user())].into())))
}

fn mailer(t: &TestJobs) -> Arc<Deliveries> {
    let deliveries = Arc::new(Deliveries::default());
    t.state_dyn::<dyn Mailer>(deliveries.clone());
    deliveries
}

// it 'sends welcome email' do
//   expect { described_class.perform_now(user.id) }.to change { ActionMailer::Base.deliveries.count }.by(1)
//   mail = ActionMailer::Base.deliveries.last
//   expect(mail.to).to eq([user.email])
//   expect(mail.subject).to eq('Welcome to MyApp')
#[jobs::test(setup = with_a_user)]
async fn sends_welcome_email(t: TestJobs) {
    let deliveries = mailer(&t);
    SendWelcomeEmail::perform_now(user().id).await.unwrap();
    let all = deliveries.all.lock().unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].to, user().email);
    assert_eq!(all[0].subject, "Welcome to MyApp");
}

// it 'enqueues job' do
//   expect { described_class.perform_later(user.id) }.to have_enqueued_job(described_class)
//     .with(user.id).on_queue('default')
#[jobs::test]
async fn enqueues_job() {
    sign_up(&user()).await.unwrap();
    enqueued_for_the_user();
}

fn enqueued_for_the_user() {
    jobs::assert_enqueued!(
        SendWelcomeEmail { user_id: user().id },
        queue = "default",
        times = 1
    );
}

// it 'handles missing user gracefully' do
//   expect { described_class.perform_now(999) }.to raise_error(ActiveRecord::RecordNotFound)
#[jobs::test(setup = with_a_user)]
async fn handles_missing_user_gracefully(t: TestJobs) {
    mailer(&t);
    let error = SendWelcomeEmail::perform_now(999).await.unwrap_err();
    assert!(matches!(error.job_error(), Some(WelcomeError::NoUser(999))));
    // And in a worker: given up at once, without a dead letter.
    SendWelcomeEmail::perform_later(999).await.unwrap();
    let run = t.drain_all().await;
    assert_eq!((run.performed(), run.discarded(), run.dead()), (1, 1, 0));
}

// context 'with retries' do
//   before { allow(UserMailer).to receive(:welcome_email).and_raise(Net::SMTPServerBusy) }
//   it 'retries on transient errors' do
//     expect { described_class.perform_now(user.id) }.to raise_error(Net::SMTPServerBusy)
//     expect(described_class).to have_been_enqueued.at_most(5).times
#[jobs::test(setup = with_a_user)]
async fn retries_on_transient_errors(t: TestJobs) {
    mailer(&t).busy.store(u32::MAX, Ordering::Relaxed);
    let began = t.now();
    sign_up(&user()).await.unwrap();
    let run = t.drain_all().await;
    assert_eq!(run.executions::<SendWelcomeEmail>(), 5);
    assert_eq!((run.retried(), run.dead()), (4, 1));
    // 3, 18, 83 and 258 seconds later.
    assert_eq!((t.now() - began).num_seconds(), 3 + 18 + 83 + 258);
}

// config.before(:each, type: :job) { clear_enqueued_jobs; clear_performed_jobs }
#[jobs::test]
async fn each_test_begins_with_nothing() {
    jobs::assert_no_enqueued!();
    jobs::assert_no_performed!();
}

/// The message of an assertion that fails.
fn says(assertion: impl FnOnce(), expected: Expect) {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("it fails");
    let text = panic.downcast_ref::<String>().expect("a text");
    expected.assert_eq(&format!("{text}\n"));
}

#[jobs::test]
async fn broken_nothing_is_enqueued() {
    // `sign_up` that forgets the job.
    says(
        enqueued_for_the_user,
        expect![[r#"
        assert_enqueued!(SendWelcomeEmail { user_id: user().id }, queue = "default", times = 1)
          expected: exactly 1 waiting job: SendWelcomeEmail { user_id: user().id }
             found: none

          nothing is enqueued
    "#]],
    );
}

#[jobs::test]
async fn broken_another_user_and_queue() {
    SendWelcomeEmail::perform_later(user().id + 1)
        .queue(queues::low)
        .await
        .unwrap();
    says(
        enqueued_for_the_user,
        expect![[r#"
        assert_enqueued!(SendWelcomeEmail { user_id: user().id }, queue = "default", times = 1)
          expected: exactly 1 waiting job: SendWelcomeEmail { user_id: user().id }
             found: none

          the closest differs in:
            - SendWelcomeEmail { user_id: 42 }
            + SendWelcomeEmail { user_id: 43 }
            - queue = "default"
            + queue = "low"

          enqueued instead:
             SendWelcomeEmail { user_id: 43 }, queue = "low"
    "#]],
    );
}

#[jobs::test]
async fn broken_enqueued_twice() {
    sign_up(&user()).await.unwrap();
    sign_up(&user()).await.unwrap();
    says(
        enqueued_for_the_user,
        expect![[r#"
        assert_enqueued!(SendWelcomeEmail { user_id: user().id }, queue = "default", times = 1)
          expected: exactly 1 waiting job: SendWelcomeEmail { user_id: user().id }
             found: 2

          enqueued:
           * SendWelcomeEmail { user_id: 42 }, queue = "default"
           * SendWelcomeEmail { user_id: 42 }, queue = "default"
    "#]],
    );
}

#[jobs::test(setup = with_a_user)]
async fn broken_the_mail_is_never_sent(t: TestJobs) {
    mailer(&t).busy.store(u32::MAX, Ordering::Relaxed);
    sign_up(&user()).await.unwrap();
    let run = t.drain_all().await;
    says(
        || drop(run.expect_ok()),
        expect![[r#"
        5 of 5 executions failed:
          SendWelcomeEmail { user_id: 42 }: failed, retried in 3s: guide::welcome::WelcomeError: the mail server is busy
          SendWelcomeEmail { user_id: 42 }, attempt 2: failed, retried in 18s: guide::welcome::WelcomeError: the mail server is busy
          SendWelcomeEmail { user_id: 42 }, attempt 3: failed, retried in 1m 23s: guide::welcome::WelcomeError: the mail server is busy
          SendWelcomeEmail { user_id: 42 }, attempt 4: failed, retried in 4m 18s: guide::welcome::WelcomeError: the mail server is busy
          SendWelcomeEmail { user_id: 42 }, attempt 5: dead: guide::welcome::WelcomeError: the mail server is busy
    "#]],
    );
    says(
        || jobs::assert_performed!(SendWelcomeEmail { user_id: 42 }, times = 1),
        expect![[r#"
            assert_performed!(SendWelcomeEmail { user_id: 42 }, times = 1)
              expected: exactly 1 execution: SendWelcomeEmail { user_id: 42 }
                 found: 5

              performed:
               * SendWelcomeEmail { user_id: 42 }: failed, retried in 3s: guide::welcome::WelcomeError: the mail server is busy
               * SendWelcomeEmail { user_id: 42 }, attempt 2: failed, retried in 18s: guide::welcome::WelcomeError: the mail server is busy
               * SendWelcomeEmail { user_id: 42 }, attempt 3: failed, retried in 1m 23s: guide::welcome::WelcomeError: the mail server is busy
               * SendWelcomeEmail { user_id: 42 }, attempt 4: failed, retried in 4m 18s: guide::welcome::WelcomeError: the mail server is busy
               * SendWelcomeEmail { user_id: 42 }, attempt 5: dead: guide::welcome::WelcomeError: the mail server is busy
        "#]],
    );
}
