//! What each program sends is received by a listener of this test, and compared with what ran.
#![allow(missing_docs)]

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message as _;
use telemetry::GREETINGS;

/// Longer than any of the programs should take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often which job ended how.
type Ends = BTreeMap<(String, String), usize>;

fn expected() -> Ends {
    [
        ("Greet", "succeeded", GREETINGS),
        ("Flaky", "retried", 2),
        ("Flaky", "succeeded", 1),
        ("Broken", "dead", 1),
        ("Unwanted", "discarded", 1),
    ]
    .into_iter()
    .map(|(job, outcome, count)| ((job.to_owned(), outcome.to_owned()), count))
    .collect()
}

/// A program that is ended with its test.
struct Program(Child);

impl Program {
    fn start(path: &str, key: &str, value: &str) -> Self {
        let mut command = Command::new(path);
        command
            .env(key, value)
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped());
        Self(command.spawn().expect("it starts"))
    }

    fn ended(&mut self) -> bool {
        let ended = self.0.try_wait().expect("it can be asked");
        ended.is_some_and(|status| {
            assert!(status.success(), "{status}");
            true
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn get(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// The value of a label in `name{a="b"}`.
fn label(line: &str, name: &str) -> Option<String> {
    let rest = line.split_once(&format!("{name}=\""))?.1;
    Some(rest.split_once('"')?.0.to_owned())
}

#[test]
fn prometheus_scrapes_what_ran() {
    let address = format!("127.0.0.1:{}", free_port());
    let _program = Program::start(env!("CARGO_BIN_EXE_prometheus"), "LISTEN", &address);
    let began = Instant::now();
    loop {
        let text = get(&address).unwrap_or_default();
        let samples = |metric: &str| {
            let begin = format!("{metric}{{");
            text.lines()
                .filter(move |line| line.starts_with(&begin))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let number = |line: &str| {
            line.rsplit(' ')
                .next()
                .and_then(|n| n.parse::<f64>().ok())
                .unwrap_or(f64::NAN)
        };
        let ends: Ends = samples("jobs_finished_total")
            .iter()
            .filter_map(|line| {
                Some((
                    (label(line, "job")?, label(line, "outcome")?),
                    number(line) as usize,
                ))
            })
            .collect();
        if ends != expected() {
            assert!(began.elapsed() < PATIENCE, "{ends:?}\n{text}");
            std::thread::yield_now();
            continue;
        }
        let sum =
            |metric: &str| samples(metric).iter().map(|line| number(line)).sum::<f64>() as usize;
        let executions: usize = expected().values().sum();
        assert_eq!(sum("jobs_started_total"), executions, "{text}");
        assert_eq!(sum("jobs_enqueued_total"), GREETINGS + 3, "{text}");
        assert_eq!(sum("jobs_duration_seconds_count"), executions, "{text}");
        assert_eq!(sum("jobs_latency_seconds_count"), executions, "{text}");
        assert_eq!(
            (sum("jobs_retries_total"), sum("jobs_dead_total")),
            (2, 1),
            "{text}"
        );
        assert!(
            samples("jobs_queue_depth")
                .iter()
                .any(|line| label(line, "queue").as_deref() == Some("mail")),
            "{text}"
        );
        assert!(text.contains("# HELP jobs_finished_total"), "{text}");
        return;
    }
}

#[test]
fn statsd_is_told_what_ran() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let address = socket.local_addr().expect("an address").to_string();
    let _program = Program::start(env!("CARGO_BIN_EXE_statsd"), "STATSD", &address);
    let (mut ends, mut timings) = (Ends::new(), 0);
    let executions: usize = expected().values().sum();
    let mut buffer = [0; 65_536];
    while ends != expected() || timings < executions {
        let length = socket
            .recv(&mut buffer)
            .unwrap_or_else(|error| panic!("{error}: {ends:?}, {timings} timings"));
        for packet in String::from_utf8_lossy(&buffer[..length]).lines() {
            // shop.jobs_finished_total:1|c|#job:Greet,queue:mail,outcome:succeeded
            let tag = |name: &str| {
                let tags = packet.split_once("|#")?.1.split(',');
                tags.filter_map(|tag| tag.split_once(':'))
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.to_owned())
            };
            if packet.starts_with("shop.jobs_finished_total:1|c") {
                *ends
                    .entry((
                        tag("job").expect("a job"),
                        tag("outcome").expect("an outcome"),
                    ))
                    .or_default() += 1;
            }
            timings += usize::from(
                packet.starts_with("shop.jobs_duration_seconds:") && packet.contains("|ms"),
            );
        }
    }
}

#[test]
fn json_logs_tell_what_ran_and_show_no_argument() {
    let mut program = Program::start(env!("CARGO_BIN_EXE_json_logs"), "NO_COLOR", "1");
    let output = program.0.stdout.take().expect("its output");
    let mut ends = Ends::new();
    for line in BufReader::new(output).lines() {
        let line = line.expect("text");
        assert!(!line.contains("example.org"), "{line}");
        let entry: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        let (span, message) = (&entry["span"], &entry["fields"]["message"]);
        if span["name"] == "perform" && message == "close" {
            assert_eq!(span["messaging.system"], "jobs");
            assert!(
                span["messaging.message.id"].is_string() && span["job.attempt"].is_u64(),
                "{line}"
            );
            let text = |name: &str| span[name].as_str().unwrap_or_default().to_owned();
            *ends
                .entry((text("job.name"), text("job.outcome")))
                .or_default() += 1;
        }
    }
    assert_eq!(ends, expected());
}

/// One request of the exporter; the answer says that all is well.
fn receive(stream: &mut TcpStream) -> ExportTraceServiceRequest {
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line of the head");
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .expect("an answer");
    ExportTraceServiceRequest::decode(&body[..]).expect("spans")
}

fn text(span: &Span, name: &str) -> String {
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == name);
    match found
        .and_then(|found| found.value.clone())
        .and_then(|value| value.value)
    {
        Some(Value::StringValue(text)) => text,
        other => panic!("`{name}` of `{}` is {other:?}", span.name),
    }
}

#[test]
fn a_collector_receives_spans_whose_traces_go_on_from_enqueue_to_perform() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("without blocking");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let mut program = Program::start(
        env!("CARGO_BIN_EXE_otlp"),
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        &base,
    );
    let (mut spans, began) = (Vec::new(), Instant::now());
    loop {
        // Asked before the look at the listener: what it sent before it ended is there then.
        let ended = program.ended();
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nonblocking(false).expect("blocking");
                for resource in receive(&mut stream).resource_spans {
                    spans.extend(
                        resource
                            .scope_spans
                            .into_iter()
                            .flat_map(|scope| scope.spans),
                    );
                }
            }
            Err(_) if ended => break,
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
        assert!(began.elapsed() < PATIENCE, "the program does not end");
    }
    let named = |name: &str| {
        spans
            .iter()
            .filter(|span| span.name.starts_with(name))
            .collect::<Vec<_>>()
    };
    let (sent, processed) = (named("send "), named("process "));
    let root = named("GET /welcome");
    let [root] = root[..] else {
        panic!("one root, not {}", root.len())
    };
    assert_eq!(sent.len(), GREETINGS + 3);
    let mut ends = Ends::new();
    for span in processed {
        assert_eq!(span.kind, 5, "a consumer");
        *ends
            .entry((text(span, "job.name"), text(span, "job.outcome")))
            .or_default() += 1;
        let id = text(span, "messaging.message.id");
        let enqueued = sent
            .iter()
            .find(|sent| text(sent, "messaging.message.id") == id)
            .expect("what enqueued it");
        assert_eq!(enqueued.kind, 4, "a producer");
        assert_eq!(span.trace_id, enqueued.trace_id);
        assert_eq!(span.trace_id, root.trace_id);
        assert_eq!(span.parent_span_id, enqueued.span_id);
    }
    assert_eq!(ends, expected());
}
