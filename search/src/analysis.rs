//! Text as terms: scripts told apart, spellings folded, Chinese cut into words, pinyin.
//!
//! The same text gives the same terms in the index and in a query; only the choice among them differs.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use jieba_rs::{Jieba, TokenizeMode};
use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// A longer run of connected words is cut: nobody writes one.
const PARTS_AT_MOST: usize = 12;

/// A term and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) term: String,
    pub(crate) range: Range<usize>,
}

/// A stretch of text in one manner of writing.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// A word of an alphabet.
    Word(Word),
    /// Chinese characters.
    Han(Han),
    /// Kana, Thai and other writing without spaces.
    Grams(Grams),
}

/// A word of an alphabet, perhaps joined of several: `Xi'an`, `A&M`, `Max-Planck`.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// All of it as one term.
    pub(crate) term: String,
    /// As `term`, its ending kept.
    pub(crate) folded: String,
    /// The words it is joined of; empty if it is not.
    pub(crate) parts: Vec<Part>,
    pub(crate) range: Range<usize>,
}

/// A run of Chinese characters.
#[derive(Clone, Debug)]
pub(crate) struct Han {
    /// Simplified.
    pub(crate) text: String,
    /// Where each character begins in the text, and where the last one ends.
    offsets: Vec<usize>,
}

/// A run of a script without spaces, as pairs of letters.
#[derive(Clone, Debug)]
pub(crate) struct Grams {
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) range: Range<usize>,
}

impl Word {
    /// The terms it is found under: itself, or what it is joined of.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let whole = self.parts.is_empty().then(|| (self.term.as_str(), self.range.clone()));
        whole.into_iter().chain(self.parts.iter().map(|part| (part.term.as_str(), part.range.clone())))
    }
}

impl Han {
    /// Where some of its characters stand in the text.
    pub(crate) fn range(&self, characters: Range<usize>) -> Range<usize> {
        let offset = |at: usize| self.offsets.get(at).or(self.offsets.last()).copied().unwrap_or_default();
        offset(characters.start)..offset(characters.end)
    }

    /// How many characters it has.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Its words as a reader would part them, with the characters they take.
    pub(crate) fn words(&self) -> Vec<(&str, Range<usize>)> {
        self.words_in(0..self.len())
    }

    /// The words of some of its characters.
    pub(crate) fn words_in(&self, characters: Range<usize>) -> Vec<(&str, Range<usize>)> {
        let cut = JIEBA.tokenize(self.slice(&characters), TokenizeMode::Default, false).into_iter();
        cut.map(|token| (token.word, characters.start + token.start..characters.start + token.end)).collect()
    }

    /// Some of its characters.
    pub(crate) fn slice(&self, characters: &Range<usize>) -> &str {
        let offset = |place| self.text.char_indices().nth(place).map_or(self.text.len(), |(offset, _)| offset);
        self.text.get(offset(characters.start)..offset(characters.end)).unwrap_or_default()
    }

    /// Every word of the dictionary in it, however they overlap, and the single characters that are in none.
    ///
    /// The search mode of the segmenter leaves out words of four characters inside longer ones: 科技大学 in 华中科技大学.
    pub(crate) fn all_words(&self) -> Vec<(&str, Range<usize>)> {
        let all = JIEBA.cut_all(&self.text).into_iter().filter(|token| token.end > token.start + 1);
        let all = all.map(|token| (token.word, token.start..token.end));
        let mut words: Vec<(&str, Range<usize>)> = self.words();
        words.extend(all);
        words.sort_unstable_by_key(|(_, place)| (place.start, place.end));
        words.dedup();
        words
    }

    /// Pairs of neighbouring characters, marked so that they are not taken for words.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = String> {
        self.text.chars().zip(self.text.chars().skip(1)).map(|(first, second)| format!("{PAIR}{first}{second}"))
    }
}

