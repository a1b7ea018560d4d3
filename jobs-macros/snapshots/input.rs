async fn upload(file: Vec<u8>, bucket: String, report: i64) -> u64 {
    body()
}
///The job that runs `upload`.
#[allow(dead_code)]
struct Upload {
    ///The argument `file`.
    pub file: Vec<u8>,
    ///The argument `bucket`.
    pub bucket: String,
    ///The argument `report`.
    pub report: i64,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Upload {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later(
        file: Vec<u8>,
        bucket: impl ::jobs::__private::std::convert::Into<String>,
        report: i64,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self {
            file,
            bucket: ::jobs::__private::std::convert::Into::into(bucket),
            report,
        })
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now(
        file: Vec<u8>,
        bucket: impl ::jobs::__private::std::convert::Into<String>,
        report: i64,
    ) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self {
            file,
            bucket: ::jobs::__private::std::convert::Into::into(bucket),
            report,
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
    const __ARG_0: __p::Arg<Vec<u8>> = __p::arg::<Vec<u8>>("file");
    const __ARG_1: __p::Arg<String> = __p::arg::<String>("bucket");
    const __ARG_2: __p::Arg<i64> = __p::arg::<i64>("report");
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        let value_1 = __ARG_1.take(&invocation.args)?;
        let value_2 = __ARG_2.take(&invocation.args)?;
        __p::std::result::Result::Ok(
            __p::call_plain::<Upload, _>(upload(value_0, value_1, value_2)),
        )
    }
    fn __keys_of(
        args: &__p::ArgsReader,
        keys: &mut __p::KeyWriter,
    ) -> __p::std::result::Result<(), __p::DeserializationError> {
        let _ = &args;
        let bucket = __ARG_1.take(args)?;
        let report = __ARG_2.take(args)?;
        let fields = keys.fields(__p::KeyOf::Unique);
        let _ = &fields;
        __ARG_1.put(fields, &bucket);
        __ARG_2.put(fields, &report);
        __p::std::result::Result::Ok(())
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "Upload",
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
            owner: "Upload",
            limits: __p::Limits {
                unique: __p::std::option::Option::Some(__p::Unique {
                    until: __p::Until::Executed,
                    ttl: __p::std::option::Option::None,
                    on_conflict: __p::OnConflict::Reject,
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
    impl __p::Job for Upload {
        type Output = u64;
        type Error = __p::std::convert::Infallible;
        const NAME: &'static str = "Upload";
        fn __definition() -> &'static __p::JobDef {
            &__DEFINITION
        }
        fn __encode(&self, args: &mut __p::ArgsWriter) {
            let _ = &args;
            __ARG_0.put(args, &self.file);
            __ARG_1.put(args, &self.bucket);
            __ARG_2.put(args, &self.report);
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self {
                file: __ARG_0.take(args)?,
                bucket: __ARG_1.take(args)?,
                report: __ARG_2.take(args)?,
            })
        }
        #[allow(unused_variables, unused_parens)]
        fn __keys(&self, keys: &mut __p::KeyWriter) {
            let fields = keys.fields(__p::KeyOf::Unique);
            let _ = &fields;
            __ARG_1.put(fields, &self.bucket);
            __ARG_2.put(fields, &self.report);
        }
    }
    #[automatically_derived]
    #[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
    impl Upload {
        ///The job behind another one in a chain, whose output is its `file`.
        pub fn after(
            bucket: impl __p::std::convert::Into<String>,
            report: i64,
        ) -> __p::After<Self> {
            __p::After::__new(|args| {
                let _ = &args;
                __ARG_1.put(args, &__p::std::convert::Into::<String>::into(bucket));
                __ARG_2.put(args, &report);
            })
        }
    }
    #[automatically_derived]
    impl __p::TakesInput for Upload {
        type Input = Vec<u8>;
        const INPUT: &'static str = "file";
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
