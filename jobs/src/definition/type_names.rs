//! Names of types without their paths.

/// Without the paths: the compiler's spelling of them may change, and a type that moves to another module is stored as
/// before.
pub(crate) fn short(name: &str) -> String {
    let mut out = String::new();
    let mut path = String::new();
    let is_path =
        |mark: char| mark.is_alphanumeric() || matches!(mark, '_' | ':' | '{' | '}' | '#');
    for mark in name.chars() {
        if is_path(mark) {
            path.push(mark);
        } else {
            out.push_str(last(&path));
            path.clear();
            out.push(mark);
        }
    }
    out.push_str(last(&path));
    out
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn paths_do_not_count() {
        assert_eq!(short("alloc::string::String"), "String");
        assert_eq!(
            short("core::option::Option<(app::mail::To, [u8; 4])>"),
            "Option<(To, [u8; 4])>"
        );
        assert_eq!(short("app::f::{{closure}}::Sum"), "Sum");
    }
}
