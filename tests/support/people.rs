//! Several people at once, and those whom an administrator has appointed.

use entity::account;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use service::{Actor, GlobalRole};

use crate::app::{App, PASSWORD, Person, code};

/// A small document, as a scanner makes it.
pub(crate) const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>\
endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// What a value holds at a place, as text.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| missing(value, pointer))
}

#[expect(clippy::panic, reason = "a test that cannot go on fails")]
fn missing(value: &Value, pointer: &str) -> ! {
    panic!("no text at {pointer}: {value}")
}

/// People who sign up together, follow the links of their mails, and sign in.
pub(crate) fn join<const N: usize>(app: &App, emails: [&str; N]) -> [Person; N] {
    for email in emails {
        let name = email.split('@').next().unwrap_or_default();
        let input = json!({ "email": email, "password": PASSWORD, "name": name, "language": "EN" });
        app.change(None, "signUp", "isAccepted", &input);
    }
    emails.map(|email| {
        app.change(None, "verifyEmail", "isVerified", &json!({ "token": app.mailed_token(email) }));
        app.sign_in(email, None)
    })
}

/// Gives somebody a global role; whoever gets a second factor signs in with it.
pub(crate) async fn appoint(app: &App, person: &Person, role: GlobalRole, has_factor: bool) -> Person {
    let secret = has_factor.then(|| {
        let token = Some(person.token.as_str());
        let begun = app.change(token, "beginSecondFactor", "secondFactor { secret }", &json!({ "password": PASSWORD }));
        let secret = text(&begun, "/secondFactor/secret").to_owned();
        app.change(token, "confirmSecondFactor", "", &json!({ "code": code(&secret) }));
        secret
    });
    let role = service::accounts::admin::set_role(&app.platform, &Actor::System, &person.email, role).await;
    role.expect("a role");
    // Each code works once; half a minute later there is another.
    account::Entity::update_many()
        .col_expr(account::Column::TotpLastStep, Expr::value(1_i64))
        .filter(account::Column::Email.eq(&person.email))
        .exec(app.platform.database().connection())
        .await
        .expect("changed");
    app.sign_in(&person.email, secret)
}

/// The token of the next invitation that is mailed to somebody, whatever else is.
pub(crate) fn invitation(app: &App, email: &str) -> String {
    loop {
        let mail = app.mails.wait_for(email);
        if let Some((_, after)) = mail.text.split_once("/invitation?token=") {
            return after.chars().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_')).collect();
        }
    }
}

/// Puts a document on file; returns its id.
pub(crate) fn file(app: &App, token: &str, profile: &str, purpose: &str) -> String {
    let input = json!({ "profile": profile, "purpose": purpose, "name": "paper.pdf", "size": PDF.len() });
    let staged = app.change(Some(token), "stageEvidence", "staged { evidenceId uploadUrl }", &input);
    let response = app.transfer("PUT", text(&staged, "/staged/uploadUrl"), &["content-type: application/pdf"], PDF);
    assert!(matches!(response.status, 200 | 201 | 204), "{} {}", response.status, response.text());
    text(&staged, "/staged/evidenceId").to_owned()
}
