//! What the letters say, each in both languages.

use askama::Template;
use eligibility::{Lang, Localized};

use crate::error::Error;
use crate::policy::ProfileRole;

/// Hours that the link to confirm an address is good for.
pub(crate) const VERIFICATION_HOURS: i64 = 24;
/// Hours that the link to set a new password is good for.
pub(crate) const RESET_HOURS: i64 = 1;
/// Days that an invitation can be accepted.
pub(crate) const INVITATION_DAYS: i64 = 14;

/// Characters of a subject, and of a name that somebody gave to something.
const SUBJECT_AT_MOST: usize = 150;
const NAME_AT_MOST: usize = 80;

/// A letter, and what is particular to it.
#[derive(Clone, Debug)]
pub(crate) enum Letter {
    /// To the address of a new account: confirm it.
    VerifyEmail {
        /// Confirms it.
        link: String,
    },
    /// To somebody who signs up again: there is an account.
    AlreadyRegistered {
        /// Where to sign in.
        link: String,
    },
    /// To somebody who forgot the password.
    ResetPassword {
        /// Where to set a new one.
        link: String,
    },
    /// The password was changed.
    PasswordChanged,
    /// To the new address of an account: confirm it.
    ChangeEmail {
        /// Confirms it.
        link: String,
    },
    /// To the old address of an account: it has another one.
    EmailChanged,
    /// The account was deleted.
    AccountDeleted,
    /// To somebody who is to become a member of a profile.
    Invitation {
        /// What the institution is called.
        profile: String,
        /// Who invites.
        inviter: String,
        /// What the new member may do.
        role: ProfileRole,
        /// Where to answer.
        link: String,
    },
    /// Something of the inbox.
    Notice {
        /// What it tells.
        subject: String,
        /// What more there is to say, a paragraph each.
        text: Vec<String>,
        /// Where to look at it.
        link: Option<String>,
    },
    /// What is new in the inbox.
    Digest {
        /// What is new, a line each.
        entries: Vec<String>,
        /// Where to look at it.
        link: Option<String>,
    },
}

/// A letter as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rendered {
    /// One line.
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// What a letter says in one language.
struct Written {
    subject: String,
    paragraphs: Vec<String>,
    entries: Vec<String>,
    action: Option<Action>,
    /// How long the link is good for, and what else there is to know.
    notes: Vec<String>,
    /// Why the reader got it, and what to do if it was not asked for.
    reason: String,
}

/// The one thing to do.
struct Action {
    label: String,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/layout.txt")]
struct TextLayout<'a> {
    greeting: &'a str,
    colon: &'a str,
    sender: &'a str,
    letter: &'a Written,
}

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct HtmlLayout<'a> {
    lang: &'a str,
    greeting: &'a str,
    sender: &'a str,
    letter: &'a Written,
}

impl Letter {
    /// The letter in a language, as text and as HTML.
    pub(super) fn render(&self, lang: Lang) -> Result<Rendered, Error> {
        let (tag, greeting, colon, sender) = match lang {
            Lang::Zh => (
                "zh-CN",
                "您好：",
                "：",
                "联合（Lianhe）——国际联合研究合作机构名录。本邮件由系统自动发出，请勿直接回复。",
            ),
            Lang::En => (
                "en",
                "Hello,",
                ":",
                "Lianhe, the directory of institutions for joint international research. This mail was sent by the service \
                 itself; replies to it are not read.",
            ),
        };
        let letter = &self.write(lang);
        let text = TextLayout { greeting, colon, sender, letter }.render().map_err(Error::Mail)?;
        let html = HtmlLayout { lang: tag, greeting, sender, letter }.render().map_err(Error::Mail)?;
        Ok(Rendered { subject: letter.subject.clone(), text, html })
    }

