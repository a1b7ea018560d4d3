//! The JSON schema of files, from the same table as the parser.

use serde_json::{Map, Value, json};

use super::keys::{Key, Kind, ROOT};

/// Text with a variable stands for any value.
const VARIABLE: &str = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}";
const DURATION: &str = r"^\s*([0-9]+\s*(d|h|ms|m|s)\s*)+$";

pub(super) fn schema() -> Value {
    let mut schema = table(ROOT, false);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("jobs.toml");
    schema["$defs"] = json!({ "file": table(&ROOT[..ROOT.len() - 1], false) });
    schema
}

fn table(keys: &[Key], named: bool) -> Value {
    let properties: Map<_, _> = keys
        .iter()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    let table =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    match named {
        true => json!({ "type": "object", "additionalProperties": table }),
        false => table,
    }
}

fn property(key: &Key) -> Value {
    let mut schema = match key.kind {
        Kind::Text | Kind::Url | Kind::Job | Kind::Queue | Kind::Zone => {
            json!({ "type": "string" })
        }
        Kind::Flag => json!({ "anyOf": [{ "type": "boolean" }, variable()] }),
        Kind::Whole { least, most } => {
            json!({ "anyOf": [{ "type": "integer", "minimum": least, "maximum": most }, variable()] })
        }
        Kind::Time { .. } => {
            json!({ "anyOf": [{ "type": "string", "pattern": DURATION }, variable()] })
        }
        Kind::Word(words) => json!({ "anyOf": [{ "enum": words }, variable()] }),
        Kind::Queues => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            { "type": "object", "additionalProperties": { "anyOf": [{ "type": "integer", "minimum": 1 }, variable()] }, "minProperties": 1 },
        ] }),
        Kind::Cron => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ] }),
        Kind::Args => json!({ "type": "object" }),
        Kind::Table(keys) => table(keys, false),
        Kind::Named(keys) => table(keys, true),
        Kind::Environments => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/file" } })
        }
    };
    schema["description"] = json!(key.about);
    if let Ok(default) = key.default.parse::<i64>() {
        schema["default"] = json!(default);
    } else if let Ok(default) = serde_json::from_str::<Value>(key.default) {
        schema["default"] = default;
    }
    schema
}

fn variable() -> Value {
    json!({ "type": "string", "pattern": VARIABLE })
}
