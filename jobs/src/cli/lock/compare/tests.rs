//! Each way in which a job can change, and what is said of it.

use super::{Change, Field, Job, Lock, compare};

fn job(version: u32, fields: &[(&str, &str)]) -> Job {
    let fields = fields.iter().map(|(name, kind)| {
        let (name, required) = match name.strip_suffix('?') {
            Some(name) => (name, false),
            None => (*name, true),
        };
        let field = Field {
            kind: (*kind).to_owned(),
            required,
        };
        (name.to_owned(), field)
    });
    Job {
        version,
        upcast: version > 1,
        aliases: Vec::new(),
        fields: fields.collect(),
    }
}

fn lock(name: &str, job: Job) -> Lock {
    Lock::new([(name.to_owned(), job)].into())
}

fn changes(old: Job, new: Job) -> Vec<Change> {
    compare(&lock("Pay", old), &lock("Pay", new))
}

/// The one change: its field, and the remedy if it breaks.
fn one(old: Job, new: Job) -> (Option<String>, Option<String>) {
    let mut all = changes(old, new);
    assert_eq!(all.len(), 1, "{all:#?}");
    let change = all.remove(0);
    (change.field, change.remedy)
}

#[test]
fn what_breaks_rows_is_named_with_a_remedy() {
    let was = || job(1, &[("sum", "u32"), ("note?", "String")]);
    for (new, field, remedy) in [
        (
            job(1, &[("sum", "u32"), ("note?", "String"), ("to", "Iban")]),
            Some("to"),
            "#[arg(default)]",
        ),
        (
            job(1, &[("sum", "String"), ("note?", "String")]),
            Some("sum"),
            "let it be `u32`, or write `version = 2` with `upcast`",
        ),
        (
            job(1, &[("sum", "u32"), ("note", "String")]),
            Some("note"),
            "keep `#[arg(default)]`",
        ),
        (
            job(1, &[("sum", "u32"), ("text?", "String")]),
            Some("note"),
            "#[arg(rename = \"note\")] text",
        ),
        (
            Job {
                upcast: false,
                ..job(2, &[("sum", "u32")])
            },
            None,
            "upcast = path::to::fn",
        ),
    ] {
        let all = changes(was(), new);
        let found = all.iter().find(|change| change.breaks());
        let found = found.expect("it breaks");
        assert_eq!(found.job, "Pay");
        assert_eq!(found.field.as_deref(), field, "{all:#?}");
        let said = found.remedy.as_deref().unwrap_or_default();
        assert!(said.contains(remedy), "{said}");
    }
}

#[test]
fn a_version_only_grows_and_keeps_its_upcast() {
    let (_, remedy) = one(job(3, &[("sum", "u32")]), job(2, &[("sum", "u64")]));
    assert_eq!(remedy.as_deref(), Some("write `version = 3` or more"));
    let bare = Job {
        upcast: false,
        ..job(2, &[])
    };
    let (_, remedy) = one(job(2, &[]), bare);
    assert!(remedy.is_some_and(|remedy| remedy.contains("keep `upcast")));
    let (_, remedy) = one(job(1, &[("sum", "u32")]), job(2, &[("all", "Money")]));
    assert_eq!(remedy, None, "`upcast` takes care of it");
}

#[test]
fn a_name_goes_with_an_alias_alone() {
    let old = lock("Pay", job(1, &[]));
    let gone = compare(&old, &lock("PayOut", job(1, &[])));
    assert!(gone[0].breaks() && gone[0].job == "Pay", "{gone:#?}");
    assert!(
        gone[0]
            .remedy
            .as_ref()
            .is_some_and(|remedy| remedy.contains("aliases(\"Pay\")"))
    );
    let heir = Job {
        aliases: vec!["Pay".to_owned()],
        ..job(1, &[("sum", "u32")])
    };
    let renamed = compare(&old, &lock("PayOut", heir.clone()));
    let broken: Vec<_> = renamed.iter().filter(|change| change.breaks()).collect();
    assert_eq!(broken.len(), 1, "its rows lack `sum`: {renamed:#?}");
    let without = compare(
        &lock("PayOut", heir),
        &lock("PayOut", job(1, &[("sum", "u32")])),
    );
    assert!(without.len() == 1 && without[0].job == "Pay" && without[0].breaks());
}

#[test]
fn what_is_harmless_is_said_and_accepted() {
    let was = || job(1, &[("sum", "u32"), ("note?", "String")]);
    assert_eq!(changes(was(), was()), []);
    for new in [
        job(1, &[("sum", "u64"), ("note?", "String")]),
        job(1, &[("sum?", "u32"), ("note?", "String")]),
        job(1, &[("sum", "u32"), ("note?", "Option<String>")]),
        job(1, &[("sum", "u32"), ("note?", "String"), ("to?", "Iban")]),
        job(1, &[("sum", "u32")]),
    ] {
        let (field, remedy) = one(was(), new);
        assert!(field.is_some() && remedy.is_none(), "{remedy:?}");
    }
    let new = compare(&Lock::new([].into()), &lock("Pay", was()));
    assert!(new.len() == 1 && !new[0].breaks());
}
