//! What can stand in a chain: a job that needs no input, or a job after another one.

use std::{fmt, marker::PhantomData};

use crate::{enqueue::Prepared, job::Job, payload::ArgsWriter};

/// What the first job of a chain gets: nothing.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[job]
/// async fn export() {}
///
/// fn may_begin_a_chain<S: jobs::Then<jobs::Nothing>>(_: S) {}
/// # fn main() {
/// may_begin_a_chain(Export);
/// # }
/// ```
#[derive(Debug)]
pub enum Nothing {}

/// A job with an `#[input]` parameter, which a chain fills.
///
/// Implemented by the attribute only.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[job]
/// async fn upload(#[input] file: String, bucket: String) {}
///
/// fn input_of<J: jobs::TakesInput<Input = String>>() -> &'static str {
///     J::INPUT
/// }
/// # fn main() {
/// assert_eq!(input_of::<Upload>(), "file");
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes no input",
    label = "has no `#[input]` parameter",
    note = "mark the parameter that the chain fills: `#[input] name: Type`"
)]
pub trait TakesInput: Job {
    /// The type of the parameter.
    type Input: 'static;
    /// The name under which it is stored.
    const INPUT: &'static str;
}

/// A job whose `#[input]` is the output of what stands before it; made by its `after(…)`.
///
/// ```
/// use jobs::{Jobs, job};
/// # jobs::queues! { default }
///
/// #[job]
/// async fn export(report_id: i64) -> String {
///     format!("report {report_id}")
/// }
///
/// #[job]
/// async fn upload(#[input] file: String, bucket: String) -> u64 {
///     println!("{file} to {bucket}");
///     file.len() as u64
/// }
///
/// # async fn doc(jobs: Jobs) -> jobs::Result<()> {
/// let upload: jobs::After<Upload> = Upload::after("reports");
/// let handle = jobs::chain(Export { report_id: 7 }).then(upload).on(&jobs).enqueue().await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
pub struct After<J> {
    prepared: Prepared,
    job: PhantomData<fn() -> J>,
}

impl<J> fmt::Debug for After<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("After")
    }
}

impl<J: TakesInput> After<J> {
    #[doc(hidden)]
    pub fn __new(write: impl FnOnce(&mut ArgsWriter)) -> Self {
        let mut args = ArgsWriter::new();
        write(&mut args);
        Self {
            prepared: Prepared::from_args(J::__definition(), args.finish()),
            job: PhantomData,
        }
    }
}

/// One stage on its way into the database.
#[derive(Debug)]
pub struct Stage {
    pub(crate) links: Vec<Link>,
    /// From `jobs::all`: what it hands on is a list.
    pub(super) listed: bool,
}

/// One job of a stage.
#[derive(Debug)]
pub struct Link {
    pub(crate) prepared: Prepared,
    pub(crate) input: Option<&'static str>,
}

/// What can stand behind a stage whose output is `In`: a job that needs no input, a [`After`] whose input is `In`, or
/// [`jobs::all`](crate::all) of these.
///
/// ```
/// fn comes_after_text<S: jobs::Then<String>>(_: S) {}
/// # use jobs::job;
/// # jobs::queues! { default }
/// # #[job] async fn notify() {}
/// # fn main() {
/// comes_after_text(Notify);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand behind an output of type `{In}`",
    label = "its `#[input]` is of another type, or it is no job",
    note = "a chain takes a job that needs no input, `J::after(…)` whose `#[input]` is of type `{In}`, or `jobs::all((…))` of these",
    note = "the first stage of a chain has no input: it takes jobs as values, `J {{ … }}`"
)]
pub trait Then<In> {
    /// What it hands on.
    type Output: 'static;

    #[doc(hidden)]
    fn __stage(self) -> Stage;
}

/// A stage that is one job: what [`jobs::all`](crate::all) takes.
///
/// ```
/// fn one_job<S: jobs::Step<String>>(_: S) {}
/// # use jobs::job;
/// # jobs::queues! { default }
/// # #[job] async fn notify() {}
/// # fn main() {
/// one_job(Notify);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be one of the jobs behind an output of type `{In}`",
    label = "its `#[input]` is of another type, or it is no job",
    note = "`jobs::all` takes jobs that need no input, and `J::after(…)` whose `#[input]` is of type `{In}`"
)]
pub trait Step<In>: Then<In> {}

#[diagnostic::do_not_recommend]
impl<In, J: Job> Then<In> for J {
    type Output = J::Output;

    fn __stage(self) -> Stage {
        let prepared = Prepared::new(&self);
        Stage {
            links: vec![Link {
                prepared,
                input: None,
            }],
            listed: false,
        }
    }
}

#[diagnostic::do_not_recommend]
impl<In, J: Job> Step<In> for J {}

impl<J: TakesInput> Then<J::Input> for After<J> {
    type Output = J::Output;

    fn __stage(self) -> Stage {
        Stage {
            links: vec![Link {
                prepared: self.prepared,
                input: Some(J::INPUT),
            }],
            listed: false,
        }
    }
}

impl<J: TakesInput> Step<J::Input> for After<J> {}
