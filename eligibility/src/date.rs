//! Calendar days, and partial dates that stand for every day in them.

use std::fmt;

pub use jiff::civil::Date;
use jiff::{ToSpan, civil};

/// A date known to the year, the month or the day (EDTF level 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartialDate {
    /// Some day of a year.
    Year(i16),
    /// Some day of a month.
    Month(i16, i8),
    /// One day.
    Day(Date),
}

impl PartialDate {
    /// Reads `2015`, `2015-03` or `2015-03-01`; `None` when the text is neither or names no day of the calendar.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str, length: usize| -> Option<i16> {
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4).filter(|year| *year > 0)?;
        let Some(month) = parts.next() else { return Some(Self::Year(year)) };
        let month = i8::try_from(digits(month, 2)?).ok()?;
        let first = Date::new(year, month, 1).ok()?;
        let Some(day) = parts.next() else { return Some(Self::Month(first.year(), first.month())) };
        let day = i8::try_from(digits(day, 2)?).ok()?;
        parts.next().is_none().then(|| Date::new(year, month, day).ok().map(Self::Day))?
    }

    /// The first day it can mean.
    pub fn first(self) -> Date {
        match self {
            Self::Year(year) => Date::new(year, 1, 1).unwrap_or(Date::MIN),
            Self::Month(year, month) => Date::new(year, month, 1).unwrap_or(Date::MIN),
            Self::Day(day) => day,
        }
    }

    /// The last day it can mean.
    pub fn last(self) -> Date {
        match self {
            Self::Year(year) => Date::new(year, 12, 31).unwrap_or(Date::MAX),
            Self::Month(..) => self.first().last_of_month(),
            Self::Day(day) => day,
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

/// Reads a whole day, `2023-06-05`.
pub fn parse_day(text: &str) -> Option<Date> {
    match PartialDate::parse(text)? {
        PartialDate::Day(day) => Some(day),
        PartialDate::Year(_) | PartialDate::Month(..) => None,
    }
}

/// The last day on which a period of so many full years that must be over on `day` may have begun.
///
/// A period begun on 29 February ends, in a common year, on the last day of February: so on 28 February of such a year a
/// beginning on 29 February still counts.
pub fn years_before(day: Date, years: i16) -> Date {
    let begin = day.checked_sub(years.years()).unwrap_or(Date::MIN);
    let last_of_february = day.month() == 2 && day == day.last_of_month();
    if last_of_february && begin.month() == 2 { begin.last_of_month() } else { begin }
}

/// A moment given in milliseconds since 1970 (UTC), as RFC 3339 writes it: `2026-11-22T09:30:00.5Z`; the first moment of 1970, if
/// the calendar ends before it.
pub fn timestamp(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// A moment given in milliseconds since 1970 (UTC), to the minute, as clocks in China show it: `2026-11-22 17:30`.
pub fn minute_in_china(milliseconds: i64) -> String {
    in_china(milliseconds).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The day of a moment, given in milliseconds since 1970 (UTC), in China: all of it keeps the time of Beijing.
pub fn day_in_china(milliseconds: i64) -> Date {
    in_china(milliseconds).date()
}

fn in_china(milliseconds: i64) -> jiff::civil::DateTime {
    const AHEAD: i64 = 8 * 3_600_000;
    let there = jiff::Timestamp::from_millisecond(milliseconds.saturating_add(AHEAD));
    jiff::tz::TimeZone::UTC.to_datetime(there.unwrap_or(jiff::Timestamp::UNIX_EPOCH))
}

/// The day before, or the calendar's first day.
pub fn day_before(day: Date) -> Date {
    day.yesterday().unwrap_or(civil::Date::MIN)
}

/// The day after, or the calendar's last day.
pub fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(civil::Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        parse_day(text).expect("a day")
    }

    #[test]
    fn partial_dates_read_and_print() {
        for text in ["2015", "2015-03", "2015-03-01", "2020-02-29"] {
            assert_eq!(PartialDate::parse(text).expect(text).to_string(), text);
        }
        for text in [
            "",
            "15",
            "2015-3",
            "2015-13",
            "2015-00",
            "2015-02-29",
            "2015-03-1",
            "2015-03-01-01",
            "0000",
            "+015",
            "２０１５",
        ] {
            assert_eq!(PartialDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_partial_date_stands_for_every_day_in_it() {
        let february = PartialDate::parse("2020-02").expect("a month");
        assert_eq!((february.first(), february.last()), (day("2020-02-01"), day("2020-02-29")));
        let year = PartialDate::parse("2019").expect("a year");
        assert_eq!((year.first(), year.last()), (day("2019-01-01"), day("2019-12-31")));
    }

    #[test]
    fn a_moment_has_its_day_in_china() {
        assert_eq!(timestamp(1_795_311_000_500), "2026-11-22T01:30:00.5Z");
        assert_eq!(day_in_china(1_795_311_000_500), day("2026-11-22"));
        let sixteen = 1_795_305_600_000 + 16 * 3_600_000;
        assert_eq!((day_in_china(sixteen - 1), day_in_china(sixteen)), (day("2026-11-22"), day("2026-11-23")));
        assert_eq!(timestamp(i64::MAX), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_period_begun_on_29_february_ends_on_the_last_day_of_february() {
        assert_eq!(years_before(day("2023-02-28"), 3), day("2020-02-29"));
        assert_eq!(years_before(day("2023-02-27"), 3), day("2020-02-27"));
        assert_eq!(years_before(day("2024-02-29"), 3), day("2021-02-28"));
        assert_eq!(years_before(day("2024-02-28"), 4), day("2020-02-28"));
        assert_eq!(years_before(day("2023-06-05"), 3), day("2020-06-05"));
    }
}
