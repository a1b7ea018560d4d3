//! `Job { field: …, .. }`: a value, or a pattern whose fields may be expressions, too.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::Parser;

use super::is;

/// The fields in the braces.
pub struct Fields {
    pub all: Vec<Field>,
    /// `..` at the end.
    pub rest: bool,
}

/// One of them.
pub struct Field {
    pub name: Ident,
    pub wanted: TokenStream,
    /// It can only be a pattern.
    marked: bool,
    /// It can be one.
    pattern: bool,
}

/// Reads them; `None` if they are something else, such as `..base`.
pub fn parse(tokens: TokenStream) -> Option<Fields> {
    let mut fields = Fields {
        all: Vec::new(),
        rest: false,
    };
    for part in split(tokens) {
        match part.as_slice() {
            [first, second] if is(first, '.') && is(second, '.') => fields.rest = true,
            [TokenTree::Ident(name)] => fields.all.push(field(name, quote!(#name))),
            [TokenTree::Ident(name), colon, wanted @ ..]
                if is(colon, ':') && !wanted.is_empty() =>
            {
                fields
                    .all
                    .push(field(name, wanted.iter().cloned().collect()));
            }
            _ => return None,
        }
    }
    Some(fields)
}

fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    for tree in tokens {
        if is(&tree, ',') {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(tree);
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

fn field(name: &Ident, wanted: TokenStream) -> Field {
    let parses = syn::Pat::parse_multi_with_leading_vert
        .parse2(wanted.clone())
        .is_ok();
    let marked = parses && has_marks(wanted.clone());
    Field {
        name: name.clone(),
        pattern: marked || (parses && !could_be_a_value_only(wanted.clone())),
        marked,
        wanted,
    }
}

/// `_`, `..`, `@` and `|` are in patterns only, as far as job arguments go.
fn has_marks(tokens: TokenStream) -> bool {
    let mut dots = 0;
    tokens.into_iter().any(|tree| {
        dots = if is(&tree, '.') { dots + 1 } else { 0 };
        let mark = is(&tree, '@') || is(&tree, '|') || dots == 2;
        match tree {
            TokenTree::Group(group) => has_marks(group.stream()),
            TokenTree::Ident(ident) => ident == "_",
            _ => mark,
        }
    })
}

/// A variable would be bound where a value is meant, and no pattern fits a `String`.
fn could_be_a_value_only(tokens: TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    trees.iter().enumerate().any(|(at, tree)| match tree {
        TokenTree::Group(group) => could_be_a_value_only(group.stream()),
        TokenTree::Literal(literal) => literal.to_string().starts_with(['"', 'r', 'b', 'c']),
        TokenTree::Ident(ident) => {
            let small = ident.to_string().starts_with(char::is_lowercase);
            small && !trees.get(at + 1).is_some_and(|next| is(next, ':'))
        }
        TokenTree::Punct(_) => false,
    })
}

impl Fields {
    pub fn is_pattern(&self) -> bool {
        self.rest || self.all.iter().any(|field| field.marked)
    }

    /// The fields of a value: texts become what the field is.
    pub fn value(&self) -> TokenStream {
        let fields = self.all.iter().map(|Field { name, wanted, .. }| {
            let text = syn::parse2::<syn::LitStr>(wanted.clone()).is_ok();
            match text {
                true => quote!(#name: ::core::convert::Into::into(#wanted)),
                false if *name == wanted.to_string() => quote!(#name),
                false => quote!(#name: #wanted),
            }
        });
        quote!(#(#fields),*)
    }

    /// A closure that says whether a job fits.
    pub fn closure(&self, job: &TokenStream, krate: &TokenStream) -> TokenStream {
        // As if it was written where the pattern is: else the compiler speaks of fields that cannot be seen.
        let span = job
            .clone()
            .into_iter()
            .next()
            .map_or_else(Span::call_site, |tree| tree.span());
        let rest = self.rest.then(|| quote_spanned!(span=> ..));
        let (mut bound, mut checks) = (Vec::new(), Vec::new());
        for (at, field) in self.all.iter().enumerate() {
            let (name, wanted) = (&field.name, &field.wanted);
            let local = format_ident!("__field_{at}", span = span);
            if wanted.to_string() == "_" {
                bound.push(quote_spanned!(span=> #name: _));
                continue;
            }
            bound.push(quote_spanned!(span=> #name: #local));
            checks.push(match field.pattern {
                true => quote!(::core::matches!(#local, #wanted)),
                false => quote!(#krate::__private::same(&(#wanted), #local)),
            });
        }
        quote_spanned! {span=>
            #[allow(unreachable_patterns, clippy::all, clippy::pedantic)]
            |__job: &#job| {
                let #job { #(#bound,)* #rest } = __job;
                true #(&& #checks)*
            }
        }
    }
}

/// A path and the braces behind it.
pub fn braces(trees: &[TokenTree]) -> Option<(TokenStream, TokenStream)> {
    let (last, path) = trees.split_last()?;
    let fields = super::inside(last, Delimiter::Brace)?;
    is_path(path).then(|| (path.iter().cloned().collect(), fields))
}

/// Words and `::`.
pub fn is_path(trees: &[TokenTree]) -> bool {
    let path: TokenStream = trees.iter().cloned().collect();
    !trees.is_empty()
        && trees
            .iter()
            .all(|tree| matches!(tree, TokenTree::Ident(_)) || is(tree, ':'))
        && syn::Path::parse_mod_style.parse2(path).is_ok()
}
