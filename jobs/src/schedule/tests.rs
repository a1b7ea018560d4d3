//! Real transitions as a table, and any schedule against one that is looked up minute by minute.

use chrono::{NaiveDateTime, TimeDelta, Timelike as _};
use proptest::prelude::*;

use super::*;

fn utc(text: &str) -> DateTime<Utc> {
    let text = format!("{text}:00Z").replace(' ', "T");
    text.parse().expect("a time")
}

/// The next times after one, as UTC.
fn next(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::cron(expression, zone).expect(expression);
    let mut time = utc(after);
    let mut times = Vec::new();
    for _ in 0..count {
        time = schedule.next_after(time);
        assert_eq!(time.second(), 0);
        times.push(time.format("%m-%d %H:%M").to_string());
    }
    times
}

#[test]
fn a_fixed_time_runs_once_where_clocks_change() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        // 28 March 2027, 02:00 → 03:00.
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2027-03-26 12:00",
            &["03-27 01:30", "03-28 01:00", "03-29 00:30"],
        ),
        (
            "0,15,30 2 * * *",
            "Europe/Berlin",
            "2027-03-28 00:00",
            &["03-28 01:00", "03-29 00:00"],
        ),
        (
            "30 2,3 * * *",
            "Europe/Berlin",
            "2027-03-28 00:00",
            &["03-28 01:00", "03-28 01:30", "03-29 00:30"],
        ),
        (
            "0 2,3 * * *",
            "Europe/Berlin",
            "2027-03-28 00:00",
            &["03-28 01:00", "03-29 00:00", "03-29 01:00"],
        ),
        (
            "0 0 * * *",
            "Europe/Berlin",
            "2027-03-27 12:00",
            &["03-27 23:00", "03-28 22:00"],
        ),
        // 31 October 2027, 03:00 → 02:00.
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2027-10-30 12:00",
            &["10-31 00:30", "11-01 01:30"],
        ),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2027-10-31 01:00",
            &["11-01 01:30"],
        ),
        (
            "*/20 2 * * *",
            "Europe/Berlin",
            "2027-10-31 00:00",
            &["10-31 00:20", "10-31 00:40", "11-01 01:00"],
        ),
        // 14 March 2027, 02:00 → 03:00; 7 November, 02:00 → 01:00.
        (
            "30 2 * * *",
            "America/New_York",
            "2027-03-13 12:00",
            &["03-14 07:00", "03-15 06:30"],
        ),
        (
            "30 1 * * *",
            "America/New_York",
            "2027-11-06 12:00",
            &["11-07 05:30", "11-08 06:30"],
        ),
        // Half an hour: 3 October 2027, 02:00 → 02:30; 4 April, 02:00 → 01:30.
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2027-10-01 20:00",
            &["10-02 15:30", "10-03 15:15"],
        ),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2027-04-03 00:00",
            &["04-03 14:45", "04-04 15:15"],
        ),
        // Ramadan: 7 February 2027, 03:00 → 02:00; 14 March, 02:00 → 03:00.
        (
            "30 2 * * *",
            "Africa/Casablanca",
            "2027-02-06 12:00",
            &["02-07 01:30", "02-08 02:30"],
        ),
        (
            "30 2 * * *",
            "Africa/Casablanca",
            "2027-03-13 12:00",
            &["03-14 02:00", "03-15 01:30"],
        ),
        (
            "30 2 * * *",
            "Asia/Kathmandu",
            "2027-03-26 12:00",
            &["03-26 20:45", "03-27 20:45"],
        ),
        // A day that was not: 30 December 2011.
        (
            "0 9 * * *",
            "Pacific/Apia",
            "2011-12-29 10:00",
            &["12-29 19:00", "12-30 10:00", "12-30 19:00"],
        ),
    ];
    for (expression, zone, after, times) in cases {
        assert_eq!(
            next(expression, zone, after, times.len()),
            *times,
            "{expression} {zone}"
        );
    }
}

