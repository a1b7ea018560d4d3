//! The function under `#[job]`. Its body stays opaque, so that a half-typed one has no error but the compiler's.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::{
    Attribute, Signature, Token, Visibility,
    parse::{ParseStream, Parser},
    token::Brace,
};

use crate::spanned::Place;

/// Parameter attributes that are ours; the function is given back without them.
pub const PARAMETER_ATTRIBUTES: &[&str] = &["arg", "state", "ctx", "input", "flow", "tx"];

/// Attributes that the compiler takes on parameters.
const KEPT: &[&str] = &[
    "allow", "expect", "warn", "deny", "forbid", "cfg", "cfg_attr",
];

/// A function, with what the macro needs to know of it.
pub struct JobFn {
    pub attrs: Vec<Attribute>,
    pub vis: Visibility,
    pub signature: Signature,
    pub has_body: bool,
}

/// What the attribute stands on.
pub enum Item {
    Function(Box<JobFn>),
    /// A function whose signature the compiler itself will refuse.
    HalfTyped,
    /// Something else, which begins here.
    Other(Place),
}

/// Reads the item under the attribute.
pub fn parse(tokens: &TokenStream) -> Item {
    if let Ok(function) = function.parse2(tokens.clone()) {
        return Item::Function(Box::new(function));
    }
    if is_function(tokens) {
        return Item::HalfTyped;
    }
    let first = tokens
        .clone()
        .into_iter()
        .find(|tree| !is_attribute_part(tree));
    Item::Other(match first {
        Some(tree) => tree.span().into(),
        None => Place::of(tokens),
    })
}

fn function(input: ParseStream<'_>) -> syn::Result<JobFn> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    let signature = input.parse()?;
    let has_body = input.peek(Brace);
    if !has_body {
        input.parse::<Token![;]>()?;
    }
    let _: TokenStream = input.parse()?;
    Ok(JobFn {
        attrs,
        vis,
        signature,
        has_body,
    })
}

fn is_attribute_part(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Punct(mark) => mark.as_char() == '#',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        _ => false,
    }
}

/// Whether `fn` comes before any body or `;`.
fn is_function(tokens: &TokenStream) -> bool {
    for tree in tokens.clone() {
        match tree {
            TokenTree::Ident(ident) if ident == "fn" => return true,
            TokenTree::Ident(ident) => {
                let before = ["pub", "const", "async", "unsafe", "extern", "safe", "crate"];
                if !before.iter().any(|word| ident == word) {
                    return false;
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return false,
            _ => {}
        }
    }
    false
}

/// The item token for token, without our attributes on its parameters.
pub fn stripped(tokens: TokenStream) -> TokenStream {
    without(tokens, &[], |attribute| {
        named(attribute, PARAMETER_ATTRIBUTES)
    })
}

/// The item after an error: what was refused once is gone, so that the compiler does not refuse it again.
pub fn salvaged(tokens: TokenStream) -> TokenStream {
    without(tokens, &["job", "test"], |attribute| {
        !named(attribute, KEPT)
    })
}

fn without(
    tokens: TokenStream,
    refused: &[&str],
    drop_parameter: fn(&Group) -> bool,
) -> TokenStream {
    let mut seen_fn = false;
    let mut out = Vec::new();
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(mark) if mark.as_char() == '#' && !seen_fn => {
                let drop =
                    matches!(trees.peek(), Some(TokenTree::Group(group)) if named(group, refused));
                if drop {
                    trees.next();
                } else {
                    out.push(TokenTree::Punct(mark));
                }
            }
            TokenTree::Ident(ident) if ident == "fn" => {
                seen_fn = true;
                out.push(TokenTree::Ident(ident));
            }
            TokenTree::Group(group) if seen_fn && group.delimiter() == Delimiter::Parenthesis => {
                out.push(TokenTree::Group(without_attributes(group, drop_parameter)));
            }
            tree => out.push(tree),
        }
    }
    out.into_iter().collect()
}

fn without_attributes(group: Group, drop: fn(&Group) -> bool) -> Group {
    let ours = |tree: Option<&TokenTree>| match tree {
        Some(TokenTree::Group(inner)) => inner.delimiter() == Delimiter::Bracket && drop(inner),
        _ => false,
    };
    let mut found = false;
    let mut out = Vec::new();
    let mut trees = group.stream().into_iter().peekable();
    while let Some(tree) = trees.next() {
        let hash = matches!(&tree, TokenTree::Punct(mark) if mark.as_char() == '#');
        if hash && ours(trees.peek()) {
            trees.next();
            found = true;
        } else {
            out.push(tree);
        }
    }
    if !found {
        return group;
    }
    let mut new = Group::new(group.delimiter(), out.into_iter().collect());
    new.set_span(group.span());
    new
}

/// Whether `[path::name …]` ends its path in one of `names`.
fn named(group: &Group, names: &[&str]) -> bool {
    if group.delimiter() != Delimiter::Bracket {
        return false;
    }
    let mut last: Option<Ident> = None;
    for tree in group.stream() {
        match tree {
            TokenTree::Ident(ident) => last = Some(ident),
            TokenTree::Punct(mark) if mark.as_char() == ':' => {}
            _ => break,
        }
    }
    last.is_some_and(|last| names.iter().any(|name| last == name))
}
