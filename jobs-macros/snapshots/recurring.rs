async fn tidy(who: String, copies: u8, note: Option<String>) {}
///The job that runs `tidy`.
#[allow(dead_code)]
struct Tidy {
    ///The argument `who`.
    pub who: String,
    ///The argument `copies`.
    pub copies: u8,
    ///The argument `note`.
    pub note: Option<String>,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Tidy {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later(
        who: impl ::jobs::__private::std::convert::Into<String>,
        copies: u8,
        note: Option<String>,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self {
            who: ::jobs::__private::std::convert::Into::into(who),
            copies,
            note,
        })
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now(
        who: impl ::jobs::__private::std::convert::Into<String>,
        copies: u8,
        note: Option<String>,
    ) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self {
            who: ::jobs::__private::std::convert::Into::into(who),
            copies,
            note,
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
    const __ARG_0: __p::Arg<String> = __p::arg::<String>("who");
    const __ARG_1: __p::Arg<u8> = __p::arg::<u8>("copies");
    const __ARG_2: __p::Arg<Option<String>> = __p::arg::<Option<String>>("note");
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        let value_1 = __ARG_1.take(&invocation.args)?;
        let value_2 = __ARG_2
            .take_or(
                &invocation.args,
                || <Option<String> as __p::std::default::Default>::default(),
            )?;
        __p::std::result::Result::Ok(
            __p::call_plain::<Tidy, _>(tidy(value_0, value_1, value_2)),
        )
    }
    fn __recurring(args: &mut __p::ArgsWriter) {
        let _ = &args;
        let value: String = __p::std::convert::Into::into("ann");
        __ARG_0.put(args, &value);
        let value: u8 = 2 + 1;
        __ARG_1.put(args, &value);
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
        args: &[
            __ARG_0.definition(false, true),
            __ARG_1.definition(false, true),
            __ARG_2.definition(false, false),
        ],
        states: &[],
        tx: __p::std::option::Option::None,
        run: __p::Run::Async(__run),
        level: __p::Level {
            owner: "Tidy",
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::None,
        recurring: __p::std::option::Option::Some(__p::RecurringDef {
            schedule: "0 2 * * * | 0 14 * * SUN",
            zone: "Europe/Berlin",
            description: __p::std::option::Option::Some("Tidies"),
            catch_up: __p::CatchUp::All,
            enabled: __p::std::option::Option::Some(in_production),
            args: __recurring,
        }),
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
            __ARG_0.put(args, &self.who);
            __ARG_1.put(args, &self.copies);
            __ARG_2.put(args, &self.note);
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self {
                who: __ARG_0.take(args)?,
                copies: __ARG_1.take(args)?,
                note: __ARG_2
                    .take_or(
                        args,
                        || <Option<String> as __p::std::default::Default>::default(),
                    )?,
            })
        }
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
