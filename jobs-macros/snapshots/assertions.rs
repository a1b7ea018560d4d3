fn all() {
    { my::jobs::__private::Wanted::any().assert_enqueued("as written") };
    {
        my::jobs::__private::Wanted::<
            mailers::Send,
        >::of(::core::stringify!(mailers::Send))
            .times(1)
            .within(&block)
            .assert_enqueued("as written")
    };
    {
        my::jobs::__private::Wanted::value(
                ::core::stringify!(Send { to : 42, name : "ann", kind }),
                &Send {
                    to: 42,
                    name: ::core::convert::Into::into("ann"),
                    kind,
                },
            )
            .queue(low)
            .assert_enqueued("as written")
    };
    {
        my::jobs::__private::Wanted::pattern(
                ::core::stringify!(
                    Send { to : 1..= 9, name : "ann", kind : Kind::Mail, from, copy : _,
                    .. }
                ),
                #[allow(unreachable_patterns, clippy::all, clippy::pedantic)]
                |__job: &Send| {
                    let Send {
                        to: __field_0,
                        name: __field_1,
                        kind: __field_2,
                        from: __field_3,
                        copy: _,
                        ..
                    } = __job;
                    true && ::core::matches!(__field_0, 1..= 9)
                        && my::jobs::__private::same(&("ann"), __field_1)
                        && ::core::matches!(__field_2, Kind::Mail)
                        && my::jobs::__private::same(&(from), __field_3)
                },
            )
            .when(|send| send.big())
            .assert_enqueued("as written")
    };
    {
        my::jobs::__private::Wanted::value(::core::stringify!(expected), &(expected))
            .assert_enqueued("as written")
    };
}
