//! Reads GraphQL requests: from a body, from the parameters of an address, from a message.

use std::sync::Arc;

use async_graphql::{Name, Value, Variables};
use eligibility::Lang;

use crate::config::Limits;
use crate::fault::{Code, Fault};
use crate::graphql::Ask;
use crate::schema::caller::Caller;

const PARAMETERS: [&str; 4] = ["query", "operationName", "variables", "extensions"];

/// The request of a body.
///
/// # Errors
/// Why it is none.
pub(crate) fn of_body(body: &[u8], limits: &Limits, lang: Lang, caller: Arc<Caller>) -> Result<Ask, Fault> {
    let text = std::str::from_utf8(body).map_err(|_| invalid_utf8(("请求正文", "the request's body")))?;
    of_json(text, ("请求正文", "the body"), limits, lang, caller)
}

/// The request of a message's payload.
///
/// # Errors
/// Why it is none.
pub(crate) fn of_payload(text: &str, limits: &Limits, lang: Lang, caller: Arc<Caller>) -> Result<Ask, Fault> {
    of_json(text, ("`payload`", "`payload`"), limits, lang, caller)
}

fn of_json(text: &str, place: (&str, &str), limits: &Limits, lang: Lang, caller: Arc<Caller>) -> Result<Ask, Fault> {
    match json(text, limits, place)? {
        Value::Object(mut entries) => {
            let [query, operation_name, variables, extensions] =
                PARAMETERS.map(|name| entries.swap_remove(&Name::new(name)).filter(|value| *value != Value::Null));
            ask([query, operation_name, variables, extensions], lang, false, caller)
        }
        Value::List(_) => Err(Fault::new(
            Code::BatchNotAccepted,
            "不接受批量请求；请一次发送一个请求",
            "batches are not accepted; send one request at a time",
        )),
        other => Err(wrong_type(place, ("对象", "an object"), &other)),
    }
}

/// The request of an address's parameters.
///
/// # Errors
/// Why it is none.
pub(crate) fn of_parameters(text: &str, limits: &Limits, lang: Lang, caller: Arc<Caller>) -> Result<Ask, Fault> {
    let mut given: [Option<Value>; 4] = Default::default();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name);
        let known = PARAMETERS.iter().zip(given.iter_mut()).find(|(known, _)| known.as_bytes() == name);
        let Some((name, slot)) = known else { continue };
        let place = (format!("参数 `{name}`"), format!("parameter `{name}`"));
        let place = (place.0.as_str(), place.1.as_str());
        let value = String::from_utf8(decoded(value)).map_err(|_| invalid_utf8(place))?;
        if slot.is_some() {
            return Err(Fault::new(
                Code::InvalidRequest,
                format!("{} 重复", place.0),
                format!("{} is given more than once", place.1),
            ));
        }
        // An empty parameter is one that is not given: a form sends it for a field that is left blank.
        *slot = match *name {
            "variables" | "extensions" if !value.is_empty() => {
                Some(json(&value, limits, place)?).filter(|value| *value != Value::Null)
            }
            "query" | "operationName" => Some(Value::String(value)),
            _ => None,
        };
    }
    ask(given, lang, true, caller)
}

fn ask(given: [Option<Value>; 4], lang: Lang, only_queries: bool, caller: Arc<Caller>) -> Result<Ask, Fault> {
    let [query, operation_name, variables, extensions] = given;
    let text = |name: &str, value: Option<Value>| match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type((&format!("`{name}`"), &format!("`{name}`")), ("字符串", "a string"), &other)),
    };
    let object = |name: &str, value: Option<Value>| match value {
        None => Ok(Variables::default()),
        Some(value @ Value::Object(_)) => Ok(Variables::from_value(value)),
        Some(other) => Err(wrong_type((&format!("`{name}`"), &format!("`{name}`")), ("对象", "an object"), &other)),
    };
    let query = text("query", query)?.filter(|query| !query.is_empty());
    let operation_name = text("operationName", operation_name)?.filter(|name| !name.is_empty());
    let variables = object("variables", variables)?;
    object("extensions", extensions)?;
    let query = query.ok_or_else(|| Fault::new(Code::InvalidRequest, "缺少 `query`", "`query` is required"))?;
    Ok(Ask { query, operation_name, variables, lang, only_queries, caller })
}

/// Reads JSON; counts its nesting before the reader descends into it.
fn json(text: &str, limits: &Limits, place: (&str, &str)) -> Result<Value, Fault> {
    let deepest = nesting(text);
    if deepest > limits.brackets {
        let number = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        return Err(Fault::over(
            Code::NestedTooDeep,
            number(deepest),
            number(limits.brackets),
            &format!("{}的 JSON 嵌套过深", place.0),
            &format!("the JSON of {} is nested too deep", place.1),
        ));
    }
    serde_json::from_str(text).map_err(|error| {
        // Its own words would repeat what it read.
        let (line, column) = (error.line(), error.column());
        Fault::new(
            Code::InvalidJson,
            format!("{}不是合法的 JSON（第 {line} 行第 {column} 列）", place.0),
            format!("{} is not valid JSON (line {line}, column {column})", place.1),
        )
    })
}

/// How deep lists and objects of a JSON text are nested, without recursion.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