/// Begins the term of a pair of characters.
pub(crate) const PAIR: char = '~';

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Characters from U+3400 to U+9FFF, each as its simplified form.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table: Vec<char> =
        ('\u{3400}'..='\u{9fff}').map(|one| fast2s::convert(&one.to_string()).chars().next().unwrap_or(one)).collect();
    // Japanese forms whose simplified Chinese form differs.
    const SHINJITAI: &str = "亜亚 悪恶 圧压 囲围 壱壹 隠隐 栄荣 営营 衛卫 駅驿 円圆 塩盐 縁缘 艶艳 応应 \
        桜樱 仮假 価价 懐怀 絵绘 拡扩 殻壳 覚觉 楽乐 渇渴 巻卷 陥陷 勧劝 寛宽 関关 \
        歓欢 観观 気气 帰归 犠牺 拠据 挙举 郷乡 暁晓 駆驱 勲勋 薫薰 恵惠 掲揭 渓溪 \
        経经 蛍萤 軽轻 継继 鶏鸡 芸艺 撃击 県县 倹俭 剣剑 険险 圏圈 検检 権权 顕显 \
        験验 厳严 効效 広广 鉱矿 黒黑 済济 砕碎 斎斋 剤剂 桟栈 賛赞 歯齿 児儿 実实 \
        釈释 収收 従从 渋涩 獣兽 縦纵 粛肃 処处 緒绪 諸诸 奨奖 焼烧 証证 乗乘 浄净 \
        剰剩 畳叠 縄绳 壌壤 嬢娘 譲让 醸酿 図图 粋粹 酔醉 穂穗 髄髓 瀬濑 斉齐 摂摄 \
        専专 戦战 銭钱 繊纤 捜搜 挿插 巣巢 荘庄 総总 騒骚 増增 臓脏 蔵藏 続续 対对 \
        帯带 滝泷 択择 沢泽 単单 団团 弾弹 遅迟 鋳铸 庁厅 徴征 聴听 勅敕 鎮镇 塚冢 \
        逓递 鉄铁 転转 伝传 稲稻 闘斗 徳德 読读 弐贰 悩恼 脳脑 覇霸 拝拜 廃废 売卖 \
        発发 髪发 抜拔 浜滨 払拂 仏佛 併并 並并 塀屏 変变 辺边 弁辩 舗铺 歩步 豊丰 \
        毎每 満满 黙默 訳译 薬药 揺摇 様样 謡谣 頼赖 覧览 竜龙 両两 猟猎 緑绿 隣邻 \
        塁垒 涙泪 霊灵 齢龄 暦历 歴历 練练 錬炼 労劳 録录 栃枥 働动 東东 﨑崎 髙高 \
        濵滨 邊边 邉边 齋斋 齊齐 嶋岛 嶌岛 冨富 桒桑";
    for pair in SHINJITAI.split_whitespace() {
        let mut pair = pair.chars();
        if let (Some(from), Some(to)) = (pair.next(), pair.next())
            && let Some(entry) = table_place(from).and_then(|place| table.get_mut(place))
        {
            *entry = to;
        }
    }
    table
});

fn table_place(character: char) -> Option<usize> {
    usize::try_from(u32::from(character).checked_sub(0x3400)?).ok()
}

/// The simplified form of a character, whether it is traditional, Japanese or a compatibility form.
pub fn simplified(character: char) -> char {
    let known = |one: char| table_place(one).and_then(|place| SIMPLIFIED.get(place)).copied();
    known(character)
        .or_else(|| {
            let mut compatible = std::iter::once(character).nfkc();
            let one = compatible.next()?;
            Some(known(one).unwrap_or(one))
        })
        .unwrap_or(character)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Han,
    Unspaced,
    Mark,
    Invisible,
    Other,
}

fn class(character: char) -> Class {
    if character.is_ascii() {
        return if character.is_ascii_alphanumeric() { Class::Letter } else { Class::Other };
    }
    match character {
        'ー' | 'ｰ' | 'ﾞ' | 'ﾟ' => return Class::Unspaced,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
            return Class::Invisible;
        }
        '\u{2bc}' => return Class::Other,
        _ => {}
    }
    match character.script() {
        Script::Han => Class::Han,
        _ if is_combining_mark(character) => Class::Mark,
        Script::Hiragana
        | Script::Katakana
        | Script::Thai
        | Script::Lao
        | Script::Khmer
        | Script::Myanmar
        | Script::Tibetan
        | Script::Javanese
        | Script::Balinese
            if character.is_alphanumeric() =>
        {
            Class::Unspaced
        }
        _ if character.is_alphanumeric() => Class::Letter,
        _ => Class::Other,
    }
}

