//! Arguments ⇄ one JSON object, argument by argument. No serde derive runs in the user's crate for it.

mod finite;

use std::collections::BTreeMap;

use serde::{Serialize, ser::Error as _};
use serde_json::value::RawValue;

use crate::{failure::DeserializationError, job::JobArg};

/// How many levels of lists and objects are read again. serde_json stops at 127, of which the object of arguments is one.
const DEEPEST: usize = 126;
/// What to say beyond.
const TOO_DEEP: &str = "it is nested more than 126 levels deep and could not be read again; store it flat, or as a string";

/// Whether this JSON is nested too deep to be read again.
fn too_deep(json: &[u8]) -> bool {
    // Each level has two brackets, so that most are known without a look.
    if json.len() <= 2 * DEEPEST {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// Writes arguments in the order the function has them.
#[derive(Debug)]
pub struct ArgsWriter {
    json: Vec<u8>,
    failed: Option<(&'static str, serde_json::Error)>,
}

impl ArgsWriter {
    pub(crate) fn new() -> Self {
        Self {
            json: vec![b'{'],
            failed: None,
        }
    }

    /// Adds one argument. The first failure is kept and reported by the enqueue.
    pub fn put<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        if self.failed.is_some() {
            return;
        }
        if self.json.len() > 1 {
            self.json.push(b',');
        }
        let written = serde_json::to_writer(&mut self.json, name).and_then(|()| {
            self.json.push(b':');
            write(&mut self.json, value)
        });
        if let Err(error) = written {
            self.failed = Some((name, error));
        }
    }

    pub(crate) fn finish(mut self) -> Result<String, (&'static str, serde_json::Error)> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        self.json.push(b'}');
        text(self.json).map_err(|error| ("", error))
    }
}

/// Appends a value's JSON.
fn write<T: Serialize + ?Sized>(json: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    let from = json.len();
    serde_json::to_writer(&mut *json, value)?;
    let text = json.get(from..).unwrap_or_default();
    if too_deep(text) {
        return Err(serde_json::Error::custom(TOO_DEEP));
    }
    // NaN is written as `null`, and so are things that may be.
    if text.windows(4).any(|part| part == b"null") {
        finite::check(value).map_err(serde_json::Error::custom)?;
    }
    Ok(())
}

/// One value's JSON, such as an output's.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    let mut json = Vec::new();
    write(&mut json, value)?;
    text(json)
}

/// `serde_json` writes UTF-8 only.
fn text(json: Vec<u8>) -> serde_json::Result<String> {
    String::from_utf8(json).map_err(serde_json::Error::custom)
}

/// Reads arguments by name; unknown ones are ignored.
#[derive(Debug)]
pub struct ArgsReader {
    fields: BTreeMap<String, Box<RawValue>>,
}

impl ArgsReader {
    pub(crate) fn parse(json: &str) -> Result<Self, DeserializationError> {
        let fields = serde_json::from_str(json)
            .map_err(|error| DeserializationError::not_an_object(&error))?;
        Ok(Self { fields })
    }

    /// Reads one argument.
    ///
    /// # Errors
    /// It is missing, or not a `T`.
    pub fn take<T: JobArg>(&self, name: &'static str) -> Result<T, DeserializationError> {
        match self.fields.get(name) {
            Some(raw) => decode(name, raw),
            None => Err(DeserializationError::missing(name)),
        }
    }

    /// Reads one argument that has a default.
    ///
    /// # Errors
    /// It is there, but not a `T`.
    pub fn take_or<T: JobArg>(
        &self,
        name: &'static str,
        default: fn() -> T,
    ) -> Result<T, DeserializationError> {
        match self.fields.get(name) {
            Some(raw) => decode(name, raw),
            None => Ok(default()),
        }
    }
}

fn decode<T: JobArg>(name: &'static str, raw: &RawValue) -> Result<T, DeserializationError> {
    serde_json::from_str(raw.get()).map_err(|error| DeserializationError::wrong(name, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_in_order_and_reads_by_name() {
        let mut writer = ArgsWriter::new();
        writer.put("name", "Ann \"\0\" ☃");
        writer.put("count", &3_u8);
        let json = writer.finish().expect("strings and numbers encode");
        assert_eq!(json, r#"{"name":"Ann \"\u0000\" ☃","count":3}"#);
        let reader = ArgsReader::parse(&json).expect("an object");
        assert_eq!(
            reader.take::<String>("name").expect("a string"),
            "Ann \"\0\" ☃"
        );
        assert_eq!(
            reader.take_or::<u8>("absent", || 7).expect("the default"),
            7
        );
        assert!(
            reader
                .take::<u8>("absent")
                .expect_err("missing")
                .is_missing()
        );
        assert!(
            !reader
                .take::<u8>("name")
                .expect_err("wrong type")
                .is_missing()
        );
    }

    #[test]
    fn the_depth_is_that_of_brackets_outside_of_strings() {
        let nested = |levels: usize, inside: &str| {
            format!("{}{inside}{}", "[".repeat(levels), "]".repeat(levels))
        };
        assert!(!too_deep(nested(DEEPEST, "1").as_bytes()));
        assert!(too_deep(nested(DEEPEST + 1, "1").as_bytes()));
        let text = format!(r#"["\\","\"{}"]"#, "[".repeat(500));
        assert!(!too_deep(text.as_bytes()), "brackets in a string");
        assert!(too_deep(nested(DEEPEST, r#"["\\"]"#).as_bytes()));
        assert!(!too_deep("[],".repeat(500).as_bytes()), "side by side");
    }

    #[test]
    fn a_failing_argument_is_named() {
        let mut writer = ArgsWriter::new();
        writer.put("fine", &1);
        writer.put("map", &BTreeMap::from([((1, 2), 3)]));
        writer.put("later", &1);
        assert_eq!(writer.finish().expect_err("tuple keys").0, "map");
    }
}
