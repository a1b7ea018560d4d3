//! Keys: values over a job's arguments → one canonical JSON text → a digest.
//!
//! The digest is the same on every platform, in every release and in SQL: the digit `1` (the version of this rule),
//! then the first 40 hex digits of SHA-256 over space, name and canonical JSON, with line feeds between.
//! Canonical JSON has no blanks; objects are sorted by key (as UTF-8 bytes); strings are escaped only where JSON
//! demands it; whole numbers have neither fraction nor exponent, others are `d.ddde<exponent>` with the fewest digits.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::payload::ArgsWriter;

/// Which of a job's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOf {
    /// `unique(by = …)`
    Unique,
    /// `concurrency(key = …)`
    Concurrency,
    /// `rate_limit(key = …)`
    Rate,
}

/// A value that can be a key, or a part of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a key",
    label = "keys are compared as JSON, so their parts must be `Serialize`",
    note = "derive `serde::Serialize` on it, or use a part of it that has it, such as an id"
)]
pub trait KeyPart: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> KeyPart for T {}

/// Takes the keys of one job, as the expansion writes them.
#[derive(Debug, Default)]
pub struct KeyWriter {
    written: [Option<ArgsWriter>; 3],
}

/// A key as canonical JSON, or the argument that has none.
pub(crate) type Encoded = Result<String, (&'static str, serde_json::Error)>;

/// The name of a key that is one value; no argument has it.
const WHOLE: &str = "";

impl KeyWriter {
    /// A key of named arguments.
    pub fn fields(&mut self, of: KeyOf) -> &mut ArgsWriter {
        self.written[of as usize].insert(ArgsWriter::new())
    }

    /// A key that is one value.
    pub fn value<T: KeyPart + ?Sized>(&mut self, of: KeyOf, value: &T) {
        self.fields(of).put(WHOLE, value);
    }

    /// A key in canonical form; `None` if the job has none of this sort.
    pub(crate) fn take(&mut self, of: KeyOf) -> Option<Encoded> {
        let written = self.written[of as usize].take()?;
        Some(written.finish().and_then(|json| {
            let mut text = String::with_capacity(json.len());
            canonical(&json, &mut text).map_err(|error| ("(key)", error))?;
            // `{"":value}`
            let whole = text
                .strip_prefix("{\"\":")
                .and_then(|rest| rest.strip_suffix('}'));
            Ok(whole.map(str::to_owned).unwrap_or(text))
        }))
    }
}

/// See the head of this file.
pub(crate) fn digest(space: &str, name: &str, canonical: &str) -> String {
    let mut hash = Sha256::new();
    for part in [space, "\n", name, "\n", canonical] {
        hash.update(part.as_bytes());
    }
    let mut text = String::with_capacity(41);
    text.push('1');
    for byte in hash.finalize().iter().take(20) {
        text.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        text.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    text
}

/// Appends the canonical form of a JSON text.
fn canonical(json: &str, out: &mut String) -> serde_json::Result<()> {
    let json = json.trim();
    match json.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json)?;
            out.push('{');
            for (n, (name, value)) in fields.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(name)?);
                out.push(':');
                canonical(value.get(), out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(json)?;
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                canonical(item.get(), out)?;
            }
            out.push(']');
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(json)?;
            out.push_str(&serde_json::to_string(&text)?);
        }
        Some(b'-' | b'0'..=b'9') => number(json, out)?,
        _ => out.push_str(json),
    }
    Ok(())
}

/// Digits alone are kept, however many: 64 bits would not tell two large ids apart.
fn number(text: &str, out: &mut String) -> serde_json::Result<()> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        out.push_str(if digits == "0" { "0" } else { text });
        return Ok(());
    }
    let number: f64 = serde_json::from_str(text)?;
    if number == 0.0 {
        out.push('0');
    } else if number.fract() == 0.0 && number.abs() < 1e15 {
        out.push_str(&format!("{number:.0}"));
    } else {
        out.push_str(&format!("{number:e}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> String {
        let mut text = String::new();
        canonical(json, &mut text).expect("JSON");
        text
    }

    #[test]
    fn one_value_has_one_form() {
        assert_eq!(
            of(r#" { "b" : [ 1.0 , -0, 2.50 ], "a": {"z":null,"y":true} } "#),
            r#"{"a":{"y":true,"z":null},"b":[1,0,2.5e0]}"#
        );
        assert_eq!(of(r#""\u0041\/\u00e9\u0000""#), "\"A/é\\u0000\"");
        assert_eq!(
            of("340282366920938463463374607431768211455"),
            "340282366920938463463374607431768211455"
        );
        assert_eq!(of("1e3"), "1000");
        assert_eq!(of("-1.5e-7"), "-1.5e-7");
        assert_eq!(of("1e300"), "1e300");
    }

    /// Rows hold digests: a change here makes a release forget the keys that another one holds.
    #[test]
    fn digests_never_change() {
        assert_eq!(
            digest("unique", "SendWelcomeEmail", r#"{"user_id":42}"#),
            "16ddce933045968b8ababcd41036b0a44fe1e8ad2"
        );
        assert_ne!(digest("u", "a", "1"), digest("c", "a", "1"));
        assert_ne!(digest("u", "a", "1"), digest("u", "b", "1"));
    }

    #[test]
    fn a_map_in_any_order_is_one_key() {
        let key = |pairs: &[(&str, u8)]| {
            let map: std::collections::HashMap<_, _> = pairs.iter().copied().collect();
            let mut keys = KeyWriter::default();
            keys.value(KeyOf::Unique, &map);
            keys.fields(KeyOf::Rate).put("map", &map);
            [KeyOf::Unique, KeyOf::Rate].map(|of| keys.take(of).expect("written").expect("JSON"))
        };
        let expected = [r#"{"a":1,"b":2}"#, r#"{"map":{"a":1,"b":2}}"#];
        assert_eq!(key(&[("a", 1), ("b", 2)]), expected);
        assert_eq!(key(&[("b", 2), ("a", 1)]), expected);
    }
}
