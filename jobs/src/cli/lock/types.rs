//! Names of types, as far as they say what a stored value looks like.

pub(super) use crate::definition::short;

/// Whether every value that was stored as `old` can be read as `new`.
pub(super) fn reads(new: &str, old: &str) -> bool {
    if new == old {
        return true;
    }
    if let Some(inner) = inside(new, "Option") {
        return reads(inner, inside(old, "Option").unwrap_or(old));
    }
    for list in ["Vec", "Box", "Arc", "Rc"] {
        if let (Some(new), Some(old)) = (inside(new, list), inside(old, list)) {
            return reads(new, old);
        }
    }
    match (number(new), number(old)) {
        (Some((new, new_bits)), Some((old, old_bits))) => match (new, old) {
            ('f', 'f') | ('u', 'u') | ('i', 'i') => new_bits >= old_bits,
            ('i', 'u') => new_bits > old_bits,
            // Every whole number can be read as one, the largest rounded.
            ('f', _) => (new_bits == 64 && old_bits <= 32) || (new_bits == 32 && old_bits <= 16),
            _ => false,
        },
        _ => false,
    }
}

fn inside<'a>(name: &'a str, outer: &str) -> Option<&'a str> {
    name.strip_prefix(outer)?
        .strip_prefix('<')?
        .strip_suffix('>')
}

/// Sort and bits of a number's type.
fn number(name: &str) -> Option<(char, u32)> {
    let (sort, bits) = name.split_at_checked(1)?;
    let sort = sort.chars().next()?;
    let bits: u32 = bits.parse().ok()?;
    (matches!(sort, 'u' | 'i' | 'f') && matches!(bits, 8 | 16 | 32 | 64 | 128))
        .then_some((sort, bits))
}

#[cfg(test)]
mod tests {
    use super::reads;

    #[test]
    fn wider_types_read_narrower_ones() {
        for (new, old) in [
            ("i64", "i64"),
            ("i64", "u32"),
            ("u64", "u8"),
            ("f64", "f32"),
            ("f64", "i32"),
            ("Option<i64>", "i32"),
            ("Option<i64>", "Option<i32>"),
            ("Vec<u64>", "Vec<u32>"),
        ] {
            assert!(reads(new, old), "{new} reads {old}");
        }
        for (new, old) in [
            ("i32", "i64"),
            ("u32", "i32"),
            ("i32", "u32"),
            ("i64", "f64"),
            ("String", "Option<String>"),
            ("String", "i64"),
            ("Vec<u32>", "u32"),
            ("Money", "Sum"),
        ] {
            assert!(!reads(new, old), "{new} does not read {old}");
        }
    }
}
