//! One queue name with two meanings in one program.
#![cfg(feature = "sqlite")]
#![allow(missing_docs, unused, clippy::unwrap_used)]

mod one {
    jobs::queues! { mail(weight = 4), same }
}

mod two {
    jobs::queues! { mail(weight = 1), same }
}

#[tokio::test]
async fn is_refused_at_connect_with_both_places() {
    let error = jobs::Jobs::connect("sqlite::memory:").await.unwrap_err();
    assert!(
        matches!(&error, jobs::Error::QueueConflict { name, first, second } if name == "mail" && first != second),
        "{error}"
    );
}