    fn write(&self, lang: Lang) -> Written {
        let say = |zh: &str, en: &str| match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        };
        let letter = |subject: String, paragraphs: Vec<String>, reason: String| Written {
            subject: line(&subject, SUBJECT_AT_MOST),
            paragraphs: paragraphs.iter().map(|paragraph| lines(paragraph)).collect(),
            entries: Vec::new(),
            action: None,
            notes: Vec::new(),
            reason,
        };
        let once = |amount: i64, unit: &Localized| {
            let unit = unit.text(lang);
            match lang {
                Lang::Zh => format!("该链接自本邮件发出起 {amount} {unit}内有效，且只能使用一次。"),
                Lang::En => {
                    format!("The link is good for {amount} {unit} after this mail was written, and works once.")
                }
            }
        };
        let hours = |amount: i64| Localized::new("小时", if amount == 1 { "hour" } else { "hours" });
        match self {
            Self::VerifyEmail { link } => letter(
                say("请验证您的电子邮箱", "Confirm your e-mail address"),
                vec![say(
                    "感谢您注册联合（Lianhe）账号。请打开下面的链接验证此邮箱，完成注册；验证之前，账号无法登录。",
                    "Thank you for signing up for an account with Lianhe. Open the link below to confirm this address and finish \
                     signing up. Until then the account cannot be used to sign in.",
                )],
                say(
                    "您收到此邮件，是因为有人用此邮箱地址注册了账号。若非您本人操作，忽略本邮件即可：未经验证的账号不会启用。",
                    "You got this mail because somebody signed up with this address. If that was not you, ignore it: an account \
                     whose address is not confirmed stays unusable.",
                ),
            )
            .with_action(say("验证邮箱", "Confirm the address"), link)
            .with_note(once(VERIFICATION_HOURS, &hours(VERIFICATION_HOURS))),
            Self::AlreadyRegistered { link } => letter(
                say("您已有账号", "You already have an account"),
                vec![say(
                    "有人想用此邮箱地址注册账号，或把某个账号的邮箱改为此地址，但该地址已有账号，因此没有任何改动。如果是您本人，请直接用它\
                     登录；忘记密码时，可在登录页重设。",
                    "Somebody wanted to sign up with this address, or to give it to an account. It has an account already, so \
                     nothing was changed. If it was you, sign in with it; if you forgot your password, you can set a new one from \
                     there.",
                )],
                say(
                    "您收到此邮件，是因为有人在注册或更改账号邮箱时填写了此地址。若非您本人操作，忽略本邮件即可。",
                    "You got this mail because somebody gave this address when signing up or changing an account. If that was not \
                     you, ignore it.",
                ),
            )
            .with_action(say("登录", "Sign in"), link),
            Self::ResetPassword { link } => letter(
                say("重设密码", "Set a new password"),
                vec![say(
                    "我们收到了重设您账号密码的请求。请打开下面的链接设置新密码。设置之后，账号在所有设备上都会退出登录。",
                    "We were asked to let you set a new password for your account. Open the link below to choose one. The account \
                     is then signed out everywhere.",
                )],
                say(
                    "您收到此邮件，是因为有人申请重设此邮箱所属账号的密码。若非您本人操作，忽略本邮件即可：密码不变。",
                    "You got this mail because somebody asked for a new password for the account with this address. If that was \
                     not you, ignore it: your password stays as it is.",
                ),
            )
            .with_action(say("设置新密码", "Choose a new password"), link)
            .with_note(once(RESET_HOURS, &hours(RESET_HOURS))),
            Self::PasswordChanged => letter(
                say("您的密码已更改", "Your password was changed"),
                vec![
                    say(
                        "您账号的密码刚刚更改，其他设备上的登录均已失效，需用新密码重新登录。",
                        "The password of your account was changed just now. Sign-ins on other devices have ended; sign in there \
                         again with the new password.",
                    ),
                    say(
                        "若非您本人操作，请立即在登录页选择“忘记密码”重设密码，并告知名录管理员。",
                        "If that was not you, set a new password at once with “forgot password” on the page where you sign in, \
                         and tell the administrators of the directory.",
                    ),
                ],
                say(
                    "您收到此邮件，是因为账号安全有变动时我们总会通知账号的邮箱；此类通知无法关闭。",
                    "You got this mail because we always tell the address of an account when its security changes; such mails \
                     cannot be switched off.",
                ),
            ),
            Self::ChangeEmail { link } => letter(
                say("请确认新的邮箱地址", "Confirm your new e-mail address"),
                vec![say(
                    "有人申请把账号的邮箱改为此地址。请打开下面的链接确认；确认之前，账号仍使用原邮箱。确认之后，须用新邮箱重新登录。",
                    "An account is to have this address from now on. Open the link below to confirm that; until then the account \
                     keeps its old address. After that, sign in again with the new one.",
                )],
                say(
                    "您收到此邮件，是因为有人在更改账号邮箱时填写了此地址。若非您本人操作，忽略本邮件即可：不会有任何改动。",
                    "You got this mail because somebody gave this address as the new one of an account. If that was not you, \
                     ignore it: nothing changes.",
                ),
            )
            .with_action(say("确认新邮箱", "Confirm the new address"), link)
            .with_note(once(VERIFICATION_HOURS, &hours(VERIFICATION_HOURS))),
            Self::EmailChanged => letter(
                say("您账号的邮箱已更改", "The e-mail address of your account was changed"),
                vec![
                    say(
                        "您的账号已改用另一个邮箱地址，今后的邮件将发往新地址，此地址不再能用于登录。",
                        "Your account has another e-mail address now. Mails go there from now on, and this address can no longer \
                         be used to sign in.",
                    ),
                    say(
                        "若非您本人操作，请立即联系名录管理员。",
                        "If that was not you, write to the administrators of the directory at once.",
                    ),
                ],
                say(
                    "您收到此邮件，是因为此地址此前是该账号的邮箱；更改邮箱时我们总会通知原地址。",
                    "You got this mail because this was the address of the account until now; we always tell the old address.",
                ),
            ),
            Self::AccountDeleted => letter(
                say("您的账号已删除", "Your account was deleted"),
                vec![
                    say(
                        "您的账号已按要求删除，姓名、邮箱、密码、登录记录和收件箱均已清除。历史记录仅以编号保留所做的操作，不含个人信息。",
                        "Your account was deleted as asked for: name, address, password, sign-ins and inbox are gone. The history \
                         keeps what was done under a number, with nothing personal.",
                    ),
                    say(
                        "此操作无法撤销。若非您本人操作，请立即联系名录管理员。",
                        "This cannot be undone. If that was not you, write to the administrators of the directory at once.",
                    ),
                ],
                say(
                    "您收到此邮件，是因为此地址是该账号的邮箱。这是最后一封邮件，此地址已不再保存。",
                    "You got this mail because this was the address of the account. It is the last one: the address is no longer \
                     kept.",
                ),
            ),
            Self::Invitation { profile, inviter, role, link } => {
                let (profile, inviter) = (line(profile, NAME_AT_MOST), line(inviter, NAME_AT_MOST));
                let role = role_word(*role);
                let (subject, text) = match lang {
                    Lang::Zh => {
                        let inviter = if inviter.is_empty() { "名录管理员".to_owned() } else { format!("“{inviter}”") };
                        (
                            format!("邀请您共同维护“{profile}”"),
                            format!("{inviter}邀请您以{}的身份参与维护“{profile}”在联合（Lianhe）名录中的资料。", role.zh),
                        )
                    }
                    Lang::En => {
                        let inviter =
                            if inviter.is_empty() { "An administrator".to_owned() } else { format!("“{inviter}”") };
                        (
                            format!("Invitation to look after “{profile}”"),
                            format!(
                                "{inviter} invites you to look after the profile of “{profile}” in the directory Lianhe, as \
                                 {}.",
                                role.en
                            ),
                        )
                    }
                };
                let answer = say(
                    "请打开下面的链接，登录或注册后接受或谢绝邀请。请使用收到本邮件的邮箱地址登录。",
                    "Open the link below, sign in or sign up with the address that this mail came to, and accept or decline.",
                );
                let days = Localized::new("天", "days");
                letter(
                    subject,
                    vec![text, answer],
                    say(
                        "您收到此邮件，是因为该机构资料的所有者填写了此邮箱地址。若您不认识邀请人或无意参与，忽略本邮件即可：\
                         不接受就不会成为成员。",
                        "You got this mail because an owner of that profile gave this address. If you do not know who invites you, \
                         or do not want to take part, ignore it: nobody becomes a member without accepting.",
                    ),
                )
                .with_action(say("查看邀请", "See the invitation"), link)
                .with_note(once(INVITATION_DAYS, &days))
            }
            Self::Notice { subject, text, link } => {
                let paragraphs = std::iter::once(subject).chain(text).cloned().collect();
                let written = letter(subject.clone(), paragraphs, inbox_reason(lang));
                written.with_link(say("查看详情", "See more"), link.as_deref())
            }
            Self::Digest { entries, link } => {
                let count = entries.len();
                let (subject, text) = match (lang, count) {
                    (Lang::Zh, _) => (format!("您有 {count} 条新通知"), "自上次汇总以来，收件箱中有以下新通知："),
                    (Lang::En, 1) => ("1 new notification".to_owned(), "This is new in your inbox since the last summary:"),
                    (Lang::En, _) => {
                        (format!("{count} new notifications"), "These are new in your inbox since the last summary:")
                    }
                };
                let mut written = letter(subject, vec![text.to_owned()], inbox_reason(lang))
                    .with_link(say("打开收件箱", "Open the inbox"), link.as_deref());
                written.entries = entries.iter().map(|entry| line(entry, SUBJECT_AT_MOST)).collect();
                written
            }
        }
    }
}

