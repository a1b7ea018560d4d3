//! Texts that come from jobs: shown as text, whatever they hold.

use maud::{Markup, PreEscaped, html};

/// What takes no space, moves others, or commands terminals: it is shown by its number.
fn is_hidden(mark: char) -> bool {
    let bidi = matches!(mark, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let unseen = matches!(mark, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    bidi || unseen || (mark.is_control() && !matches!(mark, '\n' | '\t'))
}

/// The beginning of a text up to so many bytes, and whether there is more.
pub(crate) fn cut(text: &str, bytes: usize) -> (&str, bool) {
    let end = text.floor_char_boundary(bytes);
    (&text[..end], end < text.len())
}

/// A text of a job, set apart from the direction of what is around it; at most so many bytes of it.
pub(crate) fn shown(text: &str, bytes: usize) -> Markup {
    let (start, more) = cut(text, bytes);
    html! { bdi { (escaped(start)) @if more { span.more title=(format!("{} bytes in all", text.len())) { "…" } } } }
}

fn escaped(text: &str) -> Markup {
    if !text.contains(is_hidden) {
        return html! { (text) };
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut plain = 0;
    for (at, mark) in text.char_indices().filter(|(_, mark)| is_hidden(*mark)) {
        out.push_str(&html! { (text[plain..at]) }.into_string());
        let name = match mark {
            '\u{1b}' => "ESC".to_owned(),
            mark => format!("U+{:04X}", u32::from(mark)),
        };
        out.push_str(&html! { span.mark { (name) } }.into_string());
        plain = at + mark.len_utf8();
    }
    out.push_str(&html! { (text[plain..]) }.into_string());
    PreEscaped(out)
}

/// The same for attributes and titles, which hold no elements.
pub(crate) fn plain(text: &str, bytes: usize) -> String {
    let (start, more) = cut(text, bytes);
    let mut out = String::with_capacity(start.len());
    for mark in start.chars() {
        if is_hidden(mark) {
            out.push_str(&format!("<U+{:04X}>", u32::from(mark)));
        } else {
            out.push(mark);
        }
    }
    if more {
        out.push('…');
    }
    out
}

/// A whole number with commas.
pub(crate) fn number(count: u64) -> String {
    jobs::inspect::Count { count, more: false }.to_string()
}

/// A value in a query.
pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Bytes for people.
pub(crate) fn bytes(count: u64) -> String {
    let mib = count as f64 / (1024.0 * 1024.0);
    if mib >= 1024.0 {
        format!("{:.1} GiB", mib / 1024.0)
    } else {
        format!("{mib:.0} MiB")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_acts() {
        let shown = shown("<b>\u{202e}x\u{1b}[31m\0 é", 1_000).into_string();
        assert_eq!(
            shown,
            "<bdi>&lt;b&gt;<span class=\"mark\">U+202E</span>x<span class=\"mark\">ESC</span>[31m\
             <span class=\"mark\">U+0000</span> é</bdi>"
        );
        assert_eq!(plain("a\u{202e}b", 100), "a<U+202E>b");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("aé", 2), ("a", true));
        assert!(
            shown(&"x".repeat(100), 10)
                .into_string()
                .contains("100 bytes in all")
        );
    }
}
