//! A field for each argument of a job: how it is asked for, and which value its text stands for.

use jobs::inspect::{Argument, Kind, REDACTED};
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::{posted::Posted, text::shown};

/// What is typed for a type.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sort {
    /// A whole number from and to.
    Whole(i128, i128),
    Fraction,
    Flag,
    Text,
    /// Anything else: JSON.
    Json,
}

/// The sort of a type, and whether it may be nothing.
fn sort(type_name: &str) -> (Sort, bool) {
    if let Some(inner) = inside(type_name, "Option") {
        return (sort(inner).0, true);
    }
    let sort = match type_name {
        "u8" => Sort::Whole(0, u8::MAX.into()),
        "u16" => Sort::Whole(0, u16::MAX.into()),
        "u32" => Sort::Whole(0, u32::MAX.into()),
        "u64" | "usize" => Sort::Whole(0, u64::MAX.into()),
        "i8" => Sort::Whole(i8::MIN.into(), i8::MAX.into()),
        "i16" => Sort::Whole(i16::MIN.into(), i16::MAX.into()),
        "i32" => Sort::Whole(i32::MIN.into(), i32::MAX.into()),
        "i64" | "isize" => Sort::Whole(i64::MIN.into(), i64::MAX.into()),
        "f32" | "f64" => Sort::Fraction,
        "bool" => Sort::Flag,
        "String" | "char" | "PathBuf" | "Uuid" | "NaiveDate" | "NaiveTime" | "NaiveDateTime"
        | "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "Url" => Sort::Text,
        other if inside(other, "DateTime").is_some() => Sort::Text,
        other
            if ["Box", "Arc", "Rc"]
                .iter()
                .any(|one| inside(other, one) == Some("str")) =>
        {
            Sort::Text
        }
        _ => Sort::Json,
    };
    (sort, false)
}

fn inside<'a>(name: &'a str, outer: &str) -> Option<&'a str> {
    name.strip_prefix(outer)?
        .strip_prefix('<')?
        .strip_suffix('>')
}

/// What is wrong with a field: its argument's name, and why.
pub(super) type Wrong = (String, String);

/// The name of an argument's field.
fn name(argument: &Argument) -> String {
    format!("arg.{}", argument.name)
}

/// Whether fields were sent, not the JSON of all arguments.
pub(super) fn were_sent(posted: &Posted) -> bool {
    posted.get("args").is_none()
}

/// The texts of the fields for arguments that a job has had; what is redacted is to be written anew.
pub(super) fn texts(arguments: &[Argument], args: &Value) -> Vec<(String, String)> {
    let text = |argument: &Argument| match args.get(&argument.name)? {
        Value::Null => None,
        Value::String(text) if text == REDACTED => None,
        Value::String(text) if sort(&argument.type_name).0 != Sort::Json => Some(text.clone()),
        Value::Object(_) | Value::Array(_) => {
            serde_json::to_string_pretty(&args[&argument.name]).ok()
        }
        other => Some(other.to_string()),
    };
    let pair = |argument: &Argument| Some((name(argument), text(argument)?));
    arguments.iter().filter_map(pair).collect()
}

/// The arguments that the fields stand for, or what is wrong with them.
pub(super) fn read(arguments: &[Argument], posted: &Posted) -> Result<Value, Vec<Wrong>> {
    let (mut args, mut wrong) = (Map::new(), Vec::new());
    for argument in arguments {
        let text = posted.get(&name(argument)).unwrap_or_default();
        match value(argument, text) {
            Ok(Some(value)) => {
                args.insert(argument.name.clone(), value);
            }
            Ok(None) => {}
            Err(why) => wrong.push((argument.name.clone(), why)),
        }
    }
    if wrong.is_empty() {
        Ok(Value::Object(args))
    } else {
        Err(wrong)
    }
}

/// `None` leaves the argument out: its default is taken.
fn value(argument: &Argument, text: &str) -> Result<Option<Value>, String> {
    let (sort, maybe) = sort(&argument.type_name);
    let typed = text.trim();
    if text.is_empty() || (typed.is_empty() && sort != Sort::Text) {
        return match (argument.required, maybe, argument.type_name.as_str()) {
            (false, ..) => Ok(None),
            (true, true, _) => Ok(Some(Value::Null)),
            (true, false, "String") => Ok(Some(Value::from(""))),
            (true, false, _) => Err("it is missing".to_owned()),
        };
    }
    let shown = crate::text::plain(typed, 60);
    let value = match sort {
        Sort::Whole(from, to) => match typed.parse::<i128>() {
            Ok(number) if (from..=to).contains(&number) => u64::try_from(number)
                .map(Value::from)
                .or_else(|_| i64::try_from(number).map(Value::from))
                .map_err(|error| error.to_string())?,
            Ok(_) => return Err(format!("`{shown}` is not from {from} to {to}")),
            Err(_) => return Err(format!("`{shown}` is no whole number")),
        },
        Sort::Fraction => match typed.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::from(number),
            _ => return Err(format!("`{shown}` is no number")),
        },
        Sort::Flag => match typed {
            "true" => Value::from(true),
            "false" => Value::from(false),
            _ => return Err(format!("`{shown}` is neither true nor false")),
        },
        // Browsers send each end of a line as two characters.
        Sort::Text => Value::from(text.replace("\r\n", "\n")),
        Sort::Json => {
            serde_json::from_str(typed).map_err(|error| format!("`{shown}` is no JSON: {error}"))?
        }
    };
    Ok(Some(value))
}