impl Written {
    fn with_action(self, label: String, link: &str) -> Self {
        self.with_link(label, Some(link))
    }

    fn with_link(mut self, label: String, link: Option<&str>) -> Self {
        self.action = link.map(|link| Action { label, link: link.to_owned() });
        self
    }

    fn with_note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }
}

fn role_word(role: ProfileRole) -> Localized {
    match role {
        ProfileRole::Viewer => Localized::new("查看者", "a viewer"),
        ProfileRole::Editor => Localized::new("编辑", "an editor"),
        ProfileRole::Owner => Localized::new("所有者", "an owner"),
    }
}

fn inbox_reason(lang: Lang) -> String {
    let text = match lang {
        Lang::Zh => {
            "您收到此邮件，是因为您在联合（Lianhe）有账号，且邮件内容与该账号或您参与的资料有关。收件箱的通知可在账号设置中改为定期汇总或\
             关闭，账号安全通知除外。若不清楚某个链接的来由，忽略它即可：登录后在收件箱中也能看到同样的内容。"
        }
        Lang::En => {
            "You got this mail because you have an account with Lianhe, and it concerns that or a profile you take part in. In the \
             settings of your account you can have summaries instead of such mails, or none; only mails about the account's \
             security always come. A link that you do not expect can be ignored: the same is in your inbox once you have signed \
             in."
        }
    };
    text.to_owned()
}

