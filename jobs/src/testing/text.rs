//! Jobs and times as messages show them. Pure.

use chrono::TimeDelta;
use serde_json::Value;

use crate::definition::JobDef;

/// `SendWelcomeEmail { user_id: 42 }`, as it would be written.
pub(super) fn job(definition: &JobDef, args: &Value) -> String {
    let Value::Object(fields) = args else {
        return format!("{} {args}", definition.name);
    };
    // In the order of the parameters, not of the alphabet; then what this code does not know.
    let known = definition.args.iter().filter_map(|arg| {
        let value = fields.get(arg.name)?;
        Some(match arg.redacted {
            true => format!("{}: [redacted]", arg.name),
            false => format!("{}: {value}", arg.name),
        })
    });
    let declared = |name: &String| definition.args.iter().any(|arg| arg.name == name);
    let unknown = fields.iter().filter(|(name, _)| !declared(name));
    let shown: Vec<_> = known
        .chain(unknown.map(|(name, value)| format!("{name}: {value}")))
        .collect();
    match shown.is_empty() {
        true => definition.name.to_owned(),
        false => format!("{} {{ {} }}", definition.name, shown.join(", ")),
    }
}

/// `now`, `in 1h 30m`, `2d ago`.
pub(super) fn wait(time: TimeDelta) -> String {
    let millis = time.num_milliseconds();
    match millis {
        0 => "now".to_owned(),
        1.. => format!("in {}", length(millis.unsigned_abs())),
        _ => format!("{} ago", length(millis.unsigned_abs())),
    }
}

/// The two largest units.
fn length(millis: u64) -> String {
    const UNITS: [(&str, u64); 5] = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let (mut left, mut parts) = (millis, Vec::new());
    for (unit, size) in UNITS {
        if left >= size && parts.len() < 2 {
            parts.push(format!("{}{unit}", left / size));
            left %= size;
        }
    }
    parts.join(" ")
}

/// `1 job`, `2 jobs`.
pub(super) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let shown = |millis| wait(TimeDelta::milliseconds(millis));
        assert_eq!(shown(0), "now");
        assert_eq!(shown(3_000), "in 3s");
        assert_eq!(shown(5_400_000), "in 1h 30m");
        assert_eq!(shown(-2 * 86_400_000), "2d ago");
        assert_eq!(shown(1_250), "in 1s 250ms");
    }
}
