//! What errors have in common that differ in numbers, ids and names only. Pure.

/// A message without what differs from one failure to the next: what is quoted, numbers, ids, and hexadecimal words.
pub(super) fn normalised(message: &str) -> String {
    let (mut shape, mut quote, mut word) = (String::new(), None, String::new());
    for mark in message.chars().take(500) {
        if let Some(end) = quote {
            if mark == end {
                quote = None;
                shape.push('…');
                shape.push(mark);
            }
            continue;
        }
        if mark.is_alphanumeric() || (mark == '-' && !word.is_empty()) {
            word.push(mark);
            continue;
        }
        flush(&mut word, &mut shape);
        match mark {
            // An apostrophe inside a word was handled as its end; a quote begins after a gap.
            '"' | '`' => quote = Some(mark),
            '\'' if shape.ends_with([' ', '(', '=', ':']) || shape.is_empty() => quote = Some(mark),
            _ => {}
        }
        if mark.is_whitespace() {
            if !shape.ends_with(' ') {
                shape.push(' ');
            }
        } else {
            shape.push(mark);
        }
    }
    flush(&mut word, &mut shape);
    shape.trim().to_owned()
}

/// A word with digits is `#`; one that is an id as a whole, too.
fn flush(word: &mut String, shape: &mut String) {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits == 0 {
        shape.push_str(word);
    } else if word
        .chars()
        .next()
        .is_some_and(|first| first.is_alphabetic())
        && digits <= 2
        && !word.contains('-')
    {
        // `utf8`, `IPv4`, `s3`: a name.
        shape.push_str(word);
    } else {
        shape.push('#');
    }
    word.clear();
}

/// A short name of an error's type and normalised message.
pub(super) fn fingerprint(error_type: &str, message: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(format!("{error_type}\n{}", normalised(message)));
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_one_sort_look_alike() {
        for (one, other) in [
            ("user 42 has no card", "user 7 has no card"),
            (
                "order 0191f3a2-7c3e-7d4b-9c55-aabbccddeeff is gone",
                "order 0191f3a2-0000-7d4b-9c55-aabbccddee00 is gone",
            ),
            ("no such file: \"a.txt\"", "no such file: \"b/c.txt\""),
            ("timed out after 3.5s", "timed out after 30.25s"),
        ] {
            assert_eq!(normalised(one), normalised(other));
        }
        assert_ne!(
            normalised("user 42 has no card"),
            normalised("user 42 has no mail")
        );
        assert_eq!(
            normalised("can't read utf8 of IPv4"),
            "can't read utf8 of IPv4"
        );
        assert_ne!(fingerprint("A", "x"), fingerprint("B", "x"));
    }
}