/// What may stand inside a word without ending it.
fn connects(character: char) -> bool {
    matches!(
        character,
        '&' | '+' | '.' | '\'' | '’' | '‘' | '`' | '´' | '\u{2bc}' | '＇' | '-' | '‐' | '‑' | '–' | '_' | '－' | '＆'
    )
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | '‘' | '`' | '´' | '\u{2bc}' | '＇')
}

/// The pieces of a text, in their order.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut reader = Reader { text, characters: text.char_indices().collect(), at: 0 };
    let mut pieces = Vec::new();
    while let Some((_, character)) = reader.peek(0) {
        match class(character) {
            Class::Letter => reader.word(&mut pieces),
            Class::Han => pieces.push(reader.han()),
            Class::Unspaced => pieces.push(reader.grams()),
            Class::Mark | Class::Invisible | Class::Other => reader.at += 1,
        }
    }
    pieces
}

struct Reader<'t> {
    text: &'t str,
    characters: Vec<(usize, char)>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<(usize, char)> {
        self.characters.get(self.at + ahead).copied()
    }

    fn offset(&self) -> usize {
        self.peek(0).map_or(self.text.len(), |(offset, _)| offset)
    }

    /// Reads on while the characters are of a class, or belong to it.
    fn run(&mut self, wanted: Class) -> Range<usize> {
        let start = self.offset();
        let mut end = start;
        while let Some((offset, character)) = self.peek(0) {
            let class = class(character);
            if class != wanted && class != Class::Mark && class != Class::Invisible {
                break;
            }
            self.at += 1;
            if class != Class::Invisible {
                end = offset + character.len_utf8();
            }
        }
        start..end
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn word(&mut self, pieces: &mut Vec<Piece>) {
        let mut parts: Vec<(String, Range<usize>, bool)> = Vec::new();
        let mut apostrophe = false;
        loop {
            let range = self.run(Class::Letter);
            parts.push((fold(self.slice(&range)), range, apostrophe));
            let Some((_, connector)) = self.peek(0).filter(|(_, character)| connects(*character)) else { break };
            let letter = |ahead| self.peek(ahead).is_some_and(|(_, next)| class(next) == Class::Letter);
            let single = parts.last().is_some_and(|(part, ..)| part.chars().count() == 1);
            let initials = connector != '.' || (single && letter(1) && !letter(2));
            if !letter(1) || !initials || parts.len() >= PARTS_AT_MOST {
                break;
            }
            apostrophe = is_apostrophe(connector);
            self.at += 1;
        }
        let start = parts.first().map_or(0, |(_, range, _)| range.start);
        let end = parts.last().map_or(0, |(_, range, _)| range.end);
        let folded: String = parts.iter().map(|(part, ..)| part.as_str()).collect();
        if folded.is_empty() {
            return;
        }
        let parts = if parts.len() == 1 {
            Vec::new()
        } else {
            // The s of a genitive says nothing.
            let told =
                parts.into_iter().filter(|(part, _, apostrophe)| !(part.is_empty() || *apostrophe && part == "s"));
            told.map(|(part, range, _)| Part { term: stem(part), range }).collect()
        };
        pieces.push(Piece::Word(Word { term: stem(folded.clone()), folded, parts, range: start..end }));
    }

    fn han(&mut self) -> Piece {
        let mut han = Han { text: String::new(), offsets: Vec::new() };
        let mut end = self.offset();
        while let Some((offset, character)) = self.peek(0) {
            match class(character) {
                Class::Han => {
                    han.text.push(simplified(character));
                    han.offsets.push(offset);
                    end = offset + character.len_utf8();
                }
                Class::Mark | Class::Invisible => {}
                Class::Letter | Class::Unspaced | Class::Other => break,
            }
            self.at += 1;
        }
        han.offsets.push(end);
        Piece::Han(han)
    }

    fn grams(&mut self) -> Piece {
        let range = self.run(Class::Unspaced);
        let written = self.slice(&range);
        // A letter and its signs are one; half-width kana carry theirs as characters of their own.
        let mut letters: Vec<(String, Range<usize>)> = Vec::new();
        for (offset, character) in written.char_indices() {
            let start = range.start + offset;
            let end = start + character.len_utf8();
            let belongs = is_combining_mark(character) || matches!(character, 'ﾞ' | 'ﾟ');
            match letters.last_mut() {
                Some((letter, place)) if belongs => {
                    letter.push(character);
                    place.end = end;
                }
                _ if class(character) == Class::Invisible => {}
                _ => letters.push((character.to_string(), start..end)),
            }
        }
        for (letter, _) in &mut letters {
            *letter = letter
                .nfkc()
                .filter(|character| character.is_alphanumeric() || is_combining_mark(*character))
                .collect();
        }
        letters.retain(|(letter, _)| !letter.is_empty());
        let text = letters.iter().map(|(letter, _)| letter.as_str()).collect();
        let parts = if let [(letter, place)] = letters.as_slice() {
            vec![Part { term: letter.clone(), range: place.clone() }]
        } else {
            let pairs = letters.iter().zip(letters.iter().skip(1));
            pairs.map(|((a, from), (b, to))| Part { term: format!("{a}{b}"), range: from.start..to.end }).collect()
        };
        Piece::Grams(Grams { text, parts, range })
    }
}

