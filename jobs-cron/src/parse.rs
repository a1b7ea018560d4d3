//! An expression → a [`Cron`].

use crate::{
    Civil, Cron, Problem,
    calendar::{days_in, has},
    field::{DAY, HOUR, MINUTE, MONTH, SECOND, WEEKDAY},
    suggest, zones,
};

const FIELDS: &str = "minute hour day-of-month month day-of-week, as in \"0 9 * * *\"";
const MACROS: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Cron {
    /// Reads five fields (minute, hour, day of month, month, day of week), six with seconds first, or `@daily` and
    /// its kin.
    ///
    /// # Errors
    /// The text is no such expression, or names no day that ever comes.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let expanded = if text.starts_with('@') {
            named(text)?
        } else {
            text
        };
        let fields: Vec<&str> = expanded.split_whitespace().collect();
        no_zone(&fields)?;
        let (second, rest) = match fields.as_slice() {
            [_, _, _, _, _] => ("0", fields.as_slice()),
            [second, rest @ ..] if rest.len() == 5 => (*second, rest),
            _ => return Err(count(text, fields.len())),
        };
        let [minute, hour, day, month, weekday] = rest else {
            return Err(count(text, fields.len()));
        };
        let (hour, day, weekday) = (HOUR.read(hour)?, DAY.read(day)?, WEEKDAY.read(weekday)?);
        let cron = Self {
            seconds: SECOND.read(second)?.mask,
            minutes: MINUTE.read(minute)?.mask,
            hours: hour.mask,
            days: day.mask,
            months: MONTH.read(month)?.mask,
            weekdays: weekday.mask,
            last_day: day.last_day,
            nth: weekday.nth,
            any_day: day.wild,
            any_weekday: weekday.wild,
            any_hour: hour.wild,
        };
        cron.fires()?;
        Ok(cron)
    }

    fn fires(&self) -> Result<(), Problem> {
        let beginning = Civil {
            year: 2000,
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
        };
        if self.at_or_after(beginning).is_some() {
            return Ok(());
        }
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let day = self.days.trailing_zeros();
        let months: Vec<u32> = (1..=12).filter(|month| has(self.months, *month)).collect();
        let message = match months.as_slice() {
            [month] if day < 32 && day > days_in(2000, *month) => {
                let name = NAMES[*month as usize - 1];
                format!("this schedule never fires: {name} has no day {day}")
            }
            _ if day < 32 && months.iter().all(|month| day > days_in(2000, *month)) => {
                format!("this schedule never fires: none of its months has a day {day}")
            }
            _ => "this schedule never fires: no day is both of these".to_owned(),
        };
        Err(Problem::new(
            message,
            "name a day that comes; `L` is the last day of any month",
        ))
    }
}

fn named(text: &str) -> Result<&'static str, Problem> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let lower = word.to_ascii_lowercase();
    if let Some((_, fields)) = MACROS.iter().find(|(name, _)| *name == lower)
        && rest.is_empty()
    {
        return Ok(fields);
    }
    let names = MACROS.iter().map(|(name, _)| *name);
    let help = match lower.as_str() {
        "@every" => format!(
            "a period has an option of its own: `every = \"{}\"`",
            if rest.is_empty() { "5m" } else { rest }
        ),
        "@reboot" => "enqueue the job where the program starts".to_owned(),
        _ => match suggest::nearest(&lower, names.clone()) {
            Some(near) if rest.is_empty() => format!("did you mean `{near}`?"),
            Some(near) => format!("write `{near}` alone"),
            None => {
                let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                format!("there are {}", names.join(", "))
            }
        },
    };
    Err(Problem::new(format!("unknown schedule `{text}`"), help))
}

/// A zone behind the fields, as other schedulers write it.
fn no_zone(fields: &[&str]) -> Result<(), Problem> {
    let Some(last) = fields.last().filter(|_| fields.len() > 5) else {
        return Ok(());
    };
    let named = zones::zone(last).is_ok();
    let like = last.contains('/') && last.chars().filter(char::is_ascii_alphabetic).count() > 3;
    if !named && !like {
        return Ok(());
    }
    let zone = match zones::zone(last) {
        Ok(zone) => zone,
        Err(_) => suggest::nearest(last, zones::ZONES.iter().copied()).unwrap_or("Europe/Berlin"),
    };
    Err(Problem::new(
        format!("the time zone `{last}` does not stand in the schedule"),
        format!("it has an option of its own: `timezone = \"{zone}\"`"),
    ))
}