/// All fields of a job.
pub(super) fn all(kind: &Kind, arguments: &[Argument], posted: &Posted, wrong: &[Wrong]) -> Markup {
    html! {
        @if arguments.is_empty() { p.hint { "It takes no arguments." } }
        @for (at, argument) in arguments.iter().enumerate() {
            @let why = wrong.iter().find(|(name, _)| *name == argument.name).map(|(_, why)| why.as_str());
            (field(at, argument, posted.get(&name(argument)), why, kind.redact.contains(&argument.name)))
        }
    }
}

fn field(
    at: usize,
    argument: &Argument,
    text: Option<&str>,
    wrong: Option<&str>,
    redacted: bool,
) -> Markup {
    let (sort, maybe) = sort(&argument.type_name);
    let text = text.unwrap_or_default();
    let (id, hint) = (format!("arg-{at}"), format!("arg-{at}-hint"));
    let name = name(argument);
    let invalid = wrong.map(|_| "true");
    html! {
        div.argument {
            label for=(id) { (shown(&argument.name, 100)) " " code.type { (shown(&argument.type_name, 100)) } }
            @match sort {
                Sort::Flag => select id=(id) name=(name) aria-describedby=(hint) aria-invalid=[invalid] {
                    @if maybe || !argument.required || text.is_empty() { option value="" {} }
                    @for one in ["true", "false"] { option value=(one) selected[text == one] { (one) } }
                },
                Sort::Whole(..) => input id=(id) name=(name) value=(text) inputmode="numeric" autocomplete="off" aria-describedby=(hint) aria-invalid=[invalid];,
                Sort::Fraction => input id=(id) name=(name) value=(text) inputmode="decimal" autocomplete="off" aria-describedby=(hint) aria-invalid=[invalid];,
                Sort::Text if !text.contains('\n') && text.len() < 200 => input id=(id) name=(name) value=(text) autocomplete="off" aria-describedby=(hint) aria-invalid=[invalid];,
                Sort::Text | Sort::Json => textarea id=(id) name=(name) rows=(text.lines().count().clamp(2, 14)) spellcheck="false" aria-describedby=(hint) aria-invalid=[invalid] { "\n" (text) },
            }
            p.hint id=(hint) {
                @if let Some(wrong) = wrong { span.error { (shown(wrong, 500)) } }
                @match sort { Sort::Json => "JSON. ", Sort::Whole(..) | Sort::Fraction => "A number. ", Sort::Flag | Sort::Text => "" }
                @if !argument.required { "Empty: its default. " } @else if maybe { "Empty: nothing. " }
                @if redacted { "It is never shown." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(type_name: &str, required: bool) -> Argument {
        Argument {
            name: "x".to_owned(),
            type_name: type_name.to_owned(),
            required,
        }
    }

    #[test]
    fn texts_stand_for_values() {
        for (of, text, json) in [
            ("u8", "255", "255"),
            ("u64", "18446744073709551615", "18446744073709551615"),
            ("i64", " -9223372036854775808 ", "-9223372036854775808"),
            ("f64", "1.5", "1.5"),
            ("bool", "true", "true"),
            ("String", "a \"b\"\r\nc", "\"a \\\"b\\\"\\nc\""),
            ("String", "", "\"\""),
            ("Option<String>", "", "null"),
            ("Option<u8>", "7", "7"),
            ("Vec<u8>", "[1, 2]", "[1,2]"),
            ("Order", "{\"id\": 1}", "{\"id\":1}"),
            (
                "DateTime<Utc>",
                "2026-01-01T00:00:00Z",
                "\"2026-01-01T00:00:00Z\"",
            ),
        ] {
            let read = value(&argument(of, true), text);
            assert_eq!(read.expect(of).expect(of).to_string(), json, "{of}");
        }
        assert_eq!(value(&argument("u8", false), ""), Ok(None));
        assert_eq!(value(&argument("Order", false), "  "), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (of, text, why) in [
            ("u8", "256", "`256` is not from 0 to 255"),
            ("i8", "-129", "`-129` is not from -128 to 127"),
            (
                "u64",
                "18446744073709551616",
                "`18446744073709551616` is not from 0 to 18446744073709551615",
            ),
            ("u64", "1e3", "`1e3` is no whole number"),
            ("u64", "", "it is missing"),
            ("Uuid", "", "it is missing"),
            ("f64", "NaN", "`NaN` is no number"),
            ("f64", "inf", "`inf` is no number"),
            ("bool", "yes", "`yes` is neither true nor false"),
            (
                "Order",
                "\u{202e}x",
                "`<U+202E>x` is no JSON: expected value at line 1 column 1",
            ),
        ] {
            assert_eq!(
                value(&argument(of, true), text),
                Err(why.to_owned()),
                "{of}"
            );
        }
    }

    #[test]
    fn values_come_back_as_texts() {
        let args = serde_json::json!({ "x": "[redacted]" });
        assert!(texts(&[argument("String", true)], &args).is_empty());
        let args = serde_json::json!({ "x": ["a"] });
        assert_eq!(
            texts(&[argument("Vec<String>", true)], &args)[0].1,
            "[\n  \"a\"\n]"
        );
        let args = serde_json::json!({ "x": "a" });
        assert_eq!(texts(&[argument("Choice", true)], &args)[0].1, "\"a\"");
        assert_eq!(texts(&[argument("String", true)], &args)[0].1, "a");
    }
}
