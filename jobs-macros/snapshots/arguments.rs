/// Pays.
pub(crate) async fn pay(
    mut card: String,
    sum: u32,
    note: Option<String>,
    bank: &dyn Bank,
    ctx: &JobContext,
) -> Result<Receipt, PayError> {
    body()
}
/// Pays.
#[allow(dead_code)]
pub(crate) struct Pay {
    ///The argument `card`.
    pub card: String,
    ///The argument `sum`.
    pub sum: u32,
    ///The argument `note`.
    pub note: Option<String>,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Pay {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later(
        card: impl ::jobs::__private::std::convert::Into<String>,
        sum: u32,
        note: Option<String>,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self {
            card: ::jobs::__private::std::convert::Into::into(card),
            sum,
            note,
        })
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now(
        card: impl ::jobs::__private::std::convert::Into<String>,
        sum: u32,
        note: Option<String>,
    ) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self {
            card: ::jobs::__private::std::convert::Into::into(card),
            sum,
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
    const __ARG_0: __p::Arg<String> = __p::arg::<String>("card");
    const __ARG_1: __p::Arg<u32> = __p::arg::<u32>("sumInCents");
    const __ARG_2: __p::Arg<Option<String>> = __p::arg::<Option<String>>("note");
    fn __view(error: &<Pay as __p::Job>::Error) -> __p::ErrorView<'_> {
        #[allow(unused_imports)]
        use __p::{ViaAny as _, ViaAsRef as _, ViaDisplay as _, ViaError as _};
        (&&&&__p::Probe(error)).view()
    }
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        let value_1 = __ARG_1.take_or(&invocation.args, || 100)?;
        let value_2 = __ARG_2
            .take_or(
                &invocation.args,
                || <Option<String> as __p::std::default::Default>::default(),
            )?;
        let value_3 = invocation.state::<dyn Bank>("bank")?;
        __p::std::result::Result::Ok(
            __p::call::<
                Pay,
                _,
            >(pay(value_0, value_1, value_2, value_3, &invocation.ctx), __view),
        )
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "Pay",
        aliases: &[],
        location: __p::Location {
            file: __p::std::file!(),
            line: __p::std::line!(),
        },
        version: 1u32,
        upcast: __p::std::option::Option::None,
        args: &[
            __ARG_0.definition(true, true),
            __ARG_1.definition(false, false),
            __ARG_2.definition(false, false),
        ],
        states: &[__p::StateDef::of::<dyn Bank>("bank")],
        tx: __p::std::option::Option::None,
        run: __p::Run::Async(__run),
        level: __p::Level {
            owner: "Pay",
            queue: __p::std::option::Option::Some(crate::queues::critical),
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::None,
        recurring: __p::std::option::Option::None,
    };
    #[automatically_derived]
    impl __p::Job for Pay {
        type Output = <Result<Receipt, PayError> as __p::JobReturn>::Output;
        type Error = <Result<Receipt, PayError> as __p::JobReturn>::Error;
        const NAME: &'static str = "Pay";
        fn __definition() -> &'static __p::JobDef {
            &__DEFINITION
        }
        fn __encode(&self, args: &mut __p::ArgsWriter) {
            let _ = &args;
            __ARG_0.put(args, &self.card);
            __ARG_1.put(args, &self.sum);
            __ARG_2.put(args, &self.note);
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self {
                card: __ARG_0.take(args)?,
                sum: __ARG_1.take_or(args, || 100)?,
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
