//! Scalars. Those of inputs take any text: what is wrong with it is said by the reader of facts, with its place and a
//! suggestion, as one of `userErrors`.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use eligibility::date::parse_day;

/// A text scalar that is passed on as it is.
macro_rules! text_scalar {
    ($(#[doc = $doc:literal])+ $name:ident, $specified_by:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) String);

        $(#[doc = $doc])+
        #[Scalar(specified_by_url = $specified_by)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    };
}

text_scalar! {
    /// A date known to the year, the month or the day (EDTF level 0): `2015`, `2015-03` or `2015-03-01`. It stands for every
    /// day in it.
    /// 可只写到年或月的日期（EDTF 0 级）：`2015`、`2015-03` 或 `2015-03-01`，代表其中的每一天。
    PartialDate, "https://www.loc.gov/standards/datetime/"
}

text_scalar! {
    /// A country or region, ISO 3166-1 alpha-2, in capitals: `NZ`. Hong Kong (`HK`), Macao (`MO`) and Taiwan (`TW`) are
    /// regions of China, kept apart from the mainland (`CN`).
    /// 国家/地区代码（ISO 3166-1 两位大写字母），如 `NZ`；中国香港 `HK`、中国澳门 `MO`、中国台湾 `TW` 与内地 `CN` 分列。
    CountryCode, "https://www.iso.org/iso-3166-country-codes.html"
}

text_scalar! {
    /// A subdivision of a country or region, ISO 3166-2: `BE-WAL`.
    /// 行政区代码（ISO 3166-2），如 `BE-WAL`。
    SubdivisionCode, "https://www.iso.org/iso-3166-country-codes.html"
}

text_scalar! {
    /// An address of a page.
    /// 网址。
    Url, "https://url.spec.whatwg.org/"
}

text_scalar! {
    /// A moment, RFC 3339 to the minute, with its offset: `2023-06-05T16:00+08:00`.
    /// 时刻（RFC 3339，精确到分，含时区）：`2023-06-05T16:00+08:00`。
    DateTime, "https://www.rfc-editor.org/rfc/rfc3339"
}

/// A day of the calendar, ISO 8601: `2023-06-05`.
/// 日历日期（ISO 8601），如 `2023-06-05`。
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) eligibility::date::Date);

/// A day of the calendar, ISO 8601: `2023-06-05`.
/// 日历日期（ISO 8601），如 `2023-06-05`。
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => parse_day(text).map(Self).ok_or_else(|| {
                InputValueError::custom(format!("`{text}` is not a day of the calendar such as 2023-06-05"))
            }),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An amount in whole Chinese yuan (CNY), a number up to 2^53 − 1.
/// 人民币金额（元，整数），不超过 2^53 − 1。
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cny(pub(crate) i64);

/// The largest whole number that every reader of JSON can hold.
const WHOLE_AT_MOST: i64 = 9_007_199_254_740_991;

/// An amount in whole Chinese yuan (CNY), a number up to 2^53 − 1.
/// 人民币金额（元，整数），不超过 2^53 − 1。
#[Scalar(specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html")]
impl ScalarType for Cny {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_i64() {
                Some(amount) if amount <= WHOLE_AT_MOST => Ok(Self(amount)),
                _ => Err(InputValueError::custom(format!("`{number}` is not a whole number up to 2^53 - 1"))),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// The value of a fact of any type, as files write it: a boolean, a whole number, a text, or a list of texts.
/// 任意类型事实的取值，写法与文件相同：布尔值、整数、文字或文字列表。
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FactValue(pub(crate) Value);

/// The value of a fact of any type, as files write it: a boolean, a whole number, a text, or a list of texts.
/// 任意类型事实的取值，写法与文件相同：布尔值、整数、文字或文字列表。
#[Scalar]
impl ScalarType for FactValue {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}
