//! Lays text out for a terminal: hanging indents, lists, tables; Chinese characters take two columns.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Nothing set apart.
pub(crate) const PLAIN: Style = Style::new();
/// What matters most.
pub(crate) const STRONG: Style = Style::new().bold();
/// What may be skipped.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Met.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Not met.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Not known.
pub(crate) const OPEN: Style = AnsiColor::Yellow.on_default().bold();

/// Longer lines are hard to read, however wide the terminal is.
const WIDEST: usize = 100;
/// Narrower than this nothing can be laid out.
const NARROWEST: usize = 40;
/// Where what belongs to an entry of a list begins.
pub(crate) const ENTRY: usize = 4;
/// The width when nothing tells it.
const USUAL: usize = 80;

/// The width to lay out for: the terminal's, or that of the variable `COLUMNS`.
pub(crate) fn width() -> usize {
    let terminal = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    let terminal = terminal.map(|(width, _)| usize::from(width.0));
    let told = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal.or_else(told).unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
}

/// Columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// A text that is being laid out.
#[derive(Debug)]
pub(crate) struct Page {
    width: usize,
    text: String,
}

impl Page {
    /// An empty page of a width.
    pub(crate) fn new(width: usize) -> Self {
        Self { width, text: String::new() }
    }

    /// The page, with the codes of its styles.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// An empty line, unless there is one already or nothing before it.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A heading with an empty line before it.
    pub(crate) fn heading(&mut self, text: &str) {
        self.gap();
        self.paragraph(0, STRONG, text);
    }

    /// A paragraph.
    pub(crate) fn paragraph(&mut self, indent: usize, style: Style, text: &str) {
        self.item(indent, PLAIN, "", style, text);
    }

    /// A paragraph behind a label, further lines below the text and not below the label.
    pub(crate) fn item(&mut self, indent: usize, label_style: Style, label: &str, style: Style, text: &str) {
        let label = visible(label);
        let hang = indent + columns(&label);
        let hang = if hang + NARROWEST / 2 > self.width { indent + 2 } else { hang };
        self.lay(indent, hang, (label_style, &label), (style, text));
    }

    /// A paragraph behind a label, further lines a little to the right of where the label begins.
    pub(crate) fn entry(&mut self, label_style: Style, label: &str, style: Style, text: &str) {
        self.lay(0, ENTRY, (label_style, &visible(label)), (style, text));
    }

    fn lay(&mut self, indent: usize, hang: usize, (label_style, label): (Style, &str), (style, text): (Style, &str)) {
        let text = visible(text);
        let first = self.width.saturating_sub(indent + columns(label));
        let lines = wrap(&text, first, self.width.saturating_sub(hang));
        for (index, line) in lines.iter().enumerate() {
            let (before, label) = if index == 0 { (indent, label) } else { (hang, "") };
            push(&mut self.text, before, label_style, label);
            push(&mut self.text, 0, style, line);
            self.end_line();
        }
    }

    /// Several texts behind one label, each beginning a line.
    pub(crate) fn list(&mut self, indent: usize, label: &str, style: Style, texts: &[String]) {
        let continued = " ".repeat(columns(label));
        for (index, text) in texts.iter().enumerate() {
            self.item(indent, FAINT, if index == 0 { label } else { &continued }, style, text);
        }
    }