/// A word in small letters without accents.
fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(word.len());
    for character in word.nfkd().flat_map(char::to_lowercase) {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ŧ' => folded.push('t'),
            'ŋ' => folded.push('n'),
            'ı' => folded.push('i'),
            'ə' => folded.push('e'),
            'ς' => folded.push('σ'),
            _ if is_combining_mark(character) && is_accent(character) => {}
            _ if class(character) == Class::Invisible || character.is_whitespace() => {}
            _ => folded.push(character),
        }
    }
    if folded.is_ascii() { folded } else { folded.nfc().collect() }
}

/// Whether a mark may be missing without making another word. The vowel signs of Indian scripts may not.
fn is_accent(mark: char) -> bool {
    matches!(
        mark.script(),
        Script::Inherited | Script::Common | Script::Arabic | Script::Hebrew | Script::Syriac | Script::Cyrillic
    )
}

/// The word without the s of its plural (D. Harman's S stemmer).
fn stem(mut word: String) -> String {
    if word.len() < 4 || !word.is_ascii() {
        return word;
    }
    let ends = |ending: &str| word.ends_with(ending);
    if ends("ies") && !ends("eies") && !ends("aies") {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if (ends("es") && !ends("aes") && !ends("ees") && !ends("oes"))
        || (ends("s") && !ends("es") && !ends("us") && !ends("ss"))
    {
        word.truncate(word.len() - 1);
    }
    word
}

/// Whether a term says so little that a query is met without it.
pub(crate) fn is_stop_word(term: &str) -> bool {
    matches!(
        term,
        "of" | "the"
            | "and"
            | "for"
            | "or"
            | "in"
            | "at"
            | "on"
            | "from"
            | "with"
            | "by"
            | "who"
            | "which"
            | "that"
            | "could"
            | "can"
            | "working"
            | "从事"
            | "研究"
            | "或"
            | "或者"
            | "to"
            | "a"
            | "an"
            | "de"
            | "la"
            | "le"
            | "les"
            | "des"
            | "du"
            | "di"
            | "da"
            | "do"
            | "dos"
            | "das"
            | "del"
            | "della"
            | "der"
            | "die"
            | "und"
            | "et"
            | "y"
            | "e"
            | "el"
            | "los"
            | "las"
            | "l"
            | "d"
            | "s"
            | "von"
            | "fur"
            | "的"
            | "与"
            | "和"
            | "及"
            | "之"
    )
}

/// What a word is short for in the addresses of citation indexes, `Chinese Acad Sci`; as terms.
pub(crate) fn written_out(term: &str) -> &'static [&'static str] {
    match term {
        "acad" => &["academy"],
        "agr" => &["agricultural", "agriculture"],
        "coll" => &["college"],
        "ctr" => &["center", "centre"],
        "engn" => &["engineering"],
        "hosp" => &["hospital"],
        "inst" => &["institute"],
        "lab" => &["laboratory"],
        "natl" => &["national"],
        "res" => &["research"],
        "sci" => &["science"],
        "technol" => &["technology"],
        "univ" => &["university"],
        _ => &[],
    }
}

