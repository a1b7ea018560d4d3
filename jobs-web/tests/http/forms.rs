//! The form that enqueues a job: a field for each argument.

use std::sync::Arc;

use axum::http::StatusCode;
use jobs::{
    inspect::{Argument, Filter},
    job,
    storage::Declarations,
};
use jobs_tests::{make::kind, place::Place, tests};

use super::client::{BASE, Client};

tests!(
    a_field_for_each_argument,
    what_is_wrong_names_its_field,
    fields_of_a_job_that_only_the_database_knows,
    hostile_names_of_arguments,
);

#[derive(Debug, serde::Serialize, serde::Deserialize)]
enum Size {
    Small,
    Large,
}

#[job]
async fn web_form(
    order: u64,
    note: String,
    #[arg(default)] gift: bool,
    size: Size,
    coupon: Option<String>,
    #[arg(default = 1.5)] weight: f64,
) {
    let _ = (order, note, gift, size, coupon, weight);
}

#[job]
async fn web_formless() {}

fn form(name: &str) -> String {
    format!("/enqueue?name={name}")
}

async fn a_field_for_each_argument(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let page = client.get(&form("WebForm")).await.text;
    for part in [
        "<bdi>order</bdi> <code class=\"type\"><bdi>u64</bdi>",
        "name=\"arg.note\"",
        "<select id=\"arg-2\" name=\"arg.gift\"",
        "<textarea id=\"arg-3\" name=\"arg.size\"",
        "<bdi>Option&lt;String&gt;</bdi>",
        "Empty: its default",
        "Empty: nothing",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let sent = [
        ("name", "WebForm"),
        ("arg.order", " 18446744073709551615 "),
        ("arg.note", "two\r\nlines \"quoted\""),
        ("arg.gift", ""),
        ("arg.size", "\"Large\""),
        ("arg.coupon", ""),
        ("arg.weight", "2"),
    ];
    let sent = client.post("/enqueue", &sent).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let all = jobs.inspect().jobs(&Filter::default(), None, 9).await;
    let all = all.expect("read").items;
    let expected = serde_json::json!({
        "order": u64::MAX, "note": "two\nlines \"quoted\"", "size": "Large", "coupon": null, "weight": 2.0
    });
    assert_eq!(all[0].args, expected);
    // The next form begins with them.
    let page = client.get(&form("WebForm")).await.text;
    assert!(page.contains("value=\"18446744073709551615\""), "{page}");
    assert!(
        page.contains("two\nlines &quot;quoted&quot;</textarea>"),
        "{page}"
    );
    let page = client.get(&form("WebFormless")).await.text;
    assert!(page.contains("It takes no arguments"), "{page}");
    let sent = client.post("/enqueue", &[("name", "WebFormless")]).await;
    assert!(sent.location().starts_with(&format!("{BASE}/jobs/")));
}

async fn what_is_wrong_names_its_field(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let well = [
        ("order", "1"),
        ("note", ""),
        ("gift", "true"),
        ("size", "\"Small\""),
        ("weight", ""),
    ];
    for (field, text, why) in [
        ("order", "", "it is missing"),
        ("order", "-1", "is not from 0 to"),
        ("order", "1; DROP TABLE jobs", "is no whole number"),
        ("gift", "perhaps", "is neither true nor false"),
        ("weight", "heavy", "is no number"),
        ("size", "Small", "is no JSON"),
        // What only the program with the type knows.
        ("size", "\"Medium\"", "unknown variant `Medium`"),
    ] {
        let mut fields = vec![("name".to_owned(), "WebForm".to_owned())];
        for (name, value) in well {
            let value = if name == field { text } else { value };
            fields.push((format!("arg.{name}"), value.to_owned()));
        }
        let fields: Vec<_> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
        let page = client.post("/enqueue", &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{field} {text}");
        let alert = page.text.split("role=\"alert\"").nth(1).expect("an alert");
        let alert = alert.split("</div>").next().expect("its end");
        assert!(alert.contains(&format!("<bdi>{field}</bdi>")), "{alert}");
        assert!(alert.contains(why), "{alert}");
        assert_eq!(page.text.matches("aria-invalid").count(), 1, "{field}");
    }
    // The JSON of all arguments is looked at in the same way.
    let json = [("name", "WebForm"), ("args", "{\"order\": 1, \"note\": 2}")];
    let page = client.post("/enqueue", &json).await.text;
    assert!(page.contains("invalid type: integer `2`"), "{page}");
    let all = jobs.inspect().jobs(&Filter::default(), None, 9).await;
    assert!(all.expect("read").items.is_empty());
}

/// Declares a job that no program here has.
async fn declare(place: &Place, name: &str, args: &[(&str, &str)]) {
    let argument = |(name, type_name): &(&str, &str)| Argument {
        name: (*name).to_owned(),
        type_name: (*type_name).to_owned(),
        required: true,
    };
    let mut kind = kind(name);
    kind.args = args.iter().map(argument).collect();
    let declarations = Declarations {
        kinds: vec![kind],
        queues: Vec::new(),
    };
    let storage = place.storage().await;
    storage.declare(declarations).await.expect("declared");
}

async fn fields_of_a_job_that_only_the_database_knows(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    declare(&place, "Elsewhere", &[("days", "i16"), ("of", "Vec<u8>")]).await;
    let page = client.get(&form("Elsewhere")).await.text;
    assert!(page.contains("name=\"arg.days\"") && page.contains("name=\"arg.of\""));
    let post = async |days: &str, of: &str| {
        let fields = [("name", "Elsewhere"), ("arg.days", days), ("arg.of", of)];
        client.post("/enqueue", &fields).await
    };
    let wrong = post("40000", "[1").await.text;
    assert!(wrong.contains("is not from -32768 to 32767"), "{wrong}");
    assert!(wrong.contains("is no JSON"), "{wrong}");
    let sent = post("-4", "[1, 2]").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
}

async fn hostile_names_of_arguments(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let hostile = "\"><script>alert(1)</script>\u{202e}";
    let large = "x".repeat(1_000_000);
    declare(&place, "Hostile", &[(hostile, hostile), (&large, &large)]).await;
    for page in [
        client.get(&form("Hostile")).await,
        client.post("/enqueue", &[("name", "Hostile")]).await,
    ] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script>alert"), "{}", page.text.len());
        assert!(page.text.contains("U+202E"));
    }
}