fn count(text: &str, fields: usize) -> Problem {
    const WORDS: [&str; 10] = [
        "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    if text.is_empty() {
        return Problem::new("a cron schedule cannot be empty", FIELDS);
    }
    if text.starts_with("every ") {
        let period = text.trim_start_matches("every ").trim();
        return Problem::new(
            format!("`{text}` is not a cron schedule"),
            format!("a period has an option of its own: `every = \"{period}\"`"),
        );
    }
    let found = WORDS
        .get(fields)
        .map_or_else(|| fields.to_string(), |word| (*word).to_owned());
    let help = match fields {
        7 => {
            "years are not supported; the fields are second minute hour day-of-month month day-of-week"
        }
        _ => FIELDS,
    };
    Problem::new(
        format!("a cron schedule has five fields (six with seconds first), this one has {found}"),
        help,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_run_is_said() {
        for (text, message, help) in [
            (
                "0 9 * *",
                "a cron schedule has five fields (six with seconds first), this one has four",
                FIELDS,
            ),
            ("", "a cron schedule cannot be empty", FIELDS),
            (
                "0 25 * * *",
                "hour `25` is out of range 0–23",
                "write an hour from 0 to 23",
            ),
            (
                "0 24 * * *",
                "hour `24` is out of range 0–23",
                "midnight is hour 0",
            ),
            (
                "0 99999999999 * * *",
                "hour `99999999999` is out of range 0–23",
                "write an hour from 0 to 23",
            ),
            ("0 9 * * MOM", "unknown day `MOM`", "did you mean `MON`?"),
            (
                "0 9 * JUNE *",
                "unknown month `JUNE`",
                "did you mean `JUN`?",
            ),
            (
                "0 9 0 * *",
                "day of month `0` is out of range 1–31",
                "write a day of month from 1 to 31",
            ),
            (
                "x 9 * * *",
                "unknown minute `x`",
                "it takes 0–59, as in `*`, `5`, `1-5`, `*/10`, `1,15`",
            ),
            (
                "0 9 * * 8",
                "day of week `8` is out of range 0–7",
                "write a day of week from 0 to 7",
            ),
            (
                "0 0 31 2 *",
                "this schedule never fires: February has no day 31",
                "name a day that comes; `L` is the last day of any month",
            ),
            (
                "0 0 31 4,6 *",
                "this schedule never fires: none of its months has a day 31",
                "name a day that comes; `L` is the last day of any month",
            ),
            (
                "*/0 * * * *",
                "a step of the minute cannot be 0",
                "leave `/0` out",
            ),
            (
                "*/90 * * * *",
                "the step `90` of the minute is larger than its range 0–59",
                "steps begin anew at each range; a period of its own is `every = \"90m\"`",
            ),
            (
                "0 22-2 * * *",
                "the hour `22-2` ends before it begins",
                "write `22-23,0-2`",
            ),
            (
                "1,,2 * * * *",
                "the minute `1,,2` has an empty entry",
                "write a list as `1,15`",
            ),
            (
                "@dialy",
                "unknown schedule `@dialy`",
                "did you mean `@daily`?",
            ),
            (
                "@reboot",
                "unknown schedule `@reboot`",
                "enqueue the job where the program starts",
            ),
            (
                "@every 5m",
                "unknown schedule `@every 5m`",
                "a period has an option of its own: `every = \"5m\"`",
            ),
            (
                "every 5m",
                "`every 5m` is not a cron schedule",
                "a period has an option of its own: `every = \"5m\"`",
            ),
            (
                "0 9 * * * Europe/Pariss",
                "the time zone `Europe/Pariss` does not stand in the schedule",
                "it has an option of its own: `timezone = \"Europe/Paris\"`",
            ),
            (
                "0 9 15W * *",
                "the day of month `15W` is not supported",
                "`L` is the last day; nearest weekdays and days before the last are to be decided in the job",
            ),
            (
                "0 9 * * L",
                "`L` in the day of week needs a day",
                "`5L` is the last Friday; the last day of the month is `L` in the third field",
            ),
            (
                "0 9 * * 5#6",
                "`5#6` names no week of the month",
                "`5#2` is the second Friday: the places are 1 to 5",
            ),
            (
                "0 0 1 * * * 2026",
                "a cron schedule has five fields (six with seconds first), this one has seven",
                "years are not supported; the fields are second minute hour day-of-month month day-of-week",
            ),
        ] {
            let problem = Cron::parse(text).expect_err(text);
            assert_eq!(
                (problem.message.as_str(), problem.help.as_str()),
                (message, help),
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-0-9*/,#LW?@A-Za-z ]{0,30}") {
            let _ = Cron::parse(&text);
        }

        #[test]
        fn no_five_fields_make_it_panic(fields in proptest::collection::vec("[-0-9*/,#L]{1,6}", 5..7)) {
            if let Ok(cron) = Cron::parse(&fields.join(" ")) {
                let now = Civil { year: 2026, month: 12, day: 31, hour: 23, minute: 59, second: 59 };
                assert!(cron.at_or_after(now).is_some_and(|next| next >= now));
            }
        }
    }
}
