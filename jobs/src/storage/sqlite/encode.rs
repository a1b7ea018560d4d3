//! Many rows as one JSON text, which a statement takes apart with `json_each`.

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    record::JobId,
};

/// A UUID as 32 hex digits, for `unhex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Hex(pub(super) Uuid);

impl From<JobId> for Hex {
    fn from(id: JobId) -> Self {
        Self(id.as_uuid())
    }
}

impl Hex {
    /// Appends the digits.
    pub(super) fn write(self, to: &mut Vec<u8>) {
        let mut digits = Uuid::encode_buffer();
        to.extend_from_slice(self.0.simple().encode_lower(&mut digits).as_bytes());
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut digits = Uuid::encode_buffer();
        serializer.serialize_str(self.0.simple().encode_lower(&mut digits))
    }
}

/// The JSON text of rows. What goes in here is strings and numbers, which always have one.
pub(super) fn json<T: Serialize + ?Sized>(rows: &T) -> Result<String> {
    serde_json::to_string(rows).map_err(|error| Error::Damaged {
        what: format!("a value to be stored: {error}"),
    })
}

/// A list of ids.
pub(super) fn ids(ids: impl IntoIterator<Item = Uuid>) -> Result<String> {
    json(&ids.into_iter().map(Hex).collect::<Vec<_>>())
}

/// Rows as plain texts with a prefix of fixed width, which `substr` takes apart: a third of the cost of arrays.
/// What many rows have in common stands once in a list of heads, whose index is in the prefix.
pub(super) struct Texts(Vec<u8>);

impl Texts {
    pub(super) fn with_capacity(rows: usize) -> Self {
        let mut bytes = Vec::with_capacity(rows * 128);
        bytes.push(b'[');
        Self(bytes)
    }

    /// A row: the id, the index of its head, then digits as they are, then any text.
    pub(super) fn push(&mut self, id: Uuid, head: usize, digits: &str, text: &str) -> Result<()> {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        // The text as JSON, with the prefix behind its opening quote.
        let text = json(text)?;
        self.0.push(b'"');
        Hex(id).write(&mut self.0);
        self.0.extend_from_slice(format!("{head:06}").as_bytes());
        self.0.extend_from_slice(digits.as_bytes());
        self.0
            .extend_from_slice(text.get(1..).unwrap_or("\"").as_bytes());
        Ok(())
    }

    /// The JSON text.
    pub(super) fn finish(mut self) -> Result<String> {
        self.0.push(b']');
        String::from_utf8(self.0).map_err(|error| Error::Damaged {
            what: format!("rows to be stored: {error}"),
        })
    }
}