/// The letters of the longest syllable, `zhuang`.
const SYLLABLE_AT_MOST: usize = 6;

/// Syllables of Mandarin without tones.
static SYLLABLES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let spoken = ('\u{4e00}'..='\u{9fa5}').filter_map(|character| character.to_pinyin());
    let written = spoken.flat_map(|syllable| spellings(syllable.plain()));
    written.filter(|syllable| syllable.len() > 1 || matches!(syllable.as_str(), "a" | "e" | "o")).collect()
});

/// Whether a term is a syllable of pinyin.
pub(crate) fn is_syllable(term: &str) -> bool {
    SYLLABLES.contains(term)
}

/// Whether a term is nothing but syllables of pinyin.
pub(crate) fn is_pinyin(term: &str) -> bool {
    // Where a syllable can end, as offsets.
    let mut ends = vec![0];
    for end in 1..=term.len() {
        let begins = |start: &&usize| term.get(**start..end).is_some_and(is_syllable);
        if ends.iter().rev().take_while(|start| end - **start <= SYLLABLE_AT_MOST).any(|start| begins(&start)) {
            ends.push(end);
        }
    }
    ends.last() == Some(&term.len()) && !term.is_empty()
}

/// How a syllable is typed: `ü` as `v` or `u`.
fn spellings(plain: &str) -> Vec<String> {
    if plain.contains('ü') {
        vec![plain.replace('ü', "v"), plain.replace('ü', "u")]
    } else if let Some(rest) = plain.strip_prefix("lv").or_else(|| plain.strip_prefix("nv")) {
        let first = plain.chars().next().unwrap_or('l');
        vec![plain.to_owned(), format!("{first}u{rest}")]
    } else {
        vec![plain.to_owned()]
    }
}

/// The syllables a character is read as, the usual one in names of places and institutions first.
fn readings(character: char) -> Vec<String> {
    let several: &[&str] = match character {
        '重' => &["zhong", "chong"],
        '长' => &["chang", "zhang"],
        '厦' => &["xia", "sha"],
        '陕' => &["shan", "shaan"],
        '乐' => &["le", "yue"],
        '行' => &["xing", "hang"],
        '朝' => &["chao", "zhao"],
        '都' => &["du", "dou"],
        '藏' => &["zang", "cang"],
        '单' => &["dan", "shan"],
        '传' => &["chuan", "zhuan"],
        '会' => &["hui", "kuai"],
        '大' => &["da"],
        '校' => &["xiao"],
        '地' => &["di"],
        '家' => &["jia"],
        '石' => &["shi"],
        '调' => &["diao", "tiao"],
        '曾' => &["zeng", "ceng"],
        '沈' => &["shen"],
        '蚌' => &["beng", "bang"],
        '六' => &["liu", "lu"],
        '泌' => &["mi", "bi"],
        '番' => &["fan", "pan"],
        '什' => &["shi", "shen"],
        '仔' => &["zai", "zi"],
        '堡' => &["bao", "pu"],
        '率' => &["lv", "shuai", "lu"],
        _ => &[],
    };
    if several.is_empty() {
        character.to_pinyin().map(|reading| spellings(reading.plain())).unwrap_or_default()
    } else {
        several.iter().map(|&reading| reading.to_owned()).collect()
    }
}

/// How Chinese words are written in pinyin, at most four ways; none if a character has no reading.
pub(crate) fn pinyin(word: &str) -> Vec<String> {
    spell(word, |syllable| syllable)
}

/// The first letters of the syllables, at most four ways.
pub(crate) fn initials(word: &str) -> Vec<String> {
    spell(word, |syllable| syllable.get(..1).unwrap_or_default())
}

fn spell(word: &str, written: impl Fn(&str) -> &str) -> Vec<String> {
    let mut spelt = vec![String::new()];
    for character in word.chars() {
        let mut ways = readings(character);
        if ways.is_empty() {
            return Vec::new();
        }
        ways.truncate(if spelt.len() > 2 { 1 } else { 2 });
        let longer = spelt.iter().flat_map(|before| ways.iter().map(move |way| (before, way)));
        let mut next: Vec<String> = longer.map(|(before, way)| format!("{before}{}", written(way))).collect();
        next.sort_unstable();
        next.dedup();
        spelt = next;
    }
    spelt
}

