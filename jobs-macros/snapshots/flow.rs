async fn onboard(user: u64, ctx: &JobContext, flow: &mut Flow) -> Result<(), Error> {
    body()
}
///The job that runs `onboard`.
#[allow(dead_code)]
struct Onboard {
    ///The argument `user`.
    pub user: u64,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Onboard {
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
    const __ARG_0: __p::Arg<u64> = __p::arg::<u64>("user");
    fn __view(error: &<Onboard as __p::Job>::Error) -> __p::ErrorView<'_> {
        #[allow(unused_imports)]
        use __p::{ViaAny as _, ViaAsRef as _, ViaDisplay as _, ViaError as _};
        (&&&&__p::Probe(error)).view()
    }
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        let value_1 = &invocation.ctx;
        let mut value_2 = invocation.flow();
        __p::std::result::Result::Ok(
            __p::call::<
                Onboard,
                _,
            >(async move { onboard(value_0, value_1, &mut value_2).await }, __view),
        )
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "Onboard",
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
            owner: "Onboard",
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::None,
        recurring: __p::std::option::Option::None,
    };
    #[automatically_derived]
    impl __p::Job for Onboard {
        type Output = <Result<(), Error> as __p::JobReturn>::Output;
        type Error = <Result<(), Error> as __p::JobReturn>::Error;
        const NAME: &'static str = "Onboard";
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
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
