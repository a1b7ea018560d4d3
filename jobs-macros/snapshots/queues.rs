///The queues declared here; [`ALL`](self::ALL) lists them.
#[allow(non_upper_case_globals)]
pub mod queues {
    /// Mail.
    pub const critical: ::jobs::__private::Queue = ::jobs::__private::Queue::__new(
        "critical",
        4u32,
        0,
        false,
    );
    ///The queue `low-priority`.
    pub const mailers: ::jobs::__private::Queue = ::jobs::__private::Queue::__new(
        "low-priority",
        1u32,
        -5,
        true,
    );
    ///The queue `type`.
    pub const r#type: ::jobs::__private::Queue = ::jobs::__private::Queue::__new(
        "type",
        1u32,
        0,
        false,
    );
    ///Every queue declared here.
    pub const ALL: &[::jobs::__private::Queue] = &[critical, mailers, r#type];
    const _: () = {
        use ::jobs::__private as __p;
        __p::inventory::submit! {
            __p::DeclaredQueue { queue : super::queues::critical, location :
            __p::Location { file : __p::std::file!(), line : __p::std::line!() }, }
        }
        __p::inventory::submit! {
            __p::DeclaredQueue { queue : super::queues::mailers, location : __p::Location
            { file : __p::std::file!(), line : __p::std::line!() }, }
        }
        __p::inventory::submit! {
            __p::DeclaredQueue { queue : super::queues::r#type, location : __p::Location
            { file : __p::std::file!(), line : __p::std::line!() }, }
        }
    };
}
