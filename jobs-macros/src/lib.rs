//! The attribute and macros of the `jobs` crate, which re-exports them: use them from there.

#![allow(
    unreachable_pub,
    reason = "a proc-macro crate exports macros only: `pub` says what a module offers to its neighbours"
)]

mod base;
mod errors;
mod item;
mod job;
#[cfg(any(feature = "testing", test))]
mod kit;
mod level;
mod names;
mod options;
#[cfg(test)]
mod paths;
mod queues;
mod spanned;
mod suggest;
#[cfg(test)]
mod tests;
mod text;
mod types;

use proc_macro::TokenStream;

/// Makes a background job of an `async fn`.
///
/// The function stays as it is and can be called. Beside it stands a type of the same name in UpperCamelCase
/// with a public field per argument, `perform_later` and `perform_now`.
///
/// ```text
/// /// Sends the welcome mail to a new user.
/// #[job(queue = "critical", retry_on(ApiError, backoff = "exponential", attempts = 5))]
/// async fn send_welcome_email(user_id: i64, #[state] mail: &dyn Mail) -> Result<(), ApiError> { /* … */ }
///
/// SendWelcomeEmail::perform_later(42).await?;
/// ```
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `queue = "mailers"` | a queue that `queues!` declares; without quotes, too, or the path of its constant |
/// | `queues = app::queues` | where that declaration is, if not in `crate::queues` |
/// | `priority = 10` | lower runs first within a queue; an `i16` or the path of a constant |
/// | `name = "mail.welcome"` | the stored name; the type's name unless given |
/// | `aliases("OldName")` | former names, whose rows this job runs too |
/// | `struct_name = SendMailJob` | the type's name |
/// | `derive(Debug, Clone)` | derives on the type |
/// | `base = ApplicationJob` | inherits rules, hooks and defaults of a type with [`macro@base`] |
/// | `retry_on(MyError, attempts = 5)` | a rule; the first that matches decides |
/// | `discard_on(MyError)` | a rule that ends the job without a dead letter |
/// | `retry = 3` | for errors that no rule matches; `0` is dead at once, `false` is never retried and no dead letter |
/// | `dead = false` | exhausted jobs leave no dead letter |
/// | `timeout = "30s"` | one execution's limit |
/// | `unique(by = [user_id])` | one job per key at a time; alone, by all arguments; see below |
/// | `concurrency(limit = 2, key = account_id)` | so many of one key run at once; see below |
/// | `rate_limit(count = 100, per = "1m")` | so many of one key start in any such span; see below |
/// | `cron = "0 9 * * *"` | runs by itself, once per tick whatever the number of workers; may be repeated |
/// | `every = "5m"` | the same at the multiples of a period, counted from the epoch |
/// | `timezone = "Europe/Berlin"` | the zone of `cron`; UTC unless given |
/// | `description = "Tidies up"` | shown with the task |
/// | `catch_up = "one"` | after an outage: `one` run for all ticks missed, `all` of them (at most 1,000), or `none` |
/// | `enabled = path::to::fn` | a `fn() -> bool`, asked when a handle connects and when a worker starts |
/// | `args = { who = "ann" }` | the arguments of its runs; those with a default may be left out |
/// | `version = 2` | the form of the arguments; goes with `upcast` |
/// | `upcast = path::to::fn` | turns older arguments into these |
/// | `retain = "7d"` | how long the finished record stays; `false` deletes it |
/// | `on_exhausted = path::to::fn` | called after the last attempt |
/// | `on_crash = "dead"` | what becomes of a job whose worker died: `retry` or `dead` |
/// | `expires_in = "1h"` | not started for the first time later than that after it was due |
/// | `logs = "64KiB"` | keeps so much of what each attempt logs; see `jobs::logs` |
/// | `redact(card_number)` | arguments that are never shown |
/// | `tags("mail")` | searchable labels |
/// | `blocking` | on a plain `fn`: runs on the blocking pool |
/// | `before_perform = path::to::fn` | hooks: one path, or a list `[a, b]` |
/// | `around_perform = path::to::fn` | |
/// | `after_perform = path::to::fn` | |
/// | `before_enqueue = path::to::fn` | |
/// | `around_enqueue = path::to::fn` | |
/// | `after_enqueue = path::to::fn` | |
/// | `after_discard = path::to::fn` | |
/// | `crate = my::jobs` | where the `jobs` crate is, if renamed |
///
/// # Keys and limits
///
/// `by` and `key` take an argument, a list of arguments, or an expression or closure over them, in which they stand as
/// references: `by = [user_id, kind]`, `key = user_id % 10`, `key = |mail| mail.domain()`. Without `by`, `unique` takes
/// all arguments; without `key`, a limit holds for all jobs of the type together.
///
/// - `unique(by, until = "executed", ttl = "1h", on_conflict = "reject")`. `until` says when the key is free again:
///   `executing` (when the job starts), `executed` (when it has ended for good, kept across retries), `expired` (after
///   `ttl` alone), `while_executing` (held by the running one; the others are enqueued and wait). `on_conflict` says
///   what becomes of a job whose key is held: `reject` (the existing job's handle comes back), `error`, `replace`
///   (arguments and time of the waiting one), `reschedule` (its time), `log`, `dead`.
/// - `concurrency(limit, key, group = "crm", on_conflict = "block", fair)`. A slot belongs to a claim: it neither leaks
///   nor expires. `group` joins several types; `discard` ends what is over the limit.
/// - `rate_limit(count, per, key)`. What is over the limit waits.
///
/// A limit is a number or the path of a `u32` constant.
///
/// # Parameters
///
/// Plain parameters are arguments, stored as JSON by name: `#[arg(default)]`, `#[arg(default = 100)]` and
/// `#[arg(rename = "userId")]` change how. `#[state] db: &T` is a value given to the handle or worker,
/// `#[ctx] ctx: &JobContext` the running job itself, `#[flow] flow: &mut Flow` its durable steps, and
/// `#[tx] tx: &mut jobs::sqlx::Transaction<'_, Sqlite>` (or `Postgres`) the transaction in which its end commits. `#[input] x: T` is an argument that a chain fills with the output
/// before it: the job then has `after(…)`, which takes the others.
#[proc_macro_attribute]
pub fn job(options: TokenStream, item: TokenStream) -> TokenStream {
    job::attribute(options.into(), item.into()).into()
}

