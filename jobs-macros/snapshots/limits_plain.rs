async fn tidy(user: u64) {}
///The job that runs `tidy`.
#[allow(dead_code)]
struct Tidy {
    ///The argument `user`.
    pub user: u64,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Tidy {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later(
        user: u64,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self { user })
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now(user: u64) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self { user })
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
    const __ARG_0: __p::Arg<u64> = __p::arg::<u64>("userId");
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        __p::std::result::Result::Ok(__p::call_plain::<Tidy, _>(tidy(value_0)))
    }
    fn __keys_of(
        args: &__p::ArgsReader,
        keys: &mut __p::KeyWriter,
    ) -> __p::std::result::Result<(), __p::DeserializationError> {
        let _ = &args;
        let job = Tidy { user: __ARG_0.take(args)? };
        __p::Job::__keys(&job, keys);
        __p::std::result::Result::Ok(())
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "Tidy",
        aliases: &[],
        location: __p::Location {
            file: __p::std::file!(),
            line: __p::std::line!(),
        },
        version: 1u32,
        upcast: __p::std::option::Option::None,
        args: &[__ARG_0.definition(false, true)],
        states: &[],
        tx: __p::std::option::Option::None,
        run: __p::Run::Async(__run),
        level: __p::Level {
            owner: "Tidy",
            limits: __p::Limits {
                unique: __p::std::option::Option::Some(__p::Unique {
                    until: __p::Until::Executed,
                    ttl: __p::std::option::Option::None,
                    on_conflict: __p::OnConflict::Reject,
                }),
                concurrency: __p::std::option::Option::Some(__p::Concurrency {
                    limit: 1u32,
                    group: __p::std::option::Option::None,
                    discard: false,
                    fair: false,
                }),
                keys: __p::std::option::Option::Some(__keys_of),
                ..__p::Limits::NONE
            },
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::None,
        recurring: __p::std::option::Option::None,
    };
    #[automatically_derived]
    impl __p::Job for Tidy {
        type Output = ();
        type Error = __p::std::convert::Infallible;
        const NAME: &'static str = "Tidy";
        fn __definition() -> &'static __p::JobDef {
            &__DEFINITION
        }
        fn __encode(&self, args: &mut __p::ArgsWriter) {
            let _ = &args;
            __ARG_0.put(args, &self.user);
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self { user: __ARG_0.take(args)? })
        }
        #[allow(unused_variables, unused_parens)]
        fn __keys(&self, keys: &mut __p::KeyWriter) {
            let fields = keys.fields(__p::KeyOf::Unique);
            let _ = &fields;
            __ARG_0.put(fields, &self.user);
            keys.value(__p::KeyOf::Concurrency, &());
        }
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
