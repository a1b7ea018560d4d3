//! "1h30m" → milliseconds.

use crate::Problem;

const SECOND: u64 = 1_000;
const DAY: u64 = 86_400 * SECOND;
const CENTURY: u64 = 36_525 * DAY;
const UNITS: &str = "units are `ms`, `s`, `m`, `h`, `d`, as in \"90s\" or \"1h30m\"";

fn problem<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Problem> {
    Err(Problem {
        message: message.into(),
        help: help.into(),
    })
}

/// Reads a duration such as "250ms", "3s", "10m", "1h", "7d", "1h30m"; milliseconds.
///
/// # Errors
/// It is empty, has an unknown or no unit, units out of order, a fraction, or is longer than a century.
pub fn parse(text: &str) -> Result<u64, Problem> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return problem("a duration cannot be empty", UNITS);
    }
    let mut total: u64 = 0;
    let mut smaller_than = u64::MAX;
    while !rest.is_empty() {
        let (number, unit, after) = split(rest);
        if number.is_empty() {
            return problem(format!("expected a number in the duration `{text}`"), UNITS);
        }
        if unit.starts_with('.') {
            return problem(
                format!("the duration `{text}` has a fraction"),
                "write it in a smaller unit, as in \"1500ms\"",
            );
        }
        if unit.is_empty() {
            return problem(
                "a duration needs a unit",
                format!("write \"{text}s\" for seconds"),
            );
        }
        let Some(milliseconds) = milliseconds(unit) else {
            let help = match unit {
                "M" => "`m` is minutes; for months count days: \"30d\"",
                _ => UNITS,
            };
            return problem(
                format!("unknown unit `{unit}` in the duration `{text}`"),
                help,
            );
        };
        if milliseconds >= smaller_than {
            return problem(
                format!("the units of the duration `{text}` are out of order"),
                "write the largest unit first, as in \"1h30m\"",
            );
        }
        smaller_than = milliseconds;
        let sum = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(milliseconds))
            .and_then(|part| total.checked_add(part))
            .filter(|sum| *sum <= CENTURY);
        let Some(sum) = sum else {
            return problem("the duration is longer than 100 years", UNITS);
        };
        total = sum;
        rest = after.trim_start();
    }
    Ok(total)
}

/// Digits, unit, rest.
fn split(text: &str) -> (&str, &str, &str) {
    let number = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(number);
    let rest = rest.trim_start();
    let unit = rest
        .find(|c: char| c.is_ascii_digit() || c.is_whitespace())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit);
    (number, unit, rest)
}

fn milliseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" => 1,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_the_contract() {
        for (text, milliseconds) in [
            ("250ms", 250),
            ("3s", 3_000),
            ("10m", 600_000),
            ("1h", 3_600_000),
            ("7d", 604_800_000),
            ("1h30m", 5_400_000),
            ("2h 30m", 9_000_000),
            ("0s", 0),
            ("36500d", 36_500 * DAY),
        ] {
            assert_eq!(parse(text), Ok(milliseconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_said() {
        for (text, message) in [
            ("", "a duration cannot be empty"),
            ("5x", "unknown unit `x` in the duration `5x`"),
            ("1M", "unknown unit `M` in the duration `1M`"),
            ("30", "a duration needs a unit"),
            ("s", "expected a number in the duration `s`"),
            ("-5s", "expected a number in the duration `-5s`"),
            ("1.5s", "the duration `1.5s` has a fraction"),
            (
                "30m1h",
                "the units of the duration `30m1h` are out of order",
            ),
            ("1h1h", "the units of the duration `1h1h` are out of order"),
            ("99999999999d", "the duration is longer than 100 years"),
            (
                "99999999999999999999999s",
                "the duration is longer than 100 years",
            ),
        ] {
            let problem = parse(text).expect_err(text);
            assert_eq!(problem.message, message);
            assert!(!problem.help.is_empty());
        }
    }
}
