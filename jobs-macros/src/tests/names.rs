//! The expansion mentions only what `paths.rs` lists, and `jobs/src/private.rs` offers no more than that.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use super::expansions::CASES;
use crate::paths;

fn listed() -> BTreeSet<String> {
    paths::NAMES.iter().map(ToString::to_string).collect()
}

#[test]
fn private_offers_what_paths_lists() {
    let source = include_str!("../../../jobs/src/private.rs");
    let mut offered = BTreeSet::new();
    for statement in source.split("pub use ").skip(1) {
        let statement = statement.split(';').next().unwrap_or_default();
        let words = statement.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        // A path's last word is a name; a module's ends in `::`.
        for word in words.filter(|word| !word.is_empty() && !word.ends_with("::")) {
            offered.extend(word.rsplit("::").next().map(str::to_owned));
        }
    }
    let missing: Vec<_> = listed().difference(&offered).cloned().collect();
    assert!(missing.is_empty(), "private.rs lacks {missing:?}");
    let unlisted: Vec<_> = offered.difference(&listed()).cloned().collect();
    assert!(unlisted.is_empty(), "paths.rs lacks {unlisted:?}");
}

#[test]
fn expansions_mention_what_paths_lists() {
    let mut mentioned = BTreeSet::new();
    for (_, expansion) in CASES {
        collect(expansion(), &mut mentioned);
    }
    let unlisted: Vec<_> = mentioned.difference(&listed()).cloned().collect();
    assert!(unlisted.is_empty(), "paths.rs lacks {unlisted:?}");
    let unused: Vec<_> = listed().difference(&mentioned).cloned().collect();
    assert!(unused.is_empty(), "no expansion mentions {unused:?}");
}

/// The words after `__p::` and `__private::`, also in `__p::{a, b}`.
fn collect(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        if let TokenTree::Group(group) = tree {
            collect(group.stream(), names);
        }
        let private =
            matches!(tree, TokenTree::Ident(ident) if ident == "__p" || ident == "__private");
        let colons =
            matches!(trees.get(at + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
        if !(private && colons) {
            continue;
        }
        match trees.get(at + 3) {
            Some(TokenTree::Ident(name)) => {
                names.insert(name.to_string());
            }
            Some(TokenTree::Group(group)) => {
                let words = group.stream().into_iter().filter_map(|tree| match tree {
                    TokenTree::Ident(ident) if ident != "as" && ident != "_" => {
                        Some(ident.to_string())
                    }
                    _ => None,
                });
                names.extend(words);
            }
            _ => {}
        }
    }
}
