//! One field of an expression → a set of numbers.

use crate::{Problem, calendar::has, suggest};

/// What may stand in a field.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) low: u32,
    pub(crate) high: u32,
    /// Words for numbers, beginning with the lowest.
    words: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const fn kind(name: &'static str, low: u32, high: u32, words: &'static [&'static str]) -> Kind {
    Kind {
        name,
        low,
        high,
        words,
    }
}

pub(crate) const SECOND: Kind = kind("second", 0, 59, &[]);
pub(crate) const MINUTE: Kind = kind("minute", 0, 59, &[]);
pub(crate) const HOUR: Kind = kind("hour", 0, 23, &[]);
pub(crate) const DAY: Kind = kind("day of month", 1, 31, &[]);
pub(crate) const MONTH: Kind = kind("month", 1, 12, MONTHS);
/// 7 is Sunday as well.
pub(crate) const WEEKDAY: Kind = kind("day of week", 0, 7, DAYS);

/// A field as written.
#[derive(Default)]
pub(crate) struct Set {
    pub(crate) mask: u64,
    /// `L` in the day of month.
    pub(crate) last_day: bool,
    /// `5#2` and `5L` in the day of week.
    pub(crate) nth: u64,
    /// It begins with `*`.
    pub(crate) wild: bool,
}

impl Kind {
    pub(crate) fn read(&self, text: &str) -> Result<Set, Problem> {
        let mut set = Set {
            wild: text.starts_with('*') || (text == "?" && self.is_day()),
            ..Set::default()
        };
        for part in text.split(',') {
            self.part(part, text, &mut set)?;
        }
        if self.high == 7 && has(set.mask, 7) {
            set.mask = (set.mask | 1) & 0x7f;
        }
        Ok(set)
    }

    fn is_day(&self) -> bool {
        matches!(self.name, "day of month" | "day of week")
    }

    fn part(&self, part: &str, text: &str, set: &mut Set) -> Result<(), Problem> {
        if part.is_empty() {
            return Err(Problem::new(
                format!("the {} `{text}` has an empty entry", self.name),
                "write a list as `1,15`",
            ));
        }
        if self.is_day() && self.special(part, set)? {
            return Ok(());
        }
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (part, None),
        };
        let (from, to) = self.range(range, step.is_some(), text)?;
        let step = step.unwrap_or(1) as usize;
        for value in (from..=to).step_by(step) {
            set.mask |= 1 << value;
        }
        Ok(())
    }

    fn range(&self, range: &str, stepped: bool, text: &str) -> Result<(u32, u32), Problem> {
        // Sunday comes once, at either end of the week.
        let highest = if self.high == 7 { 6 } else { self.high };
        if range == "*" || (range == "?" && text == "?" && self.is_day()) {
            return Ok((self.low, highest));
        }
        let Some((from, to)) = range.split_once('-') else {
            let from = self.value(range)?;
            return Ok((from, if stepped { highest.max(from) } else { from }));
        };
        let (from, mut to) = (self.value(from)?, self.value(to)?);
        if self.high == 7 && to == 0 && from > 0 {
            to = 7;
        }
        if from > to {
            return Err(Problem::new(
                format!("the {} `{range}` ends before it begins", self.name),
                format!("write `{from}-{highest},{}-{to}`", self.low),
            ));
        }
        Ok((from, to))
    }

    fn step(&self, text: &str) -> Result<u32, Problem> {
        match number(text) {
            Some(step) if step >= 1 && step <= self.high => Ok(step),
            Some(0) => Err(Problem::new(
                format!("a step of the {} cannot be 0", self.name),
                "leave `/0` out",
            )),
            Some(_) => Err(Problem::new(
                format!(
                    "the step `{text}` of the {} is larger than its range {}–{}",
                    self.name, self.low, self.high
                ),
                "steps begin anew at each range; a period of its own is `every = \"90m\"`",
            )),
            None => Err(Problem::new(
                format!("the step `{text}` of the {} is not a number", self.name),
                "write `*/15`",
            )),
        }
    }

    fn value(&self, text: &str) -> Result<u32, Problem> {
        if let Some(value) = number(text) {
            return if (self.low..=self.high).contains(&value) {
                Ok(value)
            } else {
                Err(self.out_of_range(text))
            };
        }
        if text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty() {
            return Err(self.out_of_range(text));
        }
        let upper = text.to_ascii_uppercase();
        if let Some(at) = self.words.iter().position(|word| *word == upper) {
            return Ok(self.low + u32::try_from(at).unwrap_or(0));
        }
        let what = match self.name {
            "day of week" => "day",
            name => name,
        };
        let help = match suggest::nearest(&upper, self.words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.words.is_empty() => {
                format!(
                    "it takes {}–{}, as in `*`, `5`, `1-5`, `*/10`, `1,15`",
                    self.low, self.high
                )
            }
            None => format!(
                "it takes {}–{} or {} to {}",
                self.low,
                self.high,
                self.words[0],
                self.words[self.words.len() - 1]
            ),
        };
        Err(Problem::new(format!("unknown {what} `{text}`"), help))
    }

    fn out_of_range(&self, text: &str) -> Problem {
        Problem::new(
            format!(
                "{} `{text}` is out of range {}–{}",
                self.name, self.low, self.high
            ),
            match self.name {
                "hour" if text == "24" => "midnight is hour 0".to_owned(),
                "minute" | "second" if text == "60" => "write 0".to_owned(),
                "hour" => "write an hour from 0 to 23".to_owned(),
                name => format!("write a {name} from {} to {}", self.low, self.high),
            },
        )
    }

    /// `L`, `5L`, `5#2`.
    fn special(&self, part: &str, set: &mut Set) -> Result<bool, Problem> {
        let upper = part.to_ascii_uppercase();
        if self.name == "day of month" {
            if upper == "L" {
                set.last_day = true;
                return Ok(true);
            }
            if upper.ends_with('W') || upper.starts_with("L-") {
                return Err(Problem::new(
                    format!("the day of month `{part}` is not supported"),
                    "`L` is the last day; nearest weekdays and days before the last are to be decided in the job",
                ));
            }
            return Ok(false);
        }
        if let Some((day, place)) = part.split_once('#') {
            let day = self.value(day)? % 7;
            let Some(place) = number(place).filter(|place| (1..=5).contains(place)) else {
                return Err(Problem::new(
                    format!("`{part}` names no week of the month"),
                    "`5#2` is the second Friday: the places are 1 to 5",
                ));
            };
            set.nth |= 1 << (day * 8 + place);
            return Ok(true);
        }
        let Some(day) = upper.strip_suffix('L') else {
            return Ok(false);
        };
        if day.is_empty() {
            return Err(Problem::new(
                "`L` in the day of week needs a day",
                "`5L` is the last Friday; the last day of the month is `L` in the third field",
            ));
        }
        set.nth |= 1 << (self.value(day)? % 7 * 8 + 6);
        Ok(true)
    }
}

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
