//! The book: its pages, their links, their settings.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the project's folder")
        .to_owned()
}

/// What a test wants to know of a page.
#[derive(Default)]
struct Page {
    /// The targets of links and pictures.
    links: Vec<String>,
    anchors: BTreeSet<String>,
    /// Fenced blocks with the word after the fence.
    blocks: Vec<(String, String)>,
}

/// The anchor that GitHub and mdBook give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|mark| mark.is_alphanumeric() || matches!(mark, ' ' | '-' | '_'));
    kept.map(|mark| match mark {
        ' ' => '-',
        other => other.to_ascii_lowercase(),
    })
    .collect()
}

fn read(text: &str) -> Page {
    let mut page = Page::default();
    let (mut heading, mut block) = (None::<String>, None::<(String, String)>);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(dest_url.to_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let name = anchor(&heading.take().unwrap_or_default());
                let again = (1..).map(|number| format!("{name}-{number}"));
                let free = std::iter::once(name.clone())
                    .chain(again)
                    .find(|name| !page.anchors.contains(name));
                page.anchors.extend(free);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(word))) => {
                block = Some((word.to_string(), String::new()));
            }
            Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                } else if let Some((_, block)) = &mut block {
                    block.push_str(&text);
                }
            }
            _ => {}
        }
    }
    page
}

/// `folder/../page.md` without its detour.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

fn collect(folder: &Path, pages: &mut BTreeMap<PathBuf, Page>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|end| end == "md") {
            let text = fs::read_to_string(&path).expect("text");
            pages.insert(plain(&path), read(&text));
        }
    }
}

/// All pages for readers: the book, and those at the root.
fn pages() -> BTreeMap<PathBuf, Page> {
    let root = root();
    let mut pages = BTreeMap::new();
    collect(&root.join("docs"), &mut pages);
    for entry in fs::read_dir(&root).expect("the root") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|end| end == "md") {
            let text = fs::read_to_string(&path).expect("text");
            pages.insert(plain(&path), read(&text));
        }
    }
    assert!(pages.len() > 30, "only {} pages were found", pages.len());
    pages
}

/// Why a link leads nowhere.
fn broken(pages: &BTreeMap<PathBuf, Page>, from: &Path, link: &str) -> Option<&'static str> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => from.to_owned(),
        file => plain(&from.parent().expect("a folder").join(file)),
    };
    if !target.exists() {
        return Some("is not there");
    }
    let page = pages.get(&target);
    (!anchor.is_empty() && !page.is_some_and(|page| page.anchors.contains(anchor)))
        .then_some("has no such heading")
}

#[test]
fn no_link_is_broken() {
    let pages = pages();
    let (mut count, mut wrong) = (0, Vec::new());
    for (from, page) in &pages {
        for link in &page.links {
            count += 1;
            if let Some(why) = broken(&pages, from, link) {
                wrong.push(format!("{}: {link} {why}", from.display()));
            }
        }
    }
    assert!(count > 100, "only {count} links were found");
    assert!(wrong.is_empty(), "broken links:\n{}", wrong.join("\n"));
}

#[test]
fn the_book_has_every_page_once() {
    let docs = root().join("docs");
    let pages = pages();
    let summary = &pages[&plain(&docs.join("SUMMARY.md"))];
    let mut chapters = BTreeSet::new();
    for link in &summary.links {
        assert!(
            chapters.insert(plain(&docs.join(link))),
            "{link} is twice in SUMMARY.md"
        );
    }
    for page in pages.keys().filter(|page| page.starts_with(&docs)) {
        if !page.ends_with("SUMMARY.md") {
            assert!(
                chapters.contains(page),
                "{} is not in SUMMARY.md",
                page.display()
            );
        }
    }
}

/// A page that nobody includes as documentation has blocks that nobody compiles.
#[test]
fn every_page_with_rust_in_it_is_compiled() {
    let root = root();
    let hosts = [
        "jobs/src/lib.rs",
        "jobs-web/src/lib.rs",
        "examples/guide/src/lib.rs",
    ];
    let included: String = hosts
        .iter()
        .map(|host| fs::read_to_string(root.join(host)).expect("a crate's root"))
        .collect();
    for (path, page) in &pages() {
        let rust = page
            .blocks
            .iter()
            .filter(|(word, _)| word.starts_with("rust"));
        let compiled = rust.filter(|(word, _)| !word.contains("ignore"));
        if compiled.count() == 0 || path.ends_with("limits.md") {
            continue;
        }
        let name = path.strip_prefix(&root).expect("a page of the project");
        assert!(
            included.contains(&format!("../{}\"", name.display())),
            "no doctest includes {}",
            name.display()
        );
    }
}

#[test]
fn every_block_of_settings_can_be_read() {
    let mut count = 0;
    for (path, page) in &pages() {
        for (word, text) in &page.blocks {
            if word == "toml" && text.starts_with("# jobs.toml") {
                count += 1;
                if let Err(error) = jobs::Config::parse(text) {
                    panic!("{}: {error}", path.display());
                }
            }
        }
    }
    assert!(count >= 5, "only {count} blocks of settings");
}