/// The bytes of a part of an address, as forms write it. A percent sign that no two hexadecimal digits follow is itself.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut rest = text.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let byte = match first {
            b'+' => b' ',
            b'%' => match (digit(after.first()), digit(after.get(1))) {
                (Some(high), Some(low)) => {
                    rest = after.get(2..).unwrap_or_default();
                    u8::try_from(high * 16 + low).unwrap_or(b'%')
                }
                _ => b'%',
            },
            other => *other,
        };
        out.push(byte);
    }
    out
}

fn invalid_utf8(place: (&str, &str)) -> Fault {
    Fault::new(Code::InvalidUtf8, format!("{}不是 UTF-8 编码", place.0), format!("{} is not UTF-8", place.1))
}

fn wrong_type(place: (&str, &str), expected: (&str, &str), found: &Value) -> Fault {
    let found = match found {
        Value::Null => ("null", "null"),
        Value::Number(_) => ("数字", "a number"),
        Value::String(_) | Value::Enum(_) | Value::Binary(_) => ("字符串", "a string"),
        Value::Boolean(_) => ("布尔值", "a boolean"),
        Value::List(_) => ("列表", "a list"),
        Value::Object(_) => ("对象", "an object"),
    };
    Fault::new(
        Code::InvalidRequest,
        format!("{}应为{}，实际是{}", place.0, expected.0, found.0),
        format!("{} must be {}, found {}", place.1, expected.1, found.1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anonymous() -> Arc<Caller> {
        Arc::new(Caller::anonymous())
    }

    fn body(text: &str) -> Result<(String, Option<String>, String), (Code, String)> {
        let ask = of_body(text.as_bytes(), &Limits::default(), Lang::En, anonymous());
        ask.map(|ask| (ask.query, ask.operation_name, format!("{:?}", ask.variables)))
            .map_err(|fault| (fault.code, fault.message.en))
    }

    fn parameters(text: &str) -> Result<(String, Option<String>), (Code, String)> {
        let ask = of_parameters(text, &Limits::default(), Lang::En, anonymous());
        ask.map(|ask| (ask.query, ask.operation_name)).map_err(|fault| (fault.code, fault.message.en))
    }

    #[test]
    fn bodies_are_read() {
        let read = body(r#"{"query":"{a}","operationName":null,"variables":{"a":[1]},"extensions":{},"other":1}"#);
        assert!(matches!(read, Ok((query, None, variables)) if query == "{a}" && variables.contains("a")));
        for (text, code, message) in [
            ("", Code::InvalidJson, "the body is not valid JSON (line 1, column 0)"),
            ("{", Code::InvalidJson, "the body is not valid JSON (line 1, column 1)"),
            ("{} {}", Code::InvalidJson, "the body is not valid JSON (line 1, column 4)"),
            ("[]", Code::BatchNotAccepted, "batches are not accepted; send one request at a time"),
            ("7", Code::InvalidRequest, "the body must be an object, found a number"),
            ("{}", Code::InvalidRequest, "`query` is required"),
            (r#"{"query":null}"#, Code::InvalidRequest, "`query` is required"),
            (r#"{"query":["a"]}"#, Code::InvalidRequest, "`query` must be a string, found a list"),
            (
                r#"{"query":"a","operationName":0}"#,
                Code::InvalidRequest,
                "`operationName` must be a string, found a number",
            ),
            (r#"{"query":"a","variables":"x"}"#, Code::InvalidRequest, "`variables` must be an object, found a string"),
            (
                r#"{"query":"a","extensions":false}"#,
                Code::InvalidRequest,
                "`extensions` must be an object, found a boolean",
            ),
        ] {
            assert_eq!(body(text), Err((code, message.to_owned())), "{text}");
        }
        let invalid = of_body(b"{\"query\":\"\xff\"}", &Limits::default(), Lang::En, anonymous()).expect_err("refused");
        assert_eq!(invalid.code, Code::InvalidUtf8);
    }

    #[test]
    fn nesting_is_counted_outside_texts() {
        let nested = format!("{{\"variables\":{}", "[".repeat(5_000));
        assert_eq!(body(&nested).map_err(|(code, _)| code), Err(Code::NestedTooDeep));
        let within = format!("{{\"query\":\"\\\"{}\"}}", "[".repeat(5_000));
        assert!(body(&within).is_ok());
    }

    #[test]
    fn parameters_are_read() {
        let read = parameters("query=%7B+a%20%E8%81%94+%25%zz%7D&operationName=&variables=%7B%7D&x=%FF");
        assert_eq!(read, Ok(("{ a 联 %%zz}".to_owned(), None)));
        for (text, code, message) in [
            ("", Code::InvalidRequest, "`query` is required"),
            ("query=", Code::InvalidRequest, "`query` is required"),
            ("query=a&query=b", Code::InvalidRequest, "parameter `query` is given more than once"),
            ("query=%FF", Code::InvalidUtf8, "parameter `query` is not UTF-8"),
            ("query=a&variables=x", Code::InvalidJson, "parameter `variables` is not valid JSON (line 1, column 1)"),
            ("query=a&variables=[]", Code::InvalidRequest, "`variables` must be an object, found a list"),
            ("query=a&extensions=1", Code::InvalidRequest, "`extensions` must be an object, found a number"),
        ] {
            assert_eq!(parameters(text), Err((code, message.to_owned())), "{text}");
        }
    }
}