/// One line, without what cannot be seen: neither a header nor a paragraph can be smuggled in with a name.
fn line(text: &str, at_most: usize) -> String {
    let shown: String = text.chars().filter(|letter| letter.is_whitespace() || is_shown(*letter)).collect();
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(at_most) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default().trim_end()),
        None => words,
    }
}

/// Lines as they were written, without what cannot be seen.
fn lines(text: &str) -> String {
    text.chars()
        .filter(|letter| matches!(letter, '\n' | '\t') || is_shown(*letter))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Neither a control character nor a mark that turns the direction of writing.
fn is_shown(letter: char) -> bool {
    let turns =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !letter.is_control() && !turns
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://lianhe.example.org/go?token=AbC-_123&x=1";
    const EVIL: &str = "<script>alert('x')</script>\r\nBcc: other@example.org\u{202e}\u{7}";

    fn letters() -> Vec<Letter> {
        let link = || LINK.to_owned();
        let invitation =
            |role| Letter::Invitation { profile: EVIL.to_owned(), inviter: EVIL.to_owned(), role, link: link() };
        let mut letters = vec![
            Letter::VerifyEmail { link: link() },
            Letter::AlreadyRegistered { link: link() },
            Letter::ResetPassword { link: link() },
            Letter::PasswordChanged,
            Letter::ChangeEmail { link: link() },
            Letter::EmailChanged,
            Letter::AccountDeleted,
            Letter::Invitation {
                profile: "清华大学".to_owned(),
                inviter: String::new(),
                role: ProfileRole::Owner,
                link: link(),
            },
            Letter::Notice { subject: EVIL.to_owned(), text: vec![EVIL.to_owned()], link: Some(link()) },
            Letter::Notice { subject: "字".repeat(400), text: Vec::new(), link: None },
            Letter::Digest { entries: vec![EVIL.to_owned(), "第二条".to_owned()], link: Some(link()) },
            Letter::Digest { entries: vec!["One".to_owned()], link: None },
        ];
        letters.extend([ProfileRole::Viewer, ProfileRole::Editor, ProfileRole::Owner].map(invitation));
        letters
    }

    fn has_chinese(text: &str) -> bool {
        text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
    }

    #[test]
    fn every_letter_is_whole_in_both_languages() {
        for letter in letters() {
            let zh = letter.render(Lang::Zh).expect("rendered");
            let en = letter.render(Lang::En).expect("rendered");
            assert!(zh.text.starts_with("您好：\n\n") && en.text.starts_with("Hello,\n\n"), "{letter:?}");
            assert!(zh.html.contains("<html lang=\"zh-CN\">") && en.html.contains("<html lang=\"en\">"), "{letter:?}");
            assert_ne!(zh.text, en.text);
            for rendered in [zh, en] {
                let Rendered { subject, text, html } = rendered;
                assert!(!subject.is_empty() && subject.chars().count() <= SUBJECT_AT_MOST + 1, "{subject}");
                assert!(!subject.chars().any(char::is_control), "{subject:?}");
                assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
                assert!(!text.contains("\n\n\n") && !text.contains('\u{202e}'), "{text:?}");
                // Why it came, at the end of both.
                let why = text.rsplit("\n-- \n").next().expect("an end");
                assert!(
                    why.starts_with("您收到此邮件，是因为") || why.starts_with("You got this mail because"),
                    "{why}"
                );
                assert!(!html.contains("<script") && !html.contains("Bcc: other@example.org\u{202e}"), "{html}");
                assert!(html.ends_with("</html>") && html.matches("<div").count() == html.matches("</div>").count());
            }
        }
    }

    #[test]
    fn what_somebody_wrote_is_text_and_nothing_else() {
        let letter = Letter::Invitation {
            profile: "A & B <b>".to_owned(),
            inviter: EVIL.to_owned(),
            role: ProfileRole::Editor,
            link: LINK.to_owned(),
        };
        let rendered = letter.render(Lang::En).expect("rendered");
        assert_eq!(rendered.subject, "Invitation to look after “A & B <b>”");
        let sentence = "“<script>alert('x')</script> Bcc: other@example.org” invites you to look after the profile of \
                        “A & B <b>” in the directory Lianhe, as an editor.\n";
        assert!(rendered.text.contains(sentence), "{}", rendered.text);
        let escaped = "“&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62; Bcc: other@example.org” invites you";
        assert!(rendered.html.contains(escaped), "{}", rendered.html);
        assert!(rendered.html.contains("<title>Invitation to look after “A &#38; B &#60;b&#62;”</title>"));
        // The link is alone on its line, and in the HTML both clickable and readable.
        assert!(rendered.text.contains(&format!("\nSee the invitation:\n{LINK}\n")), "{}", rendered.text);
        assert_eq!(rendered.html.matches("https://lianhe.example.org/go?token=AbC-_123&#38;x=1").count(), 2);
        let long = Letter::Invitation {
            profile: "名".repeat(300),
            inviter: String::new(),
            role: ProfileRole::Owner,
            link: LINK.to_owned(),
        };
        let rendered = long.render(Lang::Zh).expect("rendered");
        assert_eq!(rendered.subject, format!("邀请您共同维护“{}…”", "名".repeat(NAME_AT_MOST)));
        assert!(rendered.text.contains("\n名录管理员邀请您以所有者的身份"), "{}", rendered.text);
    }

    #[test]
    fn a_link_says_how_long_it_is_good_for_and_that_it_may_be_ignored() {
        let link = LINK.to_owned();
        let invitation = Letter::Invitation {
            profile: "P".to_owned(),
            inviter: "I".to_owned(),
            role: ProfileRole::Viewer,
            link: link.clone(),
        };
        for (letter, zh, en) in [
            (Letter::VerifyEmail { link: link.clone() }, "24 小时内有效", "good for 24 hours after"),
            (Letter::ChangeEmail { link: link.clone() }, "24 小时内有效", "good for 24 hours after"),
            (Letter::ResetPassword { link }, "1 小时内有效", "good for 1 hour after"),
            (invitation, "14 天内有效", "good for 14 days after"),
        ] {
            for (lang, limit, ignore) in [(Lang::Zh, zh, "忽略本邮件即可"), (Lang::En, en, "ignore it")] {
                let Rendered { text, html, .. } = letter.render(lang).expect("rendered");
                for form in [text, html] {
                    assert!(form.contains(limit) && form.contains(ignore), "{form}");
                }
            }
        }
        assert!(has_chinese(&Letter::PasswordChanged.render(Lang::Zh).expect("rendered").subject));
        assert!(!has_chinese(&Letter::PasswordChanged.render(Lang::En).expect("rendered").text));
    }

    #[test]
    fn a_notice_and_a_digest_read_like_this() {
        let notice = Letter::Notice {
            subject: "The profile of “X” was published".to_owned(),
            text: vec!["Well done.\nThe moderators".to_owned()],
            link: Some(LINK.to_owned()),
        };
        let rendered = notice.render(Lang::En).expect("rendered");
        assert_eq!(rendered.subject, "The profile of “X” was published");
        let expected = format!(
            "Hello,\n\nThe profile of “X” was published\n\nWell done.\nThe moderators\n\nSee more:\n{LINK}\n\n-- \n"
        );
        assert!(rendered.text.starts_with(&expected), "{}", rendered.text);
        let digest = Letter::Digest { entries: vec!["甲".to_owned(), "乙".to_owned()], link: Some(LINK.to_owned()) };
        let rendered = digest.render(Lang::Zh).expect("rendered");
        assert_eq!(rendered.subject, "您有 2 条新通知");
        let expected =
            format!("您好：\n\n自上次汇总以来，收件箱中有以下新通知：\n\n* 甲\n* 乙\n\n打开收件箱：\n{LINK}\n\n-- \n");
        assert!(rendered.text.starts_with(&expected), "{}", rendered.text);
        assert!(rendered.html.contains("<li>甲</li>\n<li>乙</li>"), "{}", rendered.html);
    }
}
