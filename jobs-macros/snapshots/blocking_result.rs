fn crunch(n: u64) -> io::Result<u64> {
    Ok(n)
}
///The job that runs `crunch`.
#[allow(dead_code)]
struct Crunch {
    ///The argument `n`.
    pub n: u64,
}
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl Crunch {
    ///Enqueues the job: nothing is stored before `.await`.
    pub fn perform_later(
        n: u64,
    ) -> ::jobs::__private::Enqueue<<Self as ::jobs::__private::Job>::Output> {
        ::jobs::__private::Enqueue::__new(Self { n })
    }
    ///Runs the job here and now, without storing it.
    pub fn perform_now(n: u64) -> ::jobs::__private::PerformNow<Self> {
        ::jobs::__private::PerformNow::__new(Self { n })
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
    const __ARG_0: __p::Arg<u64> = __p::arg::<u64>("n");
    fn __view(error: &<Crunch as __p::Job>::Error) -> __p::ErrorView<'_> {
        #[allow(unused_imports)]
        use __p::{ViaAny as _, ViaAsRef as _, ViaDisplay as _, ViaError as _};
        (&&&&__p::Probe(error)).view()
    }
    fn __run(
        invocation: &mut __p::Invocation,
    ) -> __p::std::result::Result<__p::Finished, __p::Unready> {
        let _ = &invocation;
        let value_0 = __ARG_0.take(&invocation.args)?;
        __p::std::result::Result::Ok(
            __p::call_blocking::<Crunch>(crunch(value_0), __view),
        )
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "Crunch",
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
        run: __p::Run::Blocking(__run),
        level: __p::Level {
            owner: "Crunch",
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::None,
        recurring: __p::std::option::Option::None,
    };
    #[automatically_derived]
    impl __p::Job for Crunch {
        type Output = <io::Result<u64> as __p::JobReturn>::Output;
        type Error = <io::Result<u64> as __p::JobReturn>::Error;
        const NAME: &'static str = "Crunch";
        fn __definition() -> &'static __p::JobDef {
            &__DEFINITION
        }
        fn __encode(&self, args: &mut __p::ArgsWriter) {
            let _ = &args;
            __ARG_0.put(args, &self.n);
        }
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self { n: __ARG_0.take(args)? })
        }
    }
    __p::inventory::submit! {
        __p::Registered(& __DEFINITION)
    }
};
