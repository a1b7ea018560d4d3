/// Ours.
pub struct ApplicationJob;
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
            Gone,
        >(
            error,
            0usize,
            |error| {
                let _ = error;
                __p::std::option::Option::Some(__p::std::option::Option::None)
            },
        ) {
            return __p::std::option::Option::Some(verdict);
        }
        __p::std::option::Option::None
    }
    static __BASE: __p::BaseDef = __p::BaseDef {
        location: __p::Location {
            file: __p::std::file!(),
            line: __p::std::line!(),
        },
        level: __p::Level {
            owner: "ApplicationJob",
            retry: __p::std::option::Option::Some(__p::Retry::Never),
            retain: __p::std::option::Option::Some(__p::Retain::No),
            on_crash: __p::std::option::Option::Some(__p::OnCrash::Retry),
            rules: &[
                __p::Rule {
                    key: "Gone",
                    action: __p::Action::Discard(__p::DiscardRule { report: &[] }),
                },
            ],
            classify: __classify,
            ..__p::Level::NONE
        },
        base: __p::std::option::Option::Some(<Outer as __p::Base>::BASE),
    };
    #[automatically_derived]
    impl __p::Base for ApplicationJob {
        const BASE: &'static __p::BaseDef = &__BASE;
    }
};
