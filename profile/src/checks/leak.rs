//! Links and ways to reach somebody that stand in public texts: spam, or contacts that should not be public.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::CheckCode;

/// What is looked for, with its name in Chinese and English.
pub(super) const KINDS: [(CheckCode, (&str, &str)); 4] = [
    (CheckCode::TextHoldsLink, ("网址", "the address of a web page")),
    (CheckCode::TextHoldsEmail, ("电子邮箱", "an e-mail address")),
    (CheckCode::TextHoldsPhone, ("电话号码", "a telephone number")),
    (CheckCode::TextHoldsMessenger, ("即时通讯账号", "an account of a messenger")),
];

/// As it is written, with spaces around the @, or with `(at)` and `[dot]`.
const EMAIL: &str = concat!(
    r"[A-Za-z0-9._%+-]+ ?(?:@|[(\[{] ?(?i:at|@) ?[)\]}]) ?[A-Za-z0-9-]+",
    r"(?:(?:\.| ?[(\[{] ?(?i:dot) ?[)\]}] ?)[A-Za-z0-9-]+)*(?:\.| ?[(\[{] ?(?i:dot) ?[)\]}] ?)[A-Za-z]{2,}",
);

/// With a scheme, with `www.`, or a name that ends in a common top-level domain; in small letters, as ASP.NET is none.
const LINK: &str = r"(?i:\b(?:https?|ftp)://|\bwww\.)[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&'*+;=%-]*|\b[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.(?:com|cn|org|net|edu|gov|io|info|top|xyz|vip|shop|site|online|club|app|jp|uk|de|fr|hk|tw|sg|kr|ru|eu)\b";

/// Numbers as they are written in China (mobile, landline, 400), and in the world with a leading plus.
const PHONE: &str = concat!(
    r"(?:^|[^0-9A-Za-z.+-])(",
    r"(?:\+?86[ -]?)?1[3-9][0-9][ ./-]?[0-9]{4}[ ./-]?[0-9]{4}",
    r"|1[3-9][0-9]{2} [0-9]{3} [0-9]{4}",
    r"|1 [3-9](?: [0-9]){9}",
    r"|\(?0[1-9][0-9]{1,2}\)?[ -]?[0-9]{7,8}",
    r"|400[ -](?:[0-9]{3}[ -]?[0-9]{4}|[0-9]{4}[ -]?[0-9]{3})",
    r"|\+[1-9](?:[ ()-]{0,2}[0-9]){7,14}",
    r")(?:[^0-9A-Za-z]|$)",
);

const MESSENGER: &str = concat!(
    r"微信号|加微信|微信 ?:|(?i:wechat(?: id)? ?:|whatsapp ?:|telegram ?:)",
    r"|(?i:\bqq) ?(?:号|群)? ?:? ?[1-9][0-9]{4,}",
);

struct Patterns {
    email: Regex,
    link: Regex,
    phone: Regex,
    messenger: Regex,
}

#[expect(clippy::expect_used, reason = "the patterns are constants, and every test compiles them")]
static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let compiled = |pattern| Regex::new(pattern).expect("a pattern");
    Patterns { email: compiled(EMAIL), link: compiled(LINK), phone: compiled(PHONE), messenger: compiled(MESSENGER) }
});

/// The first of a kind in a text.
pub(super) fn find(text: &str, code: CheckCode) -> Option<String> {
    let text = as_read(text);
    match code {
        CheckCode::TextHoldsEmail => PATTERNS.email.find(&text).map(|found| found.as_str().to_owned()),
        // The host of an e-mail address is no link of its own.
        CheckCode::TextHoldsLink => {
            let text = PATTERNS.email.replace_all(&text, " ");
            PATTERNS.link.find(&text).map(|found| found.as_str().to_owned())
        }
        CheckCode::TextHoldsPhone => {
            PATTERNS.phone.captures(&text)?.get(1).map(|found| found.as_str().trim().to_owned())
        }
        CheckCode::TextHoldsMessenger => PATTERNS.messenger.find(&text).map(|found| found.as_str().to_owned()),
        _ => None,
    }
}

