//! Text that is safe to show in a terminal, and tables of it. Pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthChar as _;

/// Whether a terminal could obey the character instead of showing it, or show others in another order.
fn is_unsafe(mark: char) -> bool {
    mark.is_control()
        || matches!(
            mark,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// One line in which nothing but text is left.
pub(super) fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for mark in text.chars() {
        match mark {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            mark if is_unsafe(mark) => shown.extend(mark.escape_unicode()),
            mark => shown.push(mark),
        }
    }
    shown
}

/// JSON in which nothing but text is left: what is unsafe can stand only inside strings.
pub(super) fn safe_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for mark in json.chars() {
        if mark != '\n' && is_unsafe(mark) {
            let mut units = [0; 2];
            for unit in mark.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(mark);
        }
    }
    shown
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|mark| mark.width().unwrap_or(0)).sum()
}

/// A safe text of at most so many columns.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut shown, mut taken) = (String::new(), 0);
    for mark in text.chars() {
        taken += mark.width().unwrap_or(0);
        if taken >= columns {
            break;
        }
        shown.push(mark);
    }
    shown.push('…');
    shown
}

/// A table whose last column takes what is left of the line.
pub(super) fn table(head: &[&str], rows: &[Vec<String>], columns: Option<usize>) -> String {
    /// No column but the last is wider, so that one long name leaves room for the others.
    const WIDEST: usize = 40;
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| safe(cell)).collect())
        .collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| width(cell)).collect();
    for row in &rows {
        for (known, cell) in widths.iter_mut().zip(row) {
            *known = (*known).max(width(cell).min(WIDEST));
        }
    }
    let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
    let rest = columns.map_or(usize::MAX, |all| all.saturating_sub(before).max(10));
    let mut text = String::new();
    let heads: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(&heads).chain(&rows) {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            if at + 1 == row.len() {
                line.push_str(&cut(cell, rest));
            } else {
                let shown = cut(cell, widths[at]);
                line.push_str(&shown);
                line.push_str(&" ".repeat(widths[at] + 2 - width(&shown).min(widths[at])));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A time to the second.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A duration in its two largest units.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{} ms", span.as_millis()),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "\u{1b}[31mred\u{7}\u{9b}2J\u{202e}txt\u{2066}a\nb\u{200b}\u{e0041}";

    #[test]
    fn nothing_but_text_is_left() {
        for shown in [
            safe(NASTY),
            safe_json(&serde_json::json!(NASTY).to_string()),
        ] {
            assert!(!shown.chars().any(is_unsafe), "{shown:?}");
        }
        let json = safe_json(&serde_json::json!(NASTY).to_string());
        assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), NASTY);
        assert_eq!(safe("Größe 🦀 漢字"), "Größe 🦀 漢字");
    }

    #[test]
    fn tables_keep_to_their_width() {
        let rows = [
            vec!["漢字漢字".to_owned(), "x".repeat(500)],
            vec!["y".repeat(300), NASTY.to_owned()],
        ];
        for line in table(&["a", "b"], &rows, Some(80)).lines() {
            assert!(width(line) <= 80, "{line}");
        }
        let lines = table(&["name", "n"], &[vec!["a".into(), "1".into()]], None);
        assert_eq!(lines, "name  n\na     1\n");
    }

    #[test]
    fn spans_are_short() {
        for (seconds, text) in [(59, "59 s"), (61, "1 min 1 s"), (90_000, "1 d 1 h")] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
