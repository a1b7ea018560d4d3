//! Values with the place they were written at.

use proc_macro2::Span;
use quote::ToTokens;

/// From the first to the last token of something the user wrote.
#[derive(Clone, Copy)]
pub struct Place {
    pub start: Span,
    pub end: Span,
}

impl Place {
    /// Where `tokens` stand; the call site if there are none.
    pub fn of(tokens: &impl ToTokens) -> Self {
        let mut tokens = tokens.to_token_stream().into_iter().map(|tree| tree.span());
        let start = tokens.next().unwrap_or_else(Span::call_site);
        let end = tokens.last().unwrap_or(start);
        Self { start, end }
    }

    /// From here to the end of `other`.
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start,
            end: other.end,
        }
    }

    /// Line and column, where the compiler tells; for sorting.
    pub fn position(self) -> (usize, usize) {
        if !proc_macro::is_available() {
            return (0, 0);
        }
        let start = self.start.unwrap();
        (start.line(), start.column())
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self {
            start: span,
            end: span,
        }
    }
}

/// A value and its place.
#[derive(Clone)]
pub struct Spanned<T> {
    pub value: T,
    pub at: Place,
}

impl<T> Spanned<T> {
    pub fn new(value: T, at: impl Into<Place>) -> Self {
        Self {
            value,
            at: at.into(),
        }
    }
}
