//! Text that people read, in both languages.

use async_graphql::{Context, Enum, Object};
use eligibility::{Lang, Localized};

/// A language of texts.
/// 文字的语言。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum Language {
    /// Simplified Chinese.
    /// 简体中文。
    Zh,
    /// English.
    /// 英文。
    En,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Zh => Self::Zh,
            Language::En => Self::En,
        }
    }
}

/// A text in Chinese and in English.
/// 中英双语文字。
#[derive(Clone)]
pub(crate) struct LocalizedText(Localized);

impl From<&Localized> for LocalizedText {
    fn from(text: &Localized) -> Self {
        Self(text.clone())
    }
}

impl From<Localized> for LocalizedText {
    fn from(text: Localized) -> Self {
        Self(text)
    }
}

/// A text in Chinese and in English.
/// 中英双语文字。
#[Object]
impl LocalizedText {
    /// Simplified Chinese.
    /// 简体中文。
    async fn zh(&self) -> &str {
        &self.0.zh
    }

    /// English.
    /// 英文。
    async fn en(&self) -> &str {
        &self.0.en
    }

    /// The text in one language.
    /// 指定语言的文字。
    async fn text(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The language; without it, the one the request prefers (Accept-Language).\n语言；不填时按请求的 Accept-Language。"
        )]
        lang: Option<Language>,
    ) -> &str {
        let lang = lang.map(Lang::from).or_else(|| context.data_opt::<Lang>().copied());
        self.0.text(lang.unwrap_or_default())
    }
}