#[test]
fn a_wildcard_hour_runs_in_every_hour_there_is() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        (
            "30 * * * *",
            "Europe/Berlin",
            "2027-03-28 00:00",
            &["03-28 00:30", "03-28 01:30"],
        ),
        (
            "*/30 * * * *",
            "Europe/Berlin",
            "2027-03-28 00:30",
            &["03-28 01:00", "03-28 01:30"],
        ),
        (
            "30 * * * *",
            "Europe/Berlin",
            "2027-10-31 00:00",
            &["10-31 00:30", "10-31 01:30", "10-31 02:30"],
        ),
        (
            "*/30 * * * *",
            "America/New_York",
            "2027-11-07 04:30",
            &[
                "11-07 05:00",
                "11-07 05:30",
                "11-07 06:00",
                "11-07 06:30",
                "11-07 07:00",
            ],
        ),
        (
            "15,45 * * * *",
            "Australia/Lord_Howe",
            "2027-04-03 14:15",
            &["04-03 14:45", "04-03 15:15", "04-03 15:45"],
        ),
        (
            "0 */2 * * *",
            "Europe/Berlin",
            "2027-10-30 23:00",
            &["10-31 00:00", "10-31 01:00", "10-31 03:00"],
        ),
        (
            "0 */2 * * *",
            "Europe/Berlin",
            "2027-03-27 22:00",
            &["03-27 23:00", "03-28 02:00"],
        ),
        (
            "40 * * * *",
            "Africa/Casablanca",
            "2027-02-07 01:00",
            &["02-07 01:40", "02-07 02:40"],
        ),
        (
            "0 * * * *",
            "Asia/Kathmandu",
            "2027-03-28 00:00",
            &["03-28 00:15", "03-28 01:15"],
        ),
    ];
    for (expression, zone, after, times) in cases {
        assert_eq!(
            next(expression, zone, after, times.len()),
            *times,
            "{expression} {zone}"
        );
    }
}

#[test]
fn periods_are_counted_from_the_epoch() {
    let every = |seconds| Schedule::every(Duration::from_secs(seconds));
    assert_eq!(
        every(300).next_after(utc("2027-01-01 10:02")),
        utc("2027-01-01 10:05")
    );
    assert_eq!(
        every(300).next_after(utc("2027-01-01 10:05")),
        utc("2027-01-01 10:10")
    );
    assert_eq!(
        every(86_400).next_after(utc("2027-01-01 10:05")),
        utc("2027-01-02 00:00")
    );
    assert_eq!(every(0), every(1));
    assert_eq!(every(5_400).to_string(), "every 1h30m");
    assert_eq!(
        Schedule::parse("every 1h30m", "UTC").expect("a period"),
        every(5_400)
    );
    let never = Schedule::every(Duration::MAX);
    assert!(never.next_after(utc("2027-01-01 10:05")) > utc("9999-01-01 00:00"));
}

#[test]
fn several_expressions_are_one_schedule() {
    let schedule = Schedule::parse("0 9 * * * | 30 17 * * 5", "UTC").expect("two");
    assert_eq!(
        schedule.next_after(utc("2026-11-27 10:00")),
        utc("2026-11-27 17:30")
    );
    assert_eq!(
        schedule.next_after(utc("2026-11-27 17:30")),
        utc("2026-11-28 09:00")
    );
    assert_eq!(schedule.to_string(), "0 9 * * * | 30 17 * * 5");
}

#[test]
fn the_latest_times_are_found_from_the_end() {
    let schedule = Schedule::cron("0 9 * * 1", "UTC").expect("Mondays");
    let (long_ago, now) = (utc("1990-01-01 00:00"), utc("2026-11-27 10:00"));
    let latest = |most| schedule.latest(long_ago, now, most);
    assert_eq!(latest(1), [utc("2026-11-23 09:00")]);
    assert_eq!(
        latest(2),
        [utc("2026-11-16 09:00"), utc("2026-11-23 09:00")]
    );
    assert_eq!(latest(5_000).len(), 1_926);
    assert!(schedule.latest(utc("2026-11-23 09:00"), now, 9).is_empty());
    assert!(schedule.latest(now, long_ago, 9).is_empty());
    let all = schedule.latest(utc("2026-11-23 08:59"), utc("2026-11-30 09:00"), 9);
    assert_eq!(all, [utc("2026-11-23 09:00"), utc("2026-11-30 09:00")]);
}

