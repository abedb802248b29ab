//! Bounds a query's text before anything parses it.
//!
//! The parser descends once for each bracket and a stack overflow ends the process, so depth is counted here first, in one
//! pass without recursion.

use std::iter::Peekable;
use std::str::Bytes;

use crate::config::Limits;
use crate::fault::{Code, Fault};

/// Refuses a text that is too long, has too many tokens, or nests brackets too deep.
pub(crate) fn bound(text: &str, limits: &Limits) -> Result<(), Fault> {
    let over = |code, actual: usize, limit: usize, zh: &str, en: &str| {
        let number = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        Err(Fault::over(code, number(actual), number(limit), zh, en))
    };
    if text.len() > limits.query_bytes {
        return over(
            Code::QueryTooLong,
            text.len(),
            limits.query_bytes,
            "查询文本过长（字节）",
            "the query's text is too long (bytes)",
        );
    }
    let mut bytes = text.bytes().peekable();
    let (mut tokens, mut depth, mut deepest) = (0_usize, 0_usize, 0_usize);
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => continue,
            b'#' => {
                while bytes.next_if(|next| !matches!(next, b'\n' | b'\r')).is_some() {}
                continue;
            }
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'"' if !skip_text(&mut bytes) => {
                return Err(Fault::new(Code::Syntax, "块字符串没有结束", "a block string does not end"));
            }
            _ if is_word(byte) => while bytes.next_if(|next| is_word(*next)).is_some() {},
            _ => {}
        }
        tokens += 1;
    }
    if deepest > limits.brackets {
        return over(Code::NestedTooDeep, deepest, limits.brackets, "括号嵌套过深", "brackets are nested too deep");
    }
    if tokens > limits.tokens {
        return over(Code::TooManyTokens, tokens, limits.tokens, "查询的词法单元过多", "too many tokens");
    }
    Ok(())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+')
}

/// Goes to the end of a text whose opening quote is read. False for a block text without an end: the parser would read its
/// quotes otherwise, and find brackets that were not counted.
fn skip_text(bytes: &mut Peekable<Bytes<'_>>) -> bool {
    let quote = |bytes: &mut Peekable<Bytes<'_>>| bytes.next_if_eq(&b'"').is_some();
    if !quote(bytes) {
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' | b'\n' | b'\r' => break,
                b'\\' => drop(bytes.next()),
                _ => {}
            }
        }
        return true;
    }
    if !quote(bytes) {
        return true;
    }
    let mut quotes = 0;
    while quotes < 3 {
        match bytes.next() {
            Some(b'"') => quotes += 1,
            Some(b'\\') => {
                quotes = 0;
                let mut escaped = 0;
                while escaped < 3 && quote(bytes) {
                    escaped += 1;
                }
            }
            Some(_) => quotes = 0,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<(Code, u64)> {
        let limits = Limits { query_bytes: 20_000, brackets: 8, tokens: 50, ..Limits::default() };
        bound(text, &limits).err().map(|fault| match &fault.details[..] {
            [("actual", crate::fault::Detail::Number(actual)), ("limit", _)] => (fault.code, *actual),
            other => panic!("unexpected {other:?}"),
        })
    }

    #[test]
    fn ordinary_queries_pass() {
        assert_eq!(refusal("query A($a: Int = -1) { f(a: $a, b: [1.5e3], c: \"x\") { ...G @skip(if: true) } }"), None);
        assert_eq!(refusal(""), None);
    }

    #[test]
    fn brackets_are_counted_outside_texts_and_comments_only() {
        assert_eq!(refusal(&format!("{{ f(a: {}) }}", "[".repeat(5_000))), Some((Code::NestedTooDeep, 5_002)));
        assert_eq!(refusal(&"{a".repeat(9)), Some((Code::NestedTooDeep, 9)));
        assert_eq!(refusal(&format!("{{ f(a: \"{}\") }}", "[".repeat(5_000))), None);
        assert_eq!(refusal(&format!("{{ f(a: \"\\\"{}\") }}", "[".repeat(5_000))), None);
        assert_eq!(refusal(&format!("{{ f(a: \"\"\" \" \\\"\"\" {}\"\"\") }}", "[".repeat(5_000))), None);
        assert_eq!(refusal(&format!("{{ f # {}\n }}", "[".repeat(5_000))), None);
        assert_eq!(refusal(&format!("{{ f(a: \"\") {} }}", "{a".repeat(9))), Some((Code::NestedTooDeep, 10)));
    }

    #[test]
    fn a_quote_that_never_closes_hides_nothing_the_parser_would_nest() {
        let text = format!("{{ f(a: \"\n{}", "[".repeat(5_000));
        assert_eq!(refusal(&text), Some((Code::NestedTooDeep, 5_002)));
    }

    #[test]
    fn a_block_text_without_end_is_no_query() {
        let fault =
            bound(&format!("{{ f(a: [\"\"\" x\" {}", "[".repeat(5_000)), &Limits::default()).expect_err("refused");
        assert_eq!(fault.code, Code::Syntax);
    }

    #[test]
    fn tokens_and_bytes_are_counted() {
        assert_eq!(refusal(&"a ".repeat(51)), Some((Code::TooManyTokens, 51)));
        assert_eq!(refusal(&"a ".repeat(50)), None);
        assert_eq!(refusal(&"é".repeat(10_001)), Some((Code::QueryTooLong, 20_002)));
    }
}