    /// A table. The last column takes the width that the others leave, and wraps.
    pub(crate) fn table(&mut self, indent: usize, rows: &[Vec<Cell>]) {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count.saturating_sub(1))
            .map(|column| {
                rows.iter()
                    .filter(|row| column + 1 < row.len())
                    .filter_map(|row| row.get(column))
                    .map(|cell| columns(&visible(&cell.text)))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in rows {
            let mut at = indent;
            let mut line = " ".repeat(indent);
            let Some((last, others)) = row.split_last() else { continue };
            for (cell, width) in others.iter().zip(&widths) {
                let text = visible(&cell.text);
                let room = width.saturating_sub(columns(&text));
                let (before, after) = if cell.to_the_right { (room, 0) } else { (0, room) };
                push(&mut line, before, cell.style, &text);
                line.push_str(&" ".repeat(after + 2));
                at += width + 2;
            }
            let text = visible(&last.text);
            let room = self.width.saturating_sub(at).max(NARROWEST / 2);
            for (index, part) in wrap(&text, room, room).iter().enumerate() {
                if index > 0 {
                    line = " ".repeat(at);
                }
                push(&mut line, 0, last.style, part);
                self.text.push_str(&line);
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        self.text.push('\n');
    }
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
    to_the_right: bool,
}

impl Cell {
    /// A cell.
    pub(crate) fn new(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style, to_the_right: false }
    }

    /// A cell of plain text.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new(PLAIN, text)
    }

    /// A cell for numbers.
    pub(crate) fn number(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style, to_the_right: true }
    }
}

fn push(line: &mut String, indent: usize, style: Style, text: &str) {
    line.push_str(&" ".repeat(indent));
    if text.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = write!(line, "{style}{text}{style:#}");
}

/// Lines that fit. Words of a script with spaces stay whole, so that addresses and names of facts can be copied; they may
/// stick out.
fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut from = 0;
    let letters = text.char_indices();
    let breaks =
        letters.clone().zip(letters.skip(1)).filter(|((_, a), (_, b))| may_break(*a, *b)).map(|(_, (at, _))| at);
    for to in breaks.chain([text.len()]) {
        let piece = text.get(from..to).unwrap_or_default();
        from = to;
        let room = if lines.is_empty() { first } else { rest };
        if !line.is_empty() && columns(&line) + columns(piece.trim_end()) > room {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        line.push_str(piece);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Whether a line may end between two letters: after a space, and beside a Chinese character unless punctuation binds it.
fn may_break(before: char, after: char) -> bool {
    if before.is_whitespace() || after.is_whitespace() {
        return before.is_whitespace() && !after.is_whitespace();
    }
    let is_wide = |letter: char| letter.width() == Some(2);
    (is_wide(before) || is_wide(after)) && !OPENING.contains(before) && !CLOSING.contains(after)
}

/// Never at the end of a line.
const OPENING: &str = "（［｛「『【〈《“‘([{";
/// Never at the beginning of a line.
const CLOSING: &str = "，。、；：？！）］｝」』】〉》”’…—～·％,.;:?!)]}%";

/// The text without what would steer the terminal or turn its direction round.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let steers = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|letter| match letter {
                '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
                letter if steers(letter) => '\u{fffd}',
                letter => letter,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_wraps_between_characters_and_keeps_punctuation_with_its_word() {
        assert_eq!(wrap("外方合作单位应为高等学校。", 12, 12), ["外方合作单位", "应为高等学", "校。"]);
        assert_eq!(wrap("须在“中国境外”注册", 6, 9), ["须在", "“中国境", "外”注册"]);
    }

    #[test]
    fn an_address_is_not_torn() {
        assert_eq!(
            wrap("见 https://example.org/a/long/path（网页）", 12, 12),
            ["见", "https://example.org/a/long/path", "（网页）"]
        );
    }

    #[test]
    fn further_lines_hang_below_the_text() {
        let mut page = Page::new(40);
        page.item(2, PLAIN, "原文  ", PLAIN, "one two three four five six seven eight nine ten");
        assert_eq!(page.finish(), "  原文  one two three four five six\n        seven eight nine ten\n");
    }

    #[test]
    fn columns_of_a_table_line_up_under_double_width() {
        let mut page = Page::new(40);
        let row = |a: &str, n: &str, b: &str| vec![Cell::plain(a), Cell::number(PLAIN, n), Cell::plain(b)];
        page.table(0, &[row("编号", "项目", "名称"), row("1.1", "10", "x")]);
        assert_eq!(page.finish(), "编号  项目  名称\n1.1     10  x\n");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\nd"), "a\u{fffd}[2Jb\u{fffd}c d");
        assert!(matches!(visible("中"), Cow::Borrowed("中")));
    }
}
