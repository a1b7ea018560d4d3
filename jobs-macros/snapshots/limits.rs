async fn sync_user(user: u64, kind: String, full: bool) {}
///The job that runs `sync_user`.
#[allow(dead_code)]
struct SyncUser {
    ///The argument `user`.
    pub user: u64,
    ///The argument `kind`.
    pub kind: String,
    ///The argument `full`.
    pub full: bool,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl SyncUser {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later(
        user: u64,
        kind: impl ::jobs::__private::std::convert::Into<String>,
        full: bool,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self {
            user,
            kind: ::jobs::__private::std::convert::Into::into(kind),
            full,
        })
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now(
        user: u64,
        kind: impl ::jobs::__private::std::convert::Into<String>,
        full: bool,
    ) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self {
            user,
            kind: ::jobs::__private::std::convert::Into::into(kind),
            full,
        })
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
    const __ARG_0: __p::Arg<u64> = __p::arg::<u64>("user");
    const __ARG_1: __p::Arg<String> = __p::arg::<String>("kind");
    const __ARG_2: __p::Arg<bool> = __p::arg::<bool>("full");
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        let value_1 = __ARG_1.take(&invocation.args)?;
        let value_2 = __ARG_2.take(&invocation.args)?;
        __p::std::result::Result::Ok(
            __p::call_plain::<SyncUser, _>(sync_user(value_0, value_1, value_2)),
        )
    }
    fn __keys_of(
        args: &__p::ArgsReader,
        keys: &mut __p::KeyWriter,
    ) -> __p::std::result::Result<(), __p::DeserializationError> {
        let _ = &args;
        let job = SyncUser {
            user: __ARG_0.take(args)?,
            kind: __ARG_1.take(args)?,
            full: __ARG_2.take(args)?,
        };
        __p::Job::__keys(&job, keys);
        __p::std::result::Result::Ok(())
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "SyncUser",
        aliases: &[],
        location: __p::Location {
            file: __p::std::file!(),
            line: __p::std::line!(),
        },
        version: 1u32,
        upcast: __p::std::option::Option::None,
        args: &[
            __ARG_0.definition(false, true),
            __ARG_1.definition(false, true),
            __ARG_2.definition(false, true),
        ],
        states: &[],
        tx: __p::std::option::Option::None,
        run: __p::Run::Async(__run),
        level: __p::Level {
            owner: "SyncUser",
            limits: __p::Limits {
                unique: __p::std::option::Option::Some(__p::Unique {
                    until: __p::Until::Executing,
                    ttl: __p::std::option::Option::Some(
                        __p::std::time::Duration::from_millis(3600000u64),
                    ),
                    on_conflict: __p::OnConflict::Replace,
                }),
                concurrency: __p::std::option::Option::Some(__p::Concurrency {
                    limit: __p::limit(LIMIT),
                    group: __p::std::option::Option::Some("crm"),
                    discard: true,
                    fair: false,
                }),
                rate: __p::std::option::Option::Some(__p::RateLimit {
                    count: 100u32,
                    per: __p::std::time::Duration::from_millis(60000u64),
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
    impl __p::Job for SyncUser {
        type Output = ();
        type Error = __p::std::convert::Infallible;
        const NAME: &'static str = "SyncUser";
        fn __definition() -> &'static __p::JobDef {
            &__DEFINITION
        }
        fn __encode(&self, args: &mut __p::ArgsWriter) {
            let _ = &args;
            __ARG_0.put(args, &self.user);
            __ARG_1.put(args, &self.kind);
            __ARG_2.put(args, &self.full);
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self {
                user: __ARG_0.take(args)?,
                kind: __ARG_1.take(args)?,
                full: __ARG_2.take(args)?,
            })
        }
        #[allow(unused_variables, unused_parens)]
        fn __keys(&self, keys: &mut __p::KeyWriter) {
            let fields = keys.fields(__p::KeyOf::Unique);
            let _ = &fields;
            __ARG_0.put(fields, &self.user);
            __ARG_1.put(fields, &self.kind);
            {
                let user = &self.user;
                let kind = &self.kind;
                let full = &self.full;
                keys.value(__p::KeyOf::Concurrency, &(user % 10));
            }
            keys.value(__p::KeyOf::Rate, &(|kind: &String| kind.len())(&self.kind));
        }
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
