//! Which days and times an expression names. The calendar is the Gregorian one, without zones.

use crate::Cron;

/// A reading of a wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// As in 2026.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
}

/// After so many years the calendar repeats: what has not come by then never comes.
const CYCLE: i32 = 400;

impl Cron {
    /// The first reading named, this one included. `None` only for an expression that never fires, which does not
    /// parse.
    #[must_use]
    pub fn at_or_after(&self, from: Civil) -> Option<Civil> {
        let (mut year, mut month, mut day) = (from.year, from.month, from.day);
        let mut earliest = (from.hour, from.minute, from.second);
        while year <= from.year.saturating_add(CYCLE) {
            let in_month = has(self.months, month);
            if in_month
                && self.names_day(year, month, day)
                && let Some((hour, minute, second)) = self.time(earliest)
            {
                return Some(Civil {
                    year,
                    month,
                    day,
                    hour,
                    minute,
                    second,
                });
            }
            earliest = (0, 0, 0);
            if in_month && day < days_in(year, month) {
                day += 1;
            } else {
                day = 1;
                (year, month) = if month == 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
            }
        }
        None
    }

    fn names_day(&self, year: i32, month: u32, day: u32) -> bool {
        let last = days_in(year, month);
        let by_day = has(self.days, day) || (self.last_day && day == last);
        let weekday = weekday(year, month, day);
        let by_weekday = has(self.weekdays, weekday)
            || has(self.nth, weekday * 8 + day.div_ceil(7))
            || (day + 7 > last && has(self.nth, weekday * 8 + 6));
        // As crontab does: two restrictions widen each other, a wildcard leaves the other one alone.
        if self.any_day || self.any_weekday {
            by_day && by_weekday
        } else {
            by_day || by_weekday
        }
    }

    /// The first time of day named, from one on.
    fn time(&self, (hour, minute, second): (u32, u32, u32)) -> Option<(u32, u32, u32)> {
        let start = |mask: u64| mask.trailing_zeros();
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = first(self.seconds, second)
            {
                return Some((hour, minute, second));
            }
            if let Some(minute) = first(self.minutes, minute + 1) {
                return Some((hour, minute, start(self.seconds)));
            }
        }
        let hour = first(self.hours, hour + 1)?;
        Some((hour, start(self.minutes), start(self.seconds)))
    }
}

pub(crate) fn has(mask: u64, value: u32) -> bool {
    mask & (1 << value) != 0
}

/// The first value in the set, from one on.
fn first(mask: u64, from: u32) -> Option<u32> {
    let rest = mask & (u64::MAX << from);
    (rest != 0).then(|| rest.trailing_zeros())
}

pub(crate) fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 0 for Sunday (Sakamoto's method).
fn weekday(year: i32, month: u32, day: u32) -> u32 {
    const SHIFT: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    let shift = SHIFT[(month as usize + 11) % 12];
    let sum = year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + shift;
    (sum + day.cast_signed()).rem_euclid(7).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> Civil {
        Civil {
            year,
            month,
            day,
            hour,
            minute,
            second: 0,
        }
    }

    #[test]
    fn weekdays_are_the_calendars() {
        assert_eq!(weekday(2026, 11, 24), 2);
        assert_eq!(weekday(2000, 2, 29), 2);
        assert_eq!(weekday(1970, 1, 1), 4);
        assert_eq!(weekday(2100, 3, 1), 1);
    }

    #[test]
    fn the_next_reading() {
        let from = at(2026, 11, 24, 10, 7); // a Tuesday
        for (expression, next) in [
            ("* * * * *", at(2026, 11, 24, 10, 7)),
            ("*/5 * * * *", at(2026, 11, 24, 10, 10)),
            ("0 9 * * *", at(2026, 11, 25, 9, 0)),
            ("5-50/20 10-12 * * *", at(2026, 11, 24, 10, 25)),
            ("7/30 * * * *", at(2026, 11, 24, 10, 7)),
            ("0 0 1 1 *", at(2027, 1, 1, 0, 0)),
            ("0 0 L * *", at(2026, 11, 30, 0, 0)),
            ("0 0 L 2 *", at(2027, 2, 28, 0, 0)),
            ("0 0 29 2 *", at(2028, 2, 29, 0, 0)),
            ("0 0 * * 7", at(2026, 11, 29, 0, 0)),
            ("0 0 * * SUN", at(2026, 11, 29, 0, 0)),
            ("0 0 * * fri-sun", at(2026, 11, 27, 0, 0)),
            ("0 0 * * 5L", at(2026, 11, 27, 0, 0)),
            ("0 0 * * MON#1", at(2026, 12, 7, 0, 0)),
            ("0 0 * * 2#4", at(2026, 12, 22, 0, 0)),
            ("0 0 * * 2#5", at(2026, 12, 29, 0, 0)),
            ("0 0 13 * FRI", at(2026, 11, 27, 0, 0)), // either
            ("0 0 */2 * FRI", at(2026, 11, 27, 0, 0)), // both: the 27th is odd and a Friday
            ("0 0 1,2 * */2", at(2026, 12, 1, 0, 0)), // both: Tuesday
            ("0 0 1 feb,JUL ?", at(2027, 2, 1, 0, 0)),
            ("@hourly", at(2026, 11, 24, 11, 0)),
            ("@daily", at(2026, 11, 25, 0, 0)),
            ("@midnight", at(2026, 11, 25, 0, 0)),
            ("@weekly", at(2026, 11, 29, 0, 0)),
            ("@monthly", at(2026, 12, 1, 0, 0)),
            ("@yearly", at(2027, 1, 1, 0, 0)),
            ("@annually", at(2027, 1, 1, 0, 0)),
            ("0 30 12 * * *", at(2026, 11, 24, 12, 30)),
        ] {
            let cron = Cron::parse(expression).expect(expression);
            assert_eq!(cron.at_or_after(from), Some(next), "{expression}");
        }
        let cron = Cron::parse("*/15 * * * * *").expect("with seconds");
        let second = |second| Civil { second, ..from };
        assert_eq!(cron.at_or_after(second(16)), Some(second(30)));
        assert_eq!(cron.at_or_after(second(46)), Some(at(2026, 11, 24, 10, 8)));
    }
}
