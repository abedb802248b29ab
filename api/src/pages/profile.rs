//! The page of a profile. Its names are in it; a script asks for the rest, as everybody may over GraphQL.

use async_graphql::ID;
use eligibility::{Lang, Localized};
use profile::ProfileId;
use search::QueryError;
use service::{Directory, Listing};

use super::html::{escape, fill};
use super::language;
use crate::schema::node;

const SHELL: &str = include_str!("../../assets/profile.html");

/// The listed profile of an id: its own, as mails have it, or the one it has over GraphQL.
pub(super) fn find(directory: &Directory, text: &str) -> Result<Option<Listing>, QueryError> {
    let key = match node::parts(&ID::from(text)) {
        Ok((kind, key)) if kind == "Profile" => key,
        _ => text.to_owned(),
    };
    let Ok(id) = key.parse::<ProfileId>() else { return Ok(None) };
    directory.listing(id)
}

/// The page of a listing; without one, a page that says so.
pub(super) fn render(listing: Option<&Listing>, path: &str, lang: Lang) -> String {
    let missing = Localized::new("没有公开的资料", "No public profile");
    let name = listing.map_or(missing, |listing| listing.profile.display_names());
    let content = match listing {
        Some(listing) => shown(listing, &name, lang),
        None => gone(&name, lang),
    };
    let (path, title) = (escape(path), escape(name.text(lang)));
    let text = |zh: &'static str, en: &'static str| language::said(lang, zh, en);
    let mut values = language::choice(lang).to_vec();
    values.extend([
        ("path", path.as_str()),
        ("title", title.as_str()),
        ("content", content.as_str()),
        ("skip", text("跳到正文", "Skip to the text")),
        ("pages", text("页面", "Pages")),
        ("account", text("账户", "Account")),
        ("explorer", text("查询器", "Explorer")),
    ]);
    fill(SHELL, &values)
}

fn shown(listing: &Listing, name: &Localized, lang: Lang) -> String {
    let (first, other) = (name.text(lang), name.text(language::other(lang)));
    let second = if other == first {
        String::new()
    } else {
        format!("<p class=\"second\" lang=\"{}\">{}</p>\n", language::tag(language::other(lang)), escape(other))
    };
    format!(
        "<h1>{first}</h1>\n{second}<p class=\"told\" id=\"told\" role=\"status\"></p>\n\
         <noscript><p class=\"told bad\">{script}</p></noscript>\n<div id=\"profile\" data-id=\"{id}\"></div>\n",
        first = escape(first),
        script = language::said(lang, "查看其余内容需要 JavaScript。", "The rest of this page needs JavaScript."),
        id = escape(&node::id("Profile", &listing.id.to_string())),
    )
}

fn gone(title: &Localized, lang: Lang) -> String {
    let why = language::said(
        lang,
        "此地址没有公开的单位资料：资料可能尚未发布、已被停用或归档，也可能地址有误。资料的成员登录后仍可在账户页看到它。",
        "No institution’s profile is public at this address: it may not be published yet, be suspended or archived, or the address \
         may be wrong. Its members still find it on the account page once they sign in.",
    );
    format!(
        "<h1>{title}</h1>\n<p class=\"lead\">{why}</p>\n<p class=\"acts\"><a class=\"button\" href=\"/account?lang={here}\">{account}</a>\
         <a class=\"button\" href=\"/explorer?lang={here}#example=profiles\">{search}</a></p>\n",
        title = escape(title.text(lang)),
        here = language::parameter(lang),
        account = language::said(lang, "账户", "Account"),
        search = language::said(lang, "查找单位", "Look for institutions"),
    )
}
