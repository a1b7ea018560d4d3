//! What the macros emit, pretty-printed, against the files in `snapshots/`. `BLESS=1 cargo test` accepts.

use std::{fs, path::Path};

use proc_macro2::TokenStream;

use super::tokens;

/// A name and an expansion.
type Case = (&'static str, fn() -> TokenStream);

/// Together they mention everything that an expansion can.
pub const CASES: &[Case] = &[
    ("unit", unit),
    ("arguments", arguments),
    ("everything", everything),
    ("limits", limits),
    ("limits_plain", limits_plain),
    ("flow", flow),
    ("tx", tx),
    ("blocking", blocking),
    ("blocking_result", blocking_result),
    ("recurring", recurring),
    ("base", base),
    ("queues", queues),
    ("input", input),
    ("recovered", recovered),
    ("test", test),
    ("assertions", assertions),
];

fn job(options: &str, item: &str) -> TokenStream {
    crate::job::attribute(tokens(options), tokens(item))
}

fn unit() -> TokenStream {
    job("", "async fn tidy_up() {}")
}

fn arguments() -> TokenStream {
    job(
        "queue = \"critical\", redact(card)",
        "/// Pays.
        pub(crate) async fn pay(
            mut card: String,
            #[arg(default = 100, rename = \"sumInCents\")] sum: u32,
            #[arg(default)] note: Option<String>,
            #[state] bank: &dyn Bank,
            #[ctx] ctx: &JobContext,
        ) -> Result<Receipt, PayError> { body() }",
    )
}

fn flow() -> TokenStream {
    job(
        "",
        "async fn onboard(user: u64, #[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<(), Error> { body() }",
    )
}

fn tx() -> TokenStream {
    job(
        "",
        "async fn pay(order: u64, #[tx] tx: &mut Transaction<'_, Postgres>) { body() }",
    )
}

fn everything() -> TokenStream {
    job(
        r#"queues = app::queues, queue = mailers, priority = -3, name = "mail.welcome", aliases("Old"),
        struct_name = Mailing, derive(Debug), base = ApplicationJob,
        retry_on(Api::Limited { after } | Other::Limited { after }, wait = after),
        discard_on(Api::Client(400..=499), report = [a, b]),
        retry_on(Api, when = |e: &Api| e.ok(), backoff = curve, id = "api", queue = low, priority = 5, on_exhausted = c),
        retry_on(any, within = "3d", backoff = exponential, factor = 3, wait = "2s", max_wait = "1d", jitter = 0.5),
        retry = 3, dead = false, timeout = "30s", version = 2, upcast = older, retain = "7d",
        on_exhausted = d, on_crash = dead, every = "5m", catch_up = none, expires_in = "1h", tags("mail"),
        before_perform = e, around_perform = f, after_perform = g,
        before_enqueue = h, around_enqueue = i, after_enqueue = j, after_discard = k"#,
        "async fn everything() -> anyhow::Result<()> { Ok(()) }",
    )
}

fn limits() -> TokenStream {
    job(
        r#"unique(by = [user, kind], until = executing, ttl = "1h", on_conflict = replace),
        concurrency(limit = LIMIT, key = user % 10, group = "crm", on_conflict = discard),
        rate_limit(count = 100, per = "1m", key = |kind| kind.len())"#,
        "async fn sync_user(user: u64, kind: String, full: bool) {}",
    )
}

fn limits_plain() -> TokenStream {
    job(
        "unique, concurrency(limit = 1)",
        "async fn tidy(#[arg(rename = \"userId\")] user: u64) {}",
    )
}

fn blocking() -> TokenStream {
    job(
        "blocking, crate = my::jobs",
        "fn crunch(n: u64) -> u64 { n }",
    )
}

fn blocking_result() -> TokenStream {
    job("blocking", "fn crunch(n: u64) -> io::Result<u64> { Ok(n) }")
}

fn recurring() -> TokenStream {
    job(
        r#"cron = "0 2 * * *", cron = "0 14 * * SUN", timezone = "Europe/Berlin", description = "Tidies", catch_up = "all",
        enabled = in_production, args = { who = "ann", copies = 2 + 1 }"#,
        "async fn tidy(who: String, copies: u8, #[arg(default)] note: Option<String>) {}",
    )
}

fn base() -> TokenStream {
    crate::base::attribute(
        tokens(
            "base = Outer, retry = false, retain = false, on_crash = \"retry\", discard_on(Gone)",
        ),
        tokens("/// Ours.\npub struct ApplicationJob;"),
    )
}

fn queues() -> TokenStream {
    crate::queues::declare(tokens(
        "/// Mail.\ncritical(weight = 4), mailers(priority = -5, paused) as \"low-priority\", r#type",
    ))
}

fn input() -> TokenStream {
    job(
        "unique",
        "async fn upload(#[input] file: Vec<u8>, bucket: String, report: i64) -> u64 { body() }",
    )
}

fn recovered() -> TokenStream {
    job(
        "queu = low",
        "async fn send(id: u64, name: &str) -> Result<u8, String> { half. }",
    )
}

fn test() -> TokenStream {
    crate::kit::test::attribute(
        tokens("postgres, worker_threads = 4, setup = at_noon"),
        tokens(
            "/// Tests.\n#[ignore] async fn welcomes(t: TestJobs) -> Result<(), Error> { body() }",
        ),
    )
}

fn assertions() -> TokenStream {
    let assertion = |given: &str| {
        let text = format!("(my::jobs) assert_enqueued (\"as written\") {given}");
        crate::kit::assertion::assertion(tokens(&text))
    };
    let all = [
        "",
        "mailers::Send, times = 1, in = block",
        "Send { to: 42, name: \"ann\", kind }, queue = low",
        "Send { to: 1..=9, name: \"ann\", kind: Kind::Mail, from, copy: _, .. }, when = |send| send.big()",
        "expected",
    ];
    let all = all.map(assertion);
    quote::quote!(fn all() { #(#all;)* })
}

#[test]
fn expansions_are_as_recorded() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let bless = std::env::var_os("BLESS").is_some();
    let mut differing = Vec::new();
    for (name, expansion) in CASES {
        let path = directory.join(format!("{name}.rs"));
        let now = pretty(expansion());
        if bless {
            fs::write(&path, &now).expect("a writable snapshot");
        }
        let recorded = fs::read_to_string(&path).unwrap_or_default();
        if recorded != now {
            differing.push(format!("{name}: now\n{now}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn pretty(tokens: TokenStream) -> String {
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // A half-typed body is kept as it is, and is no Rust.
        Err(_) => format!("{}\n", crate::text::of(&tokens)),
    }
}
