/// Tests.
#[ignore]
#[::jobs::__private::std::prelude::v1::test]
fn welcomes() -> Result<(), Error> {
    async fn welcomes(t: TestJobs) -> Result<(), Error> {
        body()
    }
    ::jobs::__private::run_test(
        ::jobs::__private::TestOptions {
            postgres: true,
            threads: ::jobs::__private::std::option::Option::Some(4),
            setup: ::jobs::__private::std::option::Option::Some(at_noon),
        },
        |__kit: ::jobs::__private::TestJobs| welcomes(__kit),
    )
}
