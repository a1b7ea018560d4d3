//! All errors of one macro call, so that every mistake is reported at once.

use proc_macro2::{Delimiter, Group, Literal, Punct, Spacing, TokenStream, TokenTree};
use quote::quote_spanned;

use crate::spanned::Place;

/// Collects errors. Dropping one that was never read is a bug in this crate, so it panics.
pub struct Errors {
    found: Vec<(Place, String)>,
    read: bool,
}

impl Errors {
    pub fn new() -> Self {
        Self {
            found: Vec::new(),
            read: false,
        }
    }

    /// What is wrong, then how to write it.
    pub fn push(&mut self, at: impl Into<Place>, message: impl AsRef<str>, help: impl AsRef<str>) {
        let text = format!("{}\n\nhelp: {}", message.as_ref(), help.as_ref());
        self.found.push((at.into(), text));
    }

    /// How many there are so far: a parser that pushed none and has no value met something that is not its own to report.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// The errors in source order, as tokens; `Ok` if there are none.
    pub fn finish(mut self) -> Result<(), TokenStream> {
        self.read = true;
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|(at, _)| at.position());
        Err(self
            .found
            .iter()
            .map(|(at, text)| compile_error(*at, text))
            .collect())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !self.read && !std::thread::panicking() {
            panic!("errors were collected but never read");
        }
    }
}

/// `compile_error!` whose first and last tokens carry the ends of the place, so that all of it is underlined.
fn compile_error(at: Place, text: &str) -> TokenStream {
    let mut message = Literal::string(text);
    message.set_span(at.end);
    let mut body = Group::new(Delimiter::Brace, TokenTree::from(message).into());
    body.set_span(at.end);
    let mut bang = Punct::new('!', Spacing::Alone);
    bang.set_span(at.start);
    let mut tokens = quote_spanned!(at.start=> ::core::compile_error);
    tokens.extend([TokenTree::from(bang), TokenTree::from(body)]);
    tokens
}
