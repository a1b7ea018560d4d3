//! Two jobs of one name in one program.
#![cfg(feature = "sqlite")]
#![allow(missing_docs, clippy::unwrap_used)]

mod mailers {
    #[jobs::job(name = "mail.welcome", queue = jobs::queues::default)]
    pub async fn welcome() {}
}

mod letters {
    #[jobs::job(aliases("mail.welcome"), queue = jobs::queues::default)]
    pub async fn greet() {}
}

#[tokio::test]
async fn are_refused_at_connect_with_both_places() {
    let error = jobs::Jobs::connect("sqlite::memory:").await.unwrap_err();
    let jobs::Error::DuplicateName {
        name,
        first,
        second,
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(name, "mail.welcome");
    assert_ne!(first.line, second.line);
    let text = error.to_string();
    assert!(
        text.contains("duplicate_names.rs:6") || text.contains("duplicate_names.rs:7"),
        "{text}"
    );
    assert!(text.contains("give one of them `name = \"…\"`"), "{text}");
}
