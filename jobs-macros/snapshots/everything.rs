async fn everything() -> anyhow::Result<()> {
    Ok(())
}
///The job that runs `everything`.
#[derive(Debug)]
#[allow(dead_code)]
struct Mailing;
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Mailing {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later() -> ::jobs::__private::Enqueue<
        <Self as ::jobs::__private::Job>::Output,
    > {
        ::jobs::__private::Enqueue::__new(Self)
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now() -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self)
    }
}
#[doc(hidden)]
#[allow(
    deprecated,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
const _: () = {
    use ::jobs::__private as __p;
    fn __classify(
        error: &(dyn __p::std::error::Error + 'static),
        counts: &__p::Counts<'_>,
    ) -> __p::std::option::Option<__p::Verdict> {
        let _ = counts;
        if let __p::std::option::Option::Some(verdict) = __p::find::<
            Api,
        >(
                error,
                0usize,
                |error| match error {
                    Api::Limited { after } => {
                        __p::std::option::Option::Some(__p::IntoWait::into_wait(after))
                    }
                    #[allow(unreachable_patterns)]
                    _ => __p::std::option::Option::None,
                },
            )
            .or_else(|| __p::find::<
                Other,
            >(
                error,
                0usize,
                |error| match error {
                    Other::Limited { after } => {
                        __p::std::option::Option::Some(__p::IntoWait::into_wait(after))
                    }
                    #[allow(unreachable_patterns)]
                    _ => __p::std::option::Option::None,
                },
            ))
        {
            return __p::std::option::Option::Some(verdict);
        }
        if let __p::std::option::Option::Some(verdict) = __p::find::<
            Api,
        >(
            error,
            1usize,
            |error| match error {
                Api::Client(400..=499) => {
                    __p::std::option::Option::Some(__p::std::option::Option::None)
                }
                #[allow(unreachable_patterns)]
                _ => __p::std::option::Option::None,
            },
        ) {
            return __p::std::option::Option::Some(verdict);
        }
        if let __p::std::option::Option::Some(verdict) = __p::find::<
            Api,
        >(
            error,
            2usize,
            |error| {
                let _ = error;
                let when: fn(&Api) -> bool = |e: &Api| e.ok();
                if when(error) {
                    let wait: fn(u32, &Api) -> __p::std::time::Duration = curve;
                    __p::std::option::Option::Some(
                        __p::std::option::Option::Some(wait(counts.of("api"), error)),
                    )
                } else {
                    __p::std::option::Option::None
                }
            },
        ) {
            return __p::std::option::Option::Some(verdict);
        }
        if let __p::std::option::Option::Some(verdict) = __p::any_error(
            error,
            3usize,
            |error| {
                let _ = error;
                __p::std::option::Option::Some(__p::std::option::Option::None)
            },
        ) {
            return __p::std::option::Option::Some(verdict);
        }
        __p::std::option::Option::None
    }
    fn __report_1_0<'a>(
        ctx: &'a __p::JobContext,
        error: &'a __p::JobError,
    ) -> __p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(a(ctx, error))).boxed()
    }
    fn __report_1_1<'a>(
        ctx: &'a __p::JobContext,
        error: &'a __p::JobError,
    ) -> __p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(b(ctx, error))).boxed()
    }
    fn __on_exhausted_2_0<'a>(
        ctx: &'a __p::JobContext,
        error: &'a __p::JobError,
    ) -> __p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(c(ctx, error))).boxed()
    }
    fn __on_exhausted_0<'a>(
        ctx: &'a __p::JobContext,
        error: &'a __p::JobError,
    ) -> __p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(d(ctx, error))).boxed()
    }
    fn __before_perform_0<'a>(
        ctx: &'a __p::JobContext,
    ) -> __p::BoxFuture<'a, __p::std::result::Result<(), __p::BoxError>> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        __p::fallible((&__p::Called::new(e(ctx))).boxed())
    }
    fn __around_perform_0<'a>(
        ctx: &'a __p::JobContext,
        next: __p::Next<'a>,
    ) -> __p::BoxFuture<'a, __p::Outcome> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(f(ctx, next))).boxed()
    }
    fn __after_perform_0<'a>(
        ctx: &'a __p::JobContext,
        outcome: &'a __p::Outcome,
    ) -> __p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(g(ctx, outcome))).boxed()
    }
    fn __before_enqueue_0<'a>(
        job: &'a mut __p::EnqueueInfo,
    ) -> __p::BoxFuture<'a, __p::std::ops::ControlFlow<__p::Halt>> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(h(job))).boxed()
    }
    fn __around_enqueue_0<'a>(
        job: &'a mut __p::EnqueueInfo,
        next: __p::NextEnqueue<'a>,
    ) -> __p::BoxFuture<'a, __p::std::result::Result<(), __p::Error>> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(i(job, next))).boxed()
    }
    fn __after_enqueue_0<'a>(job: &'a __p::EnqueueInfo) -> __p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(j(job))).boxed()
    }
    fn __after_discard_0<'a>(
        ctx: &'a __p::JobContext,
        error: &'a __p::JobError,
    ) -> __p::BoxFuture<'a, ()> {
        #[allow(unused_imports)]
        use __p::{CalledAsync as _, CalledSync as _};
        (&__p::Called::new(k(ctx, error))).boxed()
    }
    fn __view(error: &<Mailing as __p::Job>::Error) -> __p::ErrorView<'_> {
        #[allow(unused_imports)]
        use __p::{ViaAny as _, ViaAsRef as _, ViaDisplay as _, ViaError as _};
        (&&&&__p::Probe(error)).view()
    }
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        __p::std::result::Result::Ok(__p::call::<Mailing, _>(everything(), __view))
    }
    fn __recurring(args: &mut __p::ArgsWriter) {
        let _ = &args;
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "mail.welcome",
        aliases: &["Old"],
        location: __p::Location {
            file: __p::std::file!(),
            line: __p::std::line!(),
        },
        version: 2u32,
        upcast: __p::std::option::Option::Some(older),
        args: &[],
        states: &[],
        tx: __p::std::option::Option::None,
        run: __p::Run::Async(__run),
        level: __p::Level {
            owner: "Mailing",
            queue: __p::std::option::Option::Some(app::queues::mailers),
            priority: __p::std::option::Option::Some(-3),
            retry: __p::std::option::Option::Some(__p::Retry::Times(3u32)),
            dead: __p::std::option::Option::Some(false),
            timeout: __p::std::option::Option::Some(
                __p::std::time::Duration::from_millis(30000u64),
            ),
            retain: __p::std::option::Option::Some(
                __p::Retain::For(__p::std::time::Duration::from_millis(604800000u64)),
            ),
            on_crash: __p::std::option::Option::Some(__p::OnCrash::Dead),
            expires_in: __p::std::option::Option::Some(
                __p::std::time::Duration::from_millis(3600000u64),
            ),
            rules: &[
                __p::Rule {
                    key: "Api::Limited { after } | Other::Limited { after }",
                    action: __p::Action::Retry(__p::RetryRule {
                        backoff: __p::Backoff::Given,
                        ..__p::RetryRule::DEFAULT
                    }),
                },
                __p::Rule {
                    key: "Api::Client(400..=499)",
                    action: __p::Action::Discard(__p::DiscardRule {
                        report: &[
                            __p::Named {
                                name: "a",
                                call: __report_1_0,
                            },
                            __p::Named {
                                name: "b",
                                call: __report_1_1,
                            },
                        ],
                    }),
                },
                __p::Rule {
                    key: "api",
                    action: __p::Action::Retry(__p::RetryRule {
                        backoff: __p::Backoff::Given,
                        queue: __p::std::option::Option::Some(app::queues::low),
                        priority: __p::std::option::Option::Some(5),
                        on_exhausted: &[
                            __p::Named {
                                name: "c",
                                call: __on_exhausted_2_0,
                            },
                        ],
                        ..__p::RetryRule::DEFAULT
                    }),
                },
                __p::Rule {
                    key: "any",
                    action: __p::Action::Retry(__p::RetryRule {
                        attempts: __p::Attempts::Unlimited,
                        backoff: __p::Backoff::Exponential,
                        wait: __p::std::time::Duration::from_millis(2000u64),
                        factor: 3f64,
                        jitter: 0.5f64,
                        within: __p::std::option::Option::Some(
                            __p::std::time::Duration::from_millis(259200000u64),
                        ),
                        max_wait: __p::std::option::Option::Some(
                            __p::std::time::Duration::from_millis(86400000u64),
                        ),
                        ..__p::RetryRule::DEFAULT
                    }),
                },
            ],
            classify: __classify,
            tags: &["mail"],
            on_exhausted: &[
                __p::Named {
                    name: "d",
                    call: __on_exhausted_0,
                },
            ],
            hooks: __p::Hooks {
                before_perform: &[
                    __p::Named {
                        name: "e",
                        call: __before_perform_0,
                    },
                ],
                around_perform: &[
                    __p::Named {
                        name: "f",
                        call: __around_perform_0,
                    },
                ],
                after_perform: &[
                    __p::Named {
                        name: "g",
                        call: __after_perform_0,
                    },
                ],
                before_enqueue: &[
                    __p::Named {
                        name: "h",
                        call: __before_enqueue_0,
                    },
                ],
                around_enqueue: &[
                    __p::Named {
                        name: "i",
                        call: __around_enqueue_0,
                    },
                ],
                after_enqueue: &[
                    __p::Named {
                        name: "j",
                        call: __after_enqueue_0,
                    },
                ],
                after_discard: &[
                    __p::Named {
                        name: "k",
                        call: __after_discard_0,
                    },
                ],
                ..__p::Hooks::NONE
            },
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::Some(<ApplicationJob as __p::Base>::BASE),
        recurring: __p::std::option::Option::Some(__p::RecurringDef {
            schedule: "every 5m",
            zone: "UTC",
            description: __p::std::option::Option::None,
            catch_up: __p::CatchUp::None,
            enabled: __p::std::option::Option::None,
            args: __recurring,
        }),
    };
    #[automatically_derived]
    impl __p::Job for Mailing {
        type Output = <anyhow::Result<()> as __p::JobReturn>::Output;
        type Error = <anyhow::Result<()> as __p::JobReturn>::Error;
        const NAME: &'static str = "mail.welcome";
        fn __definition() -> &'static __p::JobDef {
            &__DEFINITION
        }
        fn __encode(&self, args: &mut __p::ArgsWriter) {
            let _ = &args;
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self {})
        }
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
