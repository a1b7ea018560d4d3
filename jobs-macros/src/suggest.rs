//! "did you mean".

pub use jobs_cron::nearest;

/// "did you mean `x`?", or the list of all.
pub fn help(word: &str, known: &[&str], what: &str) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{what} {}", list(known)),
    }
}

/// `` `a`, `b`, `c` ``
pub fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
