//! Every ui case with one token removed, doubled or swapped: the macros give tokens, and the item is among them.

use std::{fs, path::Path};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::{base, item, job, queues, text};

/// Attribute or macro input, and the item under it.
struct Input {
    kind: Kind,
    options: TokenStream,
    item: TokenStream,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Job,
    Base,
    Queues,
}

fn corpus() -> Vec<Input> {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests");
    let mut inputs = Vec::new();
    let themes = fs::read_dir(ui.join("fail"))
        .expect("the ui cases")
        .map(|entry| entry.expect("a theme").path());
    for theme in themes.chain([ui.join("recover"), ui.join("pass")]) {
        for case in fs::read_dir(theme).expect("a theme") {
            let case = case.expect("a case").path();
            if case.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(case).expect("a case");
                if let Ok(tokens) = source.parse::<TokenStream>() {
                    find(tokens, &mut inputs);
                }
            }
        }
    }
    inputs
}

/// `#[job…] item`, `#[jobs::base…] item`, `queues! {…}` anywhere.
fn find(tokens: TokenStream, inputs: &mut Vec<Input>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        let TokenTree::Group(group) = tree else {
            continue;
        };
        find(group.stream(), inputs);
        let before = |back: usize| {
            at.checked_sub(back)
                .and_then(|at| trees.get(at))
                .map(ToString::to_string)
        };
        if before(1).as_deref() == Some("!") && before(2).as_deref() == Some("queues") {
            inputs.push(Input {
                kind: Kind::Queues,
                options: group.stream(),
                item: TokenStream::new(),
            });
        }
        if before(1).as_deref() != Some("#") {
            continue;
        }
        let path = text::of(&group.stream());
        let kind = match path.split(['(', ' ']).next() {
            Some("job" | "jobs::job") => Kind::Job,
            Some("base" | "jobs::base") => Kind::Base,
            _ => continue,
        };
        let options = group.stream().into_iter().find_map(|tree| match tree {
            TokenTree::Group(list) => Some(list.stream()),
            _ => None,
        });
        let rest = trees.iter().skip(at + 1);
        let mut item = Vec::new();
        for tree in rest {
            item.push(tree.clone());
            let ends = match tree {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(mark) => mark.as_char() == ';',
                _ => false,
            };
            if ends {
                break;
            }
        }
        inputs.push(Input {
            kind,
            options: options.unwrap_or_default(),
            item: item.into_iter().collect(),
        });
    }
}

fn size(tokens: &TokenStream) -> usize {
    tokens
        .clone()
        .into_iter()
        .map(|tree| match tree {
            TokenTree::Group(group) => 1 + size(&group.stream()),
            _ => 1,
        })
        .sum()
}

#[derive(Clone, Copy)]
enum Damage {
    Remove,
    Double,
    Swap,
}

/// Damages the `at`th token, counted depth first.
fn damaged(tokens: TokenStream, at: &mut usize, damage: Damage) -> TokenStream {
    let mut out = Vec::new();
    let mut trees = tokens.into_iter();
    while let Some(tree) = trees.next() {
        let hit = *at == 0;
        *at = at.wrapping_sub(1);
        if hit {
            match damage {
                Damage::Remove => {}
                Damage::Double => out.extend([tree.clone(), tree]),
                Damage::Swap => {
                    out.extend(trees.next());
                    out.push(tree);
                }
            }
            continue;
        }
        out.push(match tree {
            TokenTree::Group(group) => {
                let inner = damaged(group.stream(), at, damage);
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            tree => tree,
        });
    }
    out.into_iter().collect()
}

fn run(kind: Kind, options: TokenStream, item: TokenStream) {
    let given = (text::of(&options), text::of(&item));
    let out = match kind {
        Kind::Job => job::attribute(options, item.clone()),
        Kind::Base => base::attribute(options, item.clone()),
        Kind::Queues => queues::declare(options),
    };
    let out = text::of(&out);
    let kept = [
        text::of(&item),
        text::of(&item::stripped(item.clone())),
        text::of(&item::salvaged(item)),
    ];
    assert!(
        kept.iter().any(|item| out.starts_with(item)),
        "the item is gone: {given:?} gave {out}"
    );
}

#[test]
fn damaged_input_never_panics_and_keeps_the_item() {
    let corpus = corpus();
    assert!(corpus.len() > 150, "only {} inputs", corpus.len());
    let mut runs = 0;
    for Input {
        kind,
        options,
        item,
    } in corpus
    {
        run(kind, options.clone(), item.clone());
        for damage in [Damage::Remove, Damage::Double, Damage::Swap] {
            for at in 0..size(&options) {
                let options = damaged(options.clone(), &mut { at }, damage);
                run(kind, options, item.clone());
                runs += 1;
            }
            for at in 0..size(&item) {
                let item = damaged(item.clone(), &mut { at }, damage);
                run(kind, options.clone(), item);
                runs += 1;
            }
        }
    }
    assert!(runs > 5_000, "only {runs} runs");
}