/// The text by which a name is put in order: folded, Chinese by its pinyin.
pub(crate) fn order_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut add = |word: &str| {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    };
    for piece in pieces(name) {
        match piece {
            Piece::Word(word) => add(&word.folded),
            Piece::Grams(grams) => add(&grams.text),
            Piece::Han(han) => {
                for character in han.text.chars() {
                    match readings(character).first() {
                        Some(reading) => add(reading),
                        None => add(character.encode_utf8(&mut [0; 4])),
                    }
                }
            }
        }
    }
    if key.is_empty() { name.to_owned() } else { key }
}

/// The one form in which a whole name is compared: its words without those that say little.
pub(crate) fn whole(pieces: &[Piece]) -> String {
    let words = |all: bool| {
        let kept = pieces.iter().map(|piece| match piece {
            Piece::Word(word) => word.term.as_str(),
            Piece::Han(han) => han.text.as_str(),
            Piece::Grams(grams) => grams.text.as_str(),
        });
        kept.filter(|word| all || !is_stop_word(word)).collect::<Vec<_>>().join("_")
    };
    let told = words(false);
    if told.is_empty() { words(true) } else { told }
}

/// The unit in which phrases are found: a word, or one Chinese character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Atom<'p> {
    pub(crate) text: &'p str,
    /// The piece it belongs to.
    pub(crate) piece: usize,
    /// Its place in the piece.
    pub(crate) place: usize,
}