#[test]
fn what_is_no_schedule_is_said() {
    for (text, zone, said) in [
        (
            "0 25 * * *",
            "UTC",
            "`0 25 * * *` is no schedule: hour `25` is out of range 0–23; write an hour from 0 to 23",
        ),
        (
            "every 5 fortnights",
            "UTC",
            "`every 5 fortnights` is no schedule: unknown unit `fortnights` in the duration `5 fortnights`; units are `ms`, `s`, `m`, `h`, `d`, as in \"90s\" or \"1h30m\"",
        ),
        (
            "every 10ms",
            "UTC",
            "`every 10ms` is no schedule: the period is shorter than a second; write `every 1s`, or let a job run on",
        ),
        (
            "0 9 * * *",
            "Europe/Berlim",
            "`Europe/Berlim` is no schedule: unknown time zone `Europe/Berlim`; did you mean `Europe/Berlin`?",
        ),
    ] {
        assert_eq!(
            Schedule::parse(text, zone).expect_err(text).to_string(),
            said
        );
    }
}

#[test]
fn every_zone_that_can_be_named_can_be_computed() {
    let computed: Vec<_> = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .collect();
    assert_eq!(jobs_cron::ZONES, computed);
}

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/St_Johns",
];

fn shown(zone: Tz, time: DateTime<Utc>) -> NaiveDateTime {
    time.with_timezone(&zone).naive_local()
}

/// Whether something runs in this minute, by the words of the semantics.
fn runs(cron: &Cron, zone: Tz, minute: DateTime<Utc>) -> bool {
    use chrono::{Datelike as _, TimeZone as _};
    let named = |time: NaiveDateTime| {
        let civil = jobs_cron::Civil {
            year: time.year(),
            month: time.month(),
            day: time.day(),
            hour: time.hour(),
            minute: time.minute(),
            second: 0,
        };
        cron.at_or_after(civil) == Some(civil)
    };
    let now = shown(zone, minute);
    if cron.is_hour_wild() {
        return named(now);
    }
    let first = zone
        .from_local_datetime(&now)
        .earliest()
        .expect("it is shown")
        .to_utc()
        == minute;
    let mut jumped = shown(zone, minute - TimeDelta::minutes(1)) + TimeDelta::minutes(1);
    let mut in_gap = false;
    while jumped < now {
        in_gap |= named(jumped);
        jumped += TimeDelta::minutes(1);
    }
    (first && named(now)) || in_gap
}

fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        3 => (low..=high).prop_map(|one| one.to_string()),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{},{}", a, b)),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (1..=high.max(2) / 2).prop_map(|step| format!("*/{step}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn next_after_is_what_minutes_show(
        minute in field(0, 59), hour in prop_oneof![field(0, 23), field(0, 4)], zone in 0..ZONES.len(),
        // Around the changes of 2027, and anywhere.
        start in prop_oneof![0_i64..525_600, 122_000_i64..126_000, 431_000_i64..446_000, 52_000_i64..54_000],
    ) {
        let zone = ZONES[zone];
        let expression = format!("{minute} {hour} * * *");
        let schedule = Schedule::cron(&expression, zone).expect("readable");
        let cron = Cron::parse(&expression).expect("readable");
        let start = utc("2027-01-01 00:00") + TimeDelta::minutes(start);
        let mut expected = Vec::new();
        for later in 1..=4_000 {
            let minute = start + TimeDelta::minutes(later);
            if runs(&cron, schedule.zone, minute) {
                expected.push(minute);
            }
        }
        let mut time = start;
        for minute in expected {
            let next = schedule.next_after(time);
            prop_assert_eq!(next, minute, "{} {} after {}", expression, zone, time);
            time = next;
        }
    }

    #[test]
    fn next_after_only_grows(
        fields in (field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7)),
        zone in 0..ZONES.len(), start in 0_i64..4_000_000_000,
    ) {
        let (second, minute, hour, day, month, weekday) = fields;
        let expression = format!("{second} {minute} {hour} {day} {month} {weekday}");
        let schedule = Schedule::cron(&expression, ZONES[zone]).expect("readable");
        let mut time = DateTime::from_timestamp(start, 0).expect("a time");
        for _ in 0..20 {
            let next = schedule.next_after(time);
            prop_assert!(next > time, "{} after {}", expression, time);
            // Nothing is left out between.
            let before = next - TimeDelta::seconds(1);
            prop_assert_eq!(schedule.next_after(before.max(time)), next);
            time = next;
        }
    }
}
