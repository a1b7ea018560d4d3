async fn pay(order: u64, tx: &mut Transaction<'_, Postgres>) {
    body()
}
///The job that runs `pay`.
#[allow(dead_code)]
struct Pay {
    ///The argument `order`.
    pub order: u64,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Pay {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later(
        order: u64,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self { order })
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now(order: u64) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self { order })
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
    const __ARG_0: __p::Arg<u64> = __p::arg::<u64>("order");
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        let mut value_1 = invocation.transaction::<Transaction<'_, Postgres>>("tx")?;
        __p::std::result::Result::Ok(
            __p::call_plain::<Pay, _>(async move { pay(value_0, value_1.lend()).await }),
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
        args: &[__ARG_0.definition(false, true)],
        states: &[],
        tx: __p::std::option::Option::Some(
            __p::TxDef::of::<Transaction<'_, Postgres>>("tx"),
        ),
        run: __p::Run::Async(__run),
        level: __p::Level {
            owner: "Pay",
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::None,
        recurring: __p::std::option::Option::None,
    };
    #[automatically_derived]
    impl __p::Job for Pay {
        type Output = ();
        type Error = __p::std::convert::Infallible;
        const NAME: &'static str = "Pay";
        fn __definition() -> &'static __p::JobDef {
            &__DEFINITION
        }
        fn __encode(&self, args: &mut __p::ArgsWriter) {
            let _ = &args;
            __ARG_0.put(args, &self.order);
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self { order: __ARG_0.take(args)? })
        }
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
