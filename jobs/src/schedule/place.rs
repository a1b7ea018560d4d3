//! Readings of a wall clock on the time line, where clocks are put forward and back.
//!
//! An expression with a fixed hour names readings: one that a day does not have stands for the moment at which the
//! clocks jump over it, one that a day has twice for the first. One whose hour is a wildcard names every moment at
//! which the clock shows a reading of its kind, however many there are.

use chrono::{
    DateTime, Datelike as _, MappedLocalTime, NaiveDate, NaiveDateTime, Offset as _, TimeDelta,
    TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;
use jobs_cron::{Civil, Cron};

const SECOND: TimeDelta = TimeDelta::seconds(1);
/// No zone is further from UTC, and no clock was ever put forward by more.
const FAR: TimeDelta = TimeDelta::hours(26);

pub(super) fn next(cron: &Cron, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let after = after.with_nanosecond(0)?;
    let shown = zone.from_utc_datetime(&after.naive_utc()).naive_local();
    let first = first(cron, zone, after, shown);
    if !cron.is_hour_wild() {
        return first;
    }
    first
        .into_iter()
        .chain(again(cron, zone, after, shown))
        .min()
}

/// The first reading after the one that is shown now which comes after now.
fn first(
    cron: &Cron,
    zone: Tz,
    after: DateTime<Utc>,
    shown: NaiveDateTime,
) -> Option<DateTime<Utc>> {
    let mut from = shown.checked_add_signed(SECOND)?;
    loop {
        let reading = naive(cron.at_or_after(civil(from))?)?;
        let moment = match moments(zone, reading) {
            (Some(first), _) if first > after => Some(first),
            (Some(_), Some(second)) if cron.is_hour_wild() => Some(second),
            (Some(_), _) => None,
            (None, _) if cron.is_hour_wild() => None,
            (None, _) => jump_over(zone, reading),
        };
        if let Some(moment) = moment.filter(|moment| *moment > after) {
            return Some(moment);
        }
        from = reading.checked_add_signed(SECOND)?;
    }
}

/// If the clocks are about to be put back over what they show now: the first reading that is named and comes again.
fn again(
    cron: &Cron,
    zone: Tz,
    after: DateTime<Utc>,
    shown: NaiveDateTime,
) -> Option<DateTime<Utc>> {
    let (Some(first), Some(second)) = moments(zone, shown) else {
        return None;
    };
    if first != after {
        return None;
    }
    let offset = offset(zone, after);
    let back = change(after, second, |moment| self::offset(zone, moment) != offset)?;
    let reading = zone.from_utc_datetime(&back.naive_utc()).naive_local();
    let reading = naive(cron.at_or_after(civil(reading))?)?;
    if reading > shown {
        return None;
    }
    moments(zone, reading).1
}

/// When a clock shows this: never, once or twice.
fn moments(zone: Tz, reading: NaiveDateTime) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    match zone.from_local_datetime(&reading) {
        MappedLocalTime::None => (None, None),
        MappedLocalTime::Single(time) => (Some(time.to_utc()), None),
        MappedLocalTime::Ambiguous(one, other) => {
            let (one, other) = (one.to_utc(), other.to_utc());
            (Some(one.min(other)), Some(one.max(other)))
        }
    }
}

/// When the clocks jump over a reading.
fn jump_over(zone: Tz, reading: NaiveDateTime) -> Option<DateTime<Utc>> {
    let about = reading.and_utc();
    let (from, to) = (
        about.checked_sub_signed(FAR)?,
        about.checked_add_signed(FAR)?,
    );
    change(from, to, |moment| {
        zone.from_utc_datetime(&moment.naive_utc()).naive_local() > reading
    })
}

/// The first moment after `from` at which something holds that holds at `to`.
fn change(
    mut from: DateTime<Utc>,
    mut to: DateTime<Utc>,
    holds: impl Fn(DateTime<Utc>) -> bool,
) -> Option<DateTime<Utc>> {
    while to - from > SECOND {
        let middle = from.checked_add_signed(TimeDelta::seconds((to - from).num_seconds() / 2))?;
        if holds(middle) {
            to = middle;
        } else {
            from = middle;
        }
    }
    Some(to)
}

fn offset(zone: Tz, moment: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&moment.naive_utc())
        .fix()
        .local_minus_utc()
}

fn civil(time: NaiveDateTime) -> Civil {
    Civil {
        year: time.year(),
        month: time.month(),
        day: time.day(),
        hour: time.hour(),
        minute: time.minute(),
        second: time.second(),
    }
}

fn naive(time: Civil) -> Option<NaiveDateTime> {
    NaiveDate::from_ymd_opt(time.year, time.month, time.day)?.and_hms_opt(
        time.hour,
        time.minute,
        time.second,
    )
}
