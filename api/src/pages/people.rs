//! The pages behind the links of mails, and the account. What they say is in their script, which also takes the token of a link out
//! of the address; nothing here reads it.

use eligibility::Lang;

use super::html::fill;
use super::language;

macro_rules! part {
    ($name:literal) => {
        include_str!(concat!("../../assets/account/", $name))
    };
}

const SHELL: &str = part!("shell.html");

/// A page for one purpose.
pub(super) struct Page {
    pub(super) path: &'static str,
    /// What its texts are named by.
    key: &'static str,
    steps: &'static [&'static str],
}

/// All of them; mails link to each.
pub(super) static ALL: [Page; 5] = [
    Page { path: "/account", key: "account", steps: &[part!("sign-in.html"), part!("own.html")] },
    Page { path: "/account/verify", key: "verify", steps: &[part!("confirm.html"), part!("again.html")] },
    Page { path: "/account/reset", key: "reset", steps: &[part!("reset.html"), part!("again.html")] },
    Page { path: "/account/email", key: "email", steps: &[part!("confirm.html")] },
    Page { path: "/invitation", key: "invitation", steps: &[part!("sign-in.html"), part!("answer.html")] },
];

/// The page in one language.
pub(super) fn render(page: &Page, lang: Lang) -> String {
    let steps: String = page.steps.iter().map(|step| fill(step, &[("page", page.key)])).collect();
    let mut values = language::choice(lang).to_vec();
    values.extend([("page", page.key), ("path", page.path), ("steps", &steps)]);
    fill(SHELL, &values)
}
