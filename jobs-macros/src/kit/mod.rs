//! For tests: `#[jobs::test]` and what the assertions were given.

pub mod assertion;
mod fields;
pub mod test;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The parts between commas; one that is not followed by `name = …` belongs to an expression.
fn parts(tokens: TokenStream) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    for (at, tree) in trees.iter().enumerate() {
        let rest = trees.get(at + 1..).unwrap_or_default();
        if is(tree, ',') && (rest.is_empty() || named(rest)) {
            parts.push(part.drain(..).collect());
        } else {
            part.push(tree.clone());
        }
    }
    if !part.is_empty() {
        parts.push(part.into_iter().collect());
    }
    parts
}

/// `name = …`, but not `name == …`.
fn named(trees: &[TokenTree]) -> bool {
    let [TokenTree::Ident(_), TokenTree::Punct(mark), ..] = trees else {
        return false;
    };
    mark.as_char() == '=' && mark.spacing() == Spacing::Alone
}

fn is(tree: &TokenTree, mark: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// What stands in these brackets.
fn inside(tree: &TokenTree, delimiter: Delimiter) -> Option<TokenStream> {
    match tree {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    }
}
