//! Every case compiles, or fails with exactly the text beside it.

#[test]
fn pass() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
}
