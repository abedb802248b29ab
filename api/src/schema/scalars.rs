//! Scalars. Those of inputs take any text: what is wrong with it is said by the reader of facts, with its place and a
//! suggestion, as one of `userErrors`.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use eligibility::date::parse_day;

use crate::fault::{Code, Fault};

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

            fn is_valid(value: &Value) -> bool {
                matches!(value, Value::String(_))
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
    /// A moment, RFC 3339 with its offset: `2023-06-05T16:00+08:00`, `2026-11-22T09:30:00.5Z`.
    /// 时刻（RFC 3339，含时区）：`2023-06-05T16:00+08:00`、`2026-11-22T09:30:00.5Z`。
    DateTime, "https://www.rfc-editor.org/rfc/rfc3339"
}

text_scalar! {
    /// A day of the calendar, ISO 8601: `2023-06-05`.
    /// 日历日期（ISO 8601），如 `2023-06-05`。
    Date, "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"
}

impl From<eligibility::date::Date> for Date {
    fn from(day: eligibility::date::Date) -> Self {
        Self(day.to_string())
    }
}

impl Date {
    /// The day of an argument.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if the calendar has no such day.
    pub(crate) fn day(&self, argument: &str) -> Result<eligibility::date::Date, Fault> {
        parse_day(&self.0).ok_or_else(|| {
            let shown: String = self.0.chars().take(40).collect();
            Fault::new(
                Code::InvalidArgument,
                format!("`{argument}`：`{shown}` 不是日历上存在的日期（如 2023-06-05）"),
                format!("`{argument}`: `{shown}` is not a day of the calendar such as 2023-06-05"),
            )
        })
    }
}

/// An amount in whole Chinese yuan (CNY), a number up to 2^53 − 1.
/// 人民币金额（元，整数），不超过 2^53 − 1。
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cny(pub(crate) Number);

/// An amount in whole Chinese yuan (CNY), a number up to 2^53 − 1.
/// 人民币金额（元，整数），不超过 2^53 − 1。
#[Scalar(specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html")]
impl ScalarType for Cny {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Number(number) => Ok(Self(number)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::Number(_))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.clone())
    }
}

impl From<i64> for Cny {
    fn from(amount: i64) -> Self {
        Self(amount.into())
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
