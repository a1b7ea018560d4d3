//! Many rows as one JSON text, which a statement takes apart with `json_each`.

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    record::JobId,
};

/// A UUID as 32 hex digits, for `unhex`.
#[derive(Debug, Clone, Copy)]
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