/// A text as people read it: full-width letters, digits and signs as their usual ones (＠ as @, ：as :), without characters that are
/// not seen.
fn as_read(text: &str) -> String {
    let half = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3000}' => ' ',
        '\u{2024}' => '.',
        _ => letter,
    };
    let is_seen = |letter: &char| {
        !matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    text.chars().filter(is_seen).map(half).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(CheckCode, String)> {
        KINDS.iter().filter_map(|(code, _)| Some((*code, find(text, *code)?))).collect()
    }

    #[test]
    fn links_and_contacts_are_found() {
        use CheckCode::{
            TextHoldsEmail as Email, TextHoldsLink as Link, TextHoldsMessenger as Messenger, TextHoldsPhone as Phone,
        };
        for (text, code, expected) in [
            ("请访问https://example.org/a?b=1，谢谢", Link, "https://example.org/a?b=1"),
            ("see WWW.Example.org", Link, "WWW.Example.org"),
            ("官网example.com.cn有介绍", Link, "example.com.cn"),
            ("our site is lab-x.edu.cn.", Link, "lab-x.edu.cn"),
            ("联系 zhang.san@mail.example.edu.cn 咨询", Email, "zhang.san@mail.example.edu.cn"),
            ("邮箱：zhang＠example．com", Email, "zhang@example.com"),
            ("zhang\u{200b}@exam\u{ad}ple.com", Email, "zhang@example.com"),
            ("zhang @ example.com", Email, "zhang @ example.com"),
            ("zhang[@]example.com", Email, "zhang[@]example.com"),
            ("zhang\u{3164}@exam\u{e0041}ple\u{2024}com", Email, "zhang@example.com"),
            ("zhang (at) example [dot] com", Email, "zhang (at) example [dot] com"),
            ("电话13800138000", Phone, "13800138000"),
            ("1 3 8 0 0 1 3 8 0 0 0", Phone, "1 3 8 0 0 1 3 8 0 0 0"),
            ("138\u{2060}00138000", Phone, "13800138000"),
            ("手机：138 0013 8000。", Phone, "138 0013 8000"),
            ("138.0013.8000", Phone, "138.0013.8000"),
            ("1380 013 8000", Phone, "1380 013 8000"),
            ("+86-13800138000", Phone, "+86-13800138000"),
            ("电话：010-62781234", Phone, "010-62781234"),
            ("(021) 62781234", Phone, "(021) 62781234"),
            ("热线 400-800-1234", Phone, "400-800-1234"),
            ("Tel. +852 2358 8888", Phone, "+852 2358 8888"),
            ("call +49 (0)30 2093-0", Phone, "+49 (0)30 2093-0"),
            ("加微信详谈", Messenger, "加微信"),
            ("微信：abc123", Messenger, "微信:"),
            ("QQ：12345678", Messenger, "QQ:12345678"),
            ("WeChat ID: abc", Messenger, "WeChat ID:"),
        ] {
            assert_eq!(found(text), [(code, expected.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for text in [
            "2015-2020 年承担项目 12 项，经费 10000000 元",
            "GB 32100-2015 and ISO 27729:2012",
            "专利 ZL201310123456.7、202010123456.7",
            "ASP.NET, Node.js and U.S.A.",
            "e.g. water, i.e. rivers; approx. 0.05-0.1 mm",
            "统一社会信用代码 12100000400000624D",
            "ISNI 0000 0001 0662 3178, ORCID 0000-0002-1825-0097",
            "doi:10.1000/182",
            "from 1,000,000 to 13,800,138,000 samples",
            "微信小程序开发；QQ 音乐",
            "a 400-800 nm laser, 400 1000 W lamps",
            "growth of +5.25%, +10 to +20 °C",
            "the @ sign, 5 @ 10 kHz",
            "sampled @ 10. Then it stops (at) night",
            "amazon.company",
            "卡号 6222021380013800012345",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
