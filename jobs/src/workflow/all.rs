//! `jobs::all`: several jobs as one stage.

use super::stage::{Stage, Step, Then};

/// Several jobs as one stage: they run at the same time, and what comes after them begins when all have succeeded, with
/// the list of their outputs.
///
/// Made by [`all`].
///
/// ```
/// # use jobs::job;
/// # jobs::queues! { default }
/// # #[job] async fn tidy() {}
/// # fn main() {
/// let both: jobs::All<(Tidy, Tidy)> = jobs::all((Tidy, Tidy));
/// # drop(both);
/// # }
/// ```
#[derive(Debug)]
pub struct All<M>(M);

/// Jobs that run at the same time, as one stage of a [`chain`](crate::chain): a tuple of up to twelve, or a `Vec` of one
/// kind. What the stage hands on is the tuple or `Vec` of their outputs.
///
/// ```
/// use jobs::{Jobs, job};
/// # jobs::queues! { default }
///
/// #[job]
/// async fn users(day: u32) -> u64 { u64::from(day) * 10 }
///
/// #[job]
/// async fn revenue(day: u32) -> String { format!("{day} EUR") }
///
/// #[job]
/// async fn report(#[input] parts: (u64, String)) -> String {
///     format!("{} users, {}", parts.0, parts.1)
/// }
///
/// # #[tokio::main]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = Jobs::connect("sqlite::memory:").await?;
/// let worker = jobs.worker().start().await?;
/// let report = jobs::chain(jobs::all((Users { day: 1 }, Revenue { day: 1 })))
///     .then(Report::after())
///     .on(&jobs)
///     .enqueue()
///     .await?;
/// assert_eq!(report.result().await?, "10 users, 1 EUR");
/// # worker.stop().await
/// # }
/// ```
pub fn all<M>(jobs: M) -> All<M> {
    All(jobs)
}

/// A tuple or a `Vec` of jobs, for [`all`].
///
/// ```
/// fn list<M: jobs::Many<jobs::Nothing>>(_: &M) {}
/// # use jobs::job;
/// # jobs::queues! { default }
/// # #[job] async fn tidy() {}
/// # fn main() {
/// list(&(Tidy, Tidy));
/// list(&vec![Tidy]);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of jobs that can stand behind an output of type `{In}`",
    label = "not a tuple of up to twelve jobs, nor a `Vec` of them",
    note = "write `jobs::all((A {{ … }}, B::after(…)))` or `jobs::all(vec![A {{ … }}])`; each `#[input]` among them is of type `{In}`"
)]
pub trait Many<In> {
    /// Their outputs.
    type Output: 'static;

    #[doc(hidden)]
    fn __stages(self) -> Vec<Stage>;
}

impl<In, S: Step<In>> Many<In> for Vec<S> {
    type Output = Vec<S::Output>;

    fn __stages(self) -> Vec<Stage> {
        self.into_iter().map(Then::__stage).collect()
    }
}

impl<In, M: Many<In>> Then<In> for All<M> {
    type Output = M::Output;

    fn __stage(self) -> Stage {
        let stages = self.0.__stages();
        Stage {
            links: stages.into_iter().flat_map(|stage| stage.links).collect(),
            listed: true,
        }
    }
}

macro_rules! tuples {
    ($($step:ident)+) => {
        impl<In, $($step: Step<In>),+> Many<In> for ($($step,)+) {
            type Output = ($($step::Output,)+);

            fn __stages(self) -> Vec<Stage> {
                #[allow(non_snake_case, reason = "one name for the type and its value")]
                let ($($step,)+) = self;
                vec![$($step.__stage()),+]
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);
