async fn tidy_up() {}
///The job that runs `tidy_up`.
#[allow(dead_code)]
struct TidyUp;
#[automatically_derived]
#[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
impl TidyUp {
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
    fn __run<'a>(
        invocation: &'a mut __p::Invocation,
    ) -> __p::std::result::Result<__p::BoxFuture<'a, __p::Finished>, __p::Unready> {
        let _ = &invocation;
        __p::std::result::Result::Ok(__p::call_plain::<TidyUp, _>(tidy_up()))
    }
    static __DEFINITION: __p::JobDef = __p::JobDef {
        name: "TidyUp",
        aliases: &[],
        location: __p::Location {
            file: __p::std::file!(),
            line: __p::std::line!(),
        },
        version: 1u32,
        upcast: __p::std::option::Option::None,
        args: &[],
        states: &[],
        tx: __p::std::option::Option::None,
        run: __p::Run::Async(__run),
        level: __p::Level {
            owner: "TidyUp",
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::None,
        recurring: __p::std::option::Option::None,
    };
    #[automatically_derived]
    impl __p::Job for TidyUp {
        type Output = ();
        type Error = __p::std::convert::Infallible;
        const NAME: &'static str = "TidyUp";
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
