//! The expansion of `#[job]`, `queues!` and `#[jobs::base]`, by hand: what the macros must emit compiles and means this.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::pedantic)]
use std::time::Duration;

// jobs::queues! { /// Mail. critical(weight = 4), mailers(weight = 1, priority = 5, paused) as "low-priority" }
#[allow(non_upper_case_globals)]
pub mod queues {
    /// Mail.
    pub const critical: ::jobs::Queue = ::jobs::Queue::__new("critical", 4, 0, false);
    #[doc = "The queue `low-priority`."]
    pub const mailers: ::jobs::Queue = ::jobs::Queue::__new("low-priority", 1, 5, true);
    /// Every queue declared here.
    pub const ALL: &[::jobs::Queue] = &[critical, mailers];
    const _: () = {
        use ::jobs::__private as p;
        p::inventory::submit! { p::DeclaredQueue { queue: critical, location: p::Location { file: p::std::file!(), line: p::std::line!() } } }
        p::inventory::submit! { p::DeclaredQueue { queue: mailers, location: p::Location { file: p::std::file!(), line: p::std::line!() } } }
    };
}

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("rate limited")]
    RateLimited { retry_after: Duration },
    #[error("client error {0}")]
    Client(u16),
}
pub trait Mail: Send + Sync {}

async fn timed(_ctx: &jobs::JobContext, next: jobs::Next<'_>) -> jobs::Outcome {
    next.run().await
}
fn checked(_ctx: &jobs::JobContext) -> Result<(), std::io::Error> {
    Ok(())
}
async fn gone(_ctx: &jobs::JobContext, _error: &jobs::JobError) {}

// #[jobs::base(discard_on(jobs::DeserializationError), retry_on(any, backoff = "polynomial", attempts = 5),
//              around_perform = [timed], before_perform = checked)]
pub struct ApplicationJob;
const _: () = {
    use ::jobs::__private as p;
    fn classify(
        error: &(dyn p::std::error::Error + 'static),
        counts: &p::Counts<'_>,
    ) -> p::std::option::Option<p::Verdict> {
        let _ = counts;
        if let p::std::option::Option::Some(verdict) =
            p::find::<jobs::DeserializationError>(error, 0, |_| {
                p::std::option::Option::Some(p::std::option::Option::None)
            })
        {
            return p::std::option::Option::Some(verdict);
        }
        if let p::std::option::Option::Some(verdict) = p::any_error(error, 1, |_| {
            p::std::option::Option::Some(p::std::option::Option::None)
        }) {
            return p::std::option::Option::Some(verdict);
        }
        p::std::option::Option::None
    }
    fn around_perform_0<'a>(
        ctx: &'a p::JobContext,
        next: p::Next<'a>,
    ) -> p::BoxFuture<'a, p::Outcome> {
        #[allow(unused_imports)]
        use p::{CalledAsync as _, CalledSync as _};
        (&p::Called::new(timed(ctx, next))).boxed()
    }
    fn before_perform_0<'a>(
        ctx: &'a p::JobContext,
    ) -> p::BoxFuture<'a, p::std::result::Result<(), jobs::BoxError>> {
        #[allow(unused_imports)]
        use p::{CalledAsync as _, CalledSync as _};
        p::fallible((&p::Called::new(checked(ctx))).boxed())
    }
    static BASE: p::BaseDef = p::BaseDef {
        location: p::Location {
            file: p::std::file!(),
            line: p::std::line!(),
        },
        level: p::Level {
            owner: "ApplicationJob",
            rules: &[
                p::Rule {
                    key: "jobs::DeserializationError",
                    action: p::Action::Discard(p::DiscardRule { report: &[] }),
                },
                p::Rule {
                    key: "any",
                    action: p::Action::Retry(p::RetryRule {
                        backoff: p::Backoff::Polynomial,
                        attempts: p::Attempts::Limited(5),
                        ..p::RetryRule::DEFAULT
                    }),
                },
            ],
            classify,
            hooks: p::Hooks {
                around_perform: &[p::Named {
                    name: "timed",
                    call: around_perform_0,
                }],
                before_perform: &[p::Named {
                    name: "checked",
                    call: before_perform_0,
                }],
                ..p::Hooks::NONE
            },
            ..p::Level::NONE
        },
        base: p::std::option::Option::None,
    };
    impl p::Base for ApplicationJob {
        const BASE: &'static p::BaseDef = &BASE;
    }
};