/// Makes a unit struct a base: its rules, hooks and defaults hold for the jobs that say `base = …`.
///
/// ```text
/// #[jobs::base(discard_on(jobs::DeserializationError), retry_on(any, backoff = "polynomial"), around_perform = timed)]
/// pub struct ApplicationJob;
/// ```
///
/// It takes those options of [`macro@job`] that are not about one function.
#[proc_macro_attribute]
pub fn base(options: TokenStream, item: TokenStream) -> TokenStream {
    base::attribute(options.into(), item.into()).into()
}

/// Declares queues, once, at the crate root: `pub mod queues` with a constant for each, and `queues::ALL`.
///
/// ```text
/// jobs::queues! {
///     /// Mail that someone waits for.
///     critical(weight = 4),
///     mailers(weight = 1, priority = 5, paused) as "low-priority",
/// }
/// ```
#[proc_macro]
pub fn queues(input: TokenStream) -> TokenStream {
    queues::declare(input.into()).into()
}

/// Makes a test of an `async fn`, with a database in memory, a clock and a handle of its own; any number run at once.
///
/// ```text
/// #[jobs::test]
/// async fn welcomes(t: jobs::testing::TestJobs) {
///     SendWelcomeEmail::perform_later(42).await.unwrap();
///     jobs::assert_enqueued!(SendWelcomeEmail { user_id: 42 }, queue = "critical", times = 1);
///     t.drain_all().await.expect_ok();
/// }
/// ```
///
/// The parameter may be left out; the test may return a `Result`. Its calls use the handle of its kit: a task that is
/// started with a bare `tokio::spawn` loses it, and is refused the installed one; `jobs::spawn` hands it on.
///
/// | option | meaning |
/// |---|---|
/// | `postgres` | in a schema of its own on the server that `TEST_POSTGRES_URL` or `TEST_DATABASE_URL` names, dropped at the end |
/// | `flavor = "multi_thread"` | tokio's runtime with threads; the current thread alone unless given |
/// | `worker_threads = 2` | how many, 2 unless given |
/// | `setup = path::to::function` | a `fn(TestJobsBuilder) -> TestJobsBuilder`: hooks and settings of the handle |
/// | `crate = path` | where the `jobs` crate is, if renamed |
#[cfg(feature = "testing")]
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    kit::test::attribute(options.into(), item.into()).into()
}

/// What `jobs::assert_enqueued!` and its kin become.
#[cfg(feature = "testing")]
#[doc(hidden)]
#[proc_macro]
pub fn assertion(input: TokenStream) -> TokenStream {
    kit::assertion::assertion(input.into()).into()
}