/// The atoms of some pieces.
pub(crate) fn atoms(pieces: &[Piece]) -> Vec<Atom<'_>> {
    let mut atoms = Vec::new();
    for (piece, of) in pieces.iter().enumerate() {
        match of {
            Piece::Word(word) => {
                atoms.extend(word.words().enumerate().map(|(place, (text, _))| Atom { text, piece, place }));
            }
            Piece::Han(han) => {
                let characters = han.text.char_indices().enumerate();
                atoms.extend(characters.filter_map(|(place, (offset, character))| {
                    let text = han.text.get(offset..offset + character.len_utf8())?;
                    Some(Atom { text, piece, place })
                }));
            }
            Piece::Grams(grams) => atoms.push(Atom { text: &grams.text, piece, place: 0 }),
        }
    }
    atoms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::index_terms;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = index_terms(&pieces(text));
        terms.retain(|term| !term.starts_with(PAIR));
        terms
    }

    #[test]
    fn words_of_alphabets_are_folded_and_lose_their_plural() {
        for (text, expected) in [
            ("Universities", "university"),
            ("INSTITUTES", "institute"),
            ("Sciences", "science"),
            ("campus", "campus"),
            ("Business", "business"),
            ("Université", "universite"),
            ("Universite\u{301}", "universite"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("Århus", "arhus"),
            ("Ærø", "aero"),
            ("İstanbul", "istanbul"),
            ("Diyarbakır", "diyarbakir"),
            ("ＡＢＣ", "abc"),
            ("ﬁsica", "fisica"),
            ("Đà", "da"),
            ("Ελλάς", "ελλασ"),
            ("Алексей", "алексеи"),
            ("CO2", "co2"),
            ("विश्वविद्यालय", "विश्वविद्यालय"),
            ("서울대학교", "서울대학교"),
            ("جامعة", "جامعة"),
        ] {
            assert_eq!(terms(text), [expected], "{text}");
        }
    }

    #[test]
    fn joined_words_are_kept_whole_and_parted() {
        for (text, expected) in [
            ("A&M", vec!["am", "a", "m"]),
            ("R&D", vec!["rd", "r", "d"]),
            ("Xi'an", vec!["xian", "xi", "an"]),
            ("Children’s", vec!["children", "children"]),
            ("King's", vec!["king", "king"]),
            ("Max-Planck", vec!["maxplanck", "max", "planck"]),
            ("U.S.", vec!["us", "u", "s"]),
            ("St. Mary", vec!["st", "mary"]),
            ("end.Begin", vec!["end", "begin"]),
            ("a/b", vec!["a", "b"]),
        ] {
            assert_eq!(terms(text), expected, "{text}");
        }
    }

    #[test]
    fn chinese_is_one_in_every_script() {
        for (text, simplified) in [
            ("臺灣大學", "台湾大学"),
            ("東京大学", "东京大学"),
            ("広島大学", "广岛大学"),
            ("北海道薬科大学", "北海道药科大学"),
            ("金沢医科大学", "金泽医科大学"),
            ("図書館", "图书馆"),
            ("電気通信大学", "电气通信大学"),
            ("鶴見大学歯学部", "鹤见大学齿学部"),
            ("京都芸術大学", "京都艺术大学"),
            ("福島県立", "福岛县立"),
            ("\u{2f24}学", "大学"),
        ] {
            let pieces = pieces(text);
            let [Piece::Han(han)] = pieces.as_slice() else { panic!("{text} is one run") };
            assert_eq!(han.text, simplified, "{text}");
        }
    }

    #[test]
    fn chinese_is_cut_into_all_its_words() {
        assert_eq!(terms("华中科技大学"), ["华中", "华中科", "华中科技", "华中科技大学", "中科", "科技", "大学"]);
        assert!(terms("清华大学").contains(&"清华".to_owned()));
        let pieces = pieces("清华大学");
        let [Piece::Han(han)] = pieces.as_slice() else { panic!("one run") };
        assert_eq!(han.pairs().collect::<Vec<_>>(), ["~清华", "~华大", "~大学"]);
        assert_eq!(han.range(2..4), 6..12);
    }

    #[test]
    fn writing_without_spaces_becomes_pairs() {
        assert_eq!(terms("センター"), ["セン", "ンタ", "ター"]);
        assert_eq!(terms("ｾﾝﾀｰ"), ["セン", "ンタ", "ター"]);
        assert_eq!(terms("ガ"), ["ガ"]);
        assert_eq!(terms("ｶﾞ"), ["ガ"]);
        assert_eq!(terms("มหา"), ["มห", "หา"]);
        assert_eq!(terms("東京センターABC"), ["东京", "セン", "ンタ", "ター", "abc"]);
    }

    #[test]
    fn pinyin_knows_the_names_of_places() {
        for (word, spelt) in [
            ("重庆", "chongqing"),
            ("厦门", "xiamen"),
            ("长春", "changchun"),
            ("长沙", "changsha"),
            ("山西", "shanxi"),
            ("陕西", "shaanxi"),
            ("陕西", "shanxi"),
            ("成都", "chengdu"),
            ("西藏", "xizang"),
            ("清华大学", "qinghuadaxue"),
            ("吕梁", "lvliang"),
            ("吕梁", "luliang"),
        ] {
            assert!(pinyin(word).contains(&spelt.to_owned()), "{word}: {:?}", pinyin(word));
            assert!(pinyin(word).len() <= 4);
        }
        assert_eq!(initials("清华大学"), ["qhdx"]);
        for syllable in ["qing", "hua", "da", "xue", "lv", "nv", "a", "zhuang"] {
            assert!(is_syllable(syllable), "{syllable}");
        }
        for word in ["university", "b", "qinghua", ""] {
            assert!(!is_syllable(word), "{word}");
        }
        for word in ["qing", "qinghua", "shanghaijiaotongdaxue", "xian", "zhuangzu"] {
            assert!(is_pinyin(word), "{word}");
        }
        for word in ["university", "b", "qinghuab", "bqinghua", "", "清华", "lübeck"] {
            assert!(!is_pinyin(word), "{word}");
        }
    }

    #[test]
    fn whole_names_and_order_keys() {
        assert_eq!(whole(&pieces("The University of Tokyo")), "university_tokyo");
        assert_eq!(whole(&pieces("清華大學（深圳）")), "清华大学_深圳");
        assert_eq!(whole(&pieces("of the")), "of_the");
        assert_eq!(whole(&pieces("!!!")), "");
        assert_eq!(order_key("Universités de Liège"), "universites de liege");
        assert_eq!(order_key("清華大學"), "qing hua da xue");
        assert_eq!(order_key("!!!"), "!!!");
    }

    #[test]
    fn nothing_to_say_has_no_pieces() {
        for text in ["", " ", "()", "***", "🧪🔬", "\0\0", "،。、", "\u{202e}\u{200f}", "\u{301}\u{301}"] {
            assert!(pieces(text).is_empty(), "{text:?}");
        }
    }
}