// #[job(queue = "critical", base = ApplicationJob,
//   retry_on(ApiError::RateLimited { retry_after }, wait = retry_after, attempts = 3),
//   discard_on(ApiError::Client(_)),
//   retry_on(ApiError, when = |e: &ApiError| true, wait = |n, _e| Duration::from_secs(n.into()), on_exhausted = gone))]
pub async fn send_welcome_email(
    user_id: i64,
    name: String,
    mail: &dyn Mail,
    ctx: &jobs::JobContext,
) -> Result<(), ApiError> {
    let _ = (user_id, name, mail, ctx);
    Ok(())
}
/// (the function's doc comment)
pub struct SendWelcomeEmail {
    pub user_id: i64,
    pub name: String,
}
impl SendWelcomeEmail {
    #[doc = "Enqueues the job: nothing is stored before `.await`."]
    pub fn perform_later(
        user_id: i64,
        name: impl ::jobs::__private::std::convert::Into<String>,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self {
            user_id,
            name: name.into(),
        })
    }
    #[doc = "Runs the job here and now, without a row."]
    pub fn perform_now(
        user_id: i64,
        name: impl ::jobs::__private::std::convert::Into<String>,
    ) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self {
            user_id,
            name: name.into(),
        })
    }
}
const _: () = {
    use ::jobs::__private as p;
    fn classify(
        error: &(dyn p::std::error::Error + 'static),
        counts: &p::Counts<'_>,
    ) -> p::std::option::Option<p::Verdict> {
        let _ = counts;
        #[allow(unused_imports)]
        use p::IntoWait as _;
        if let p::std::option::Option::Some(verdict) =
            p::find::<ApiError>(error, 0, |error| match error {
                ApiError::RateLimited { retry_after } => {
                    p::std::option::Option::Some(retry_after.into_wait())
                }
                #[allow(unreachable_patterns)]
                _ => p::std::option::Option::None,
            })
        {
            return p::std::option::Option::Some(verdict);
        }
        if let p::std::option::Option::Some(verdict) =
            p::find::<ApiError>(error, 1, |error| match error {
                ApiError::Client(_) => p::std::option::Option::Some(p::std::option::Option::None),
                #[allow(unreachable_patterns)]
                _ => p::std::option::Option::None,
            })
        {
            return p::std::option::Option::Some(verdict);
        }
        if let p::std::option::Option::Some(verdict) = p::find::<ApiError>(error, 2, |error| {
            let when: fn(&ApiError) -> bool = |_e: &ApiError| true;
            let wait: fn(u32, &ApiError) -> p::std::time::Duration =
                |n, _e| Duration::from_secs(n.into());
            if when(error) {
                p::std::option::Option::Some(p::std::option::Option::Some(wait(
                    counts.of("ApiError when …"),
                    error,
                )))
            } else {
                p::std::option::Option::None
            }
        }) {
            return p::std::option::Option::Some(verdict);
        }
        p::std::option::Option::None
    }
    fn view(error: &<Result<(), ApiError> as p::JobReturn>::Error) -> p::ErrorView<'_> {
        #[allow(unused_imports)]
        use p::{ViaAny as _, ViaAsRef as _, ViaDisplay as _, ViaError as _};
        (&&&&p::Probe(error)).view()
    }
    fn run<'a>(
        invocation: &'a mut p::Invocation,
    ) -> p::std::result::Result<p::BoxFuture<'a, p::Finished>, p::Unready> {
        let user_id = invocation.args.take::<i64>("user_id")?;
        let name = invocation.args.take::<String>("name")?;
        let mail = invocation.state::<dyn Mail>("mail")?;
        p::std::result::Result::Ok(p::erase(
            send_welcome_email(user_id, name, mail, &invocation.ctx),
            view,
        ))
    }
    fn on_exhausted_0<'a>(ctx: &'a p::JobContext, error: &'a p::JobError) -> p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use p::{CalledAsync as _, CalledSync as _};
        (&p::Called::new(gone(ctx, error))).boxed()
    }
    static DEFINITION: p::JobDef = p::JobDef {
        name: "SendWelcomeEmail",
        aliases: &[],
        location: p::Location {
            file: p::std::file!(),
            line: p::std::line!(),
        },
        version: 1,
        upcast: p::std::option::Option::None,
        args: &[
            p::ArgDef {
                name: "user_id",
                redacted: false,
            },
            p::ArgDef {
                name: "name",
                redacted: false,
            },
        ],
        states: &[p::StateDef::of::<dyn Mail>("mail")],
        run: p::Run::Async(run),
        level: p::Level {
            owner: "SendWelcomeEmail",
            queue: p::std::option::Option::Some(crate::queues::critical),
            rules: &[
                p::Rule {
                    key: "ApiError :: RateLimited { retry_after }",
                    action: p::Action::Retry(p::RetryRule {
                        attempts: p::Attempts::Limited(3),
                        backoff: p::Backoff::Given,
                        ..p::RetryRule::DEFAULT
                    }),
                },
                p::Rule {
                    key: "ApiError :: Client (_)",
                    action: p::Action::Discard(p::DiscardRule { report: &[] }),
                },
                p::Rule {
                    key: "ApiError when …",
                    action: p::Action::Retry(p::RetryRule {
                        backoff: p::Backoff::Given,
                        on_exhausted: &[p::Named {
                            name: "gone",
                            call: on_exhausted_0,
                        }],
                        ..p::RetryRule::DEFAULT
                    }),
                },
            ],
            classify,
            ..p::Level::NONE
        },
        base: p::std::option::Option::Some(<ApplicationJob as p::Base>::BASE),
    };
    impl p::Job for SendWelcomeEmail {
        type Output = <Result<(), ApiError> as p::JobReturn>::Output;
        type Error = <Result<(), ApiError> as p::JobReturn>::Error;
        const NAME: &'static str = "SendWelcomeEmail";
        fn __definition() -> &'static p::JobDef {
            &DEFINITION
        }
        fn __encode(&self, args: &mut p::ArgsWriter) {
            args.put("user_id", &self.user_id);
            args.put("name", &self.name);
        }
    }
    p::inventory::submit! { p::Registered(&DEFINITION) }
};

// #[job(blocking)] fn crunch(n: u64) -> u64 { n }
pub fn crunch(n: u64) -> u64 {
    n
}
pub struct Crunch {
    pub n: u64,
}
const _: () = {
    use ::jobs::__private as p;
    fn run(invocation: &mut p::Invocation) -> p::std::result::Result<p::Finished, p::Unready> {
        let n = invocation.args.take_or::<u64>("n", || 100)?;
        p::std::result::Result::Ok(p::finish_plain(crunch(n)))
    }
    static DEFINITION: p::JobDef = p::JobDef {
        name: "Crunch",
        aliases: &["OldCrunch"],
        location: p::Location {
            file: p::std::file!(),
            line: p::std::line!(),
        },
        version: 1,
        upcast: p::std::option::Option::None,
        args: &[p::ArgDef {
            name: "n",
            redacted: false,
        }],
        states: &[],
        run: p::Run::Blocking(run),
        level: p::Level {
            owner: "Crunch",
            ..p::Level::NONE
        },
        base: p::std::option::Option::None,
    };
    impl p::Job for Crunch {
        type Output = u64;
        type Error = p::std::convert::Infallible;
        const NAME: &'static str = "Crunch";
        fn __definition() -> &'static p::JobDef {
            &DEFINITION
        }
        fn __encode(&self, args: &mut p::ArgsWriter) {
            args.put("n", &self.n);
        }
    }
    p::inventory::submit! { p::Registered(&DEFINITION) }
};

#[test]
fn expansions_register_themselves() {
    let _ = SendWelcomeEmail::perform_later(1, "ann");
}
