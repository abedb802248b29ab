//! Automatic checks of a profile for whoever reviews it: what cannot be, what is unlikely, what is missing.
//!
//! A check never decides. It points at what a person should look at, and stays silent where it cannot tell.

mod credit_code;
mod leak;
mod likeness;

use std::cmp::Reverse;

use eligibility::date::{Date, PartialDate};
use eligibility::vocabulary::{FactDefinition, FactType};
use eligibility::{Library, Localized};
use url::Url;

use crate::content::{Assurance, Attested, Name, NameKind, Profile, Stated, fact};
use crate::identifier::{Identifier, Scheme};
use crate::judge::member;
use crate::ror::{Recogniser, belongs_to_riken};

/// How much a check matters, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Unlikely, or missing: to be looked at.
    Warning,
    /// It cannot be so.
    Error,
}

impl Severity {
    /// The severity as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its kind, for programs.
    pub code: CheckCode,
    /// How much it matters.
    pub severity: Severity,
    /// What was found, in words.
    pub message: Localized,
    /// What it is about: names of facts below `member.`, or else parts of a profile (`names`, `identifiers`, `website`, …).
    pub facts: Vec<String>,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal $severity:ident,)+) => {
        /// The kind of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CheckCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl CheckCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as programs write it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)+
                }
            }
        }
    };
}

codes! {
    /// A fact that the vocabulary does not have, or whose value it does not know.
    FactUnreadable "FACT_UNREADABLE" Error,
    /// An identifier whose form or check digits are wrong.
    IdentifierInvalid "IDENTIFIER_INVALID" Error,
    /// The ORCID iD of a person whose form or check digit is wrong.
    OrcidInvalid "ORCID_INVALID" Error,
    /// A credit code that the declared kind of institution cannot have.
    CreditCodeAgainstKind "CREDIT_CODE_AGAINST_KIND" Error,
    /// A credit code that the declared kind of institution seldom has.
    CreditCodeUnusualForKind "CREDIT_CODE_UNUSUAL_FOR_KIND" Warning,
    /// A credit code whose legal form contradicts the declared legal personality.
    CreditCodeAgainstLegalPerson "CREDIT_CODE_AGAINST_LEGAL_PERSON" Error,
    /// A credit code whose legal form the standard does not have.
    CreditCodeFormUnknown "CREDIT_CODE_FORM_UNKNOWN" Warning,
    /// A credit code that was given in another province.
    CreditCodeAgainstSubdivision "CREDIT_CODE_AGAINST_SUBDIVISION" Warning,
    /// A credit code whose administrative division does not exist.
    CreditCodeDivisionUnknown "CREDIT_CODE_DIVISION_UNKNOWN" Warning,
    /// A credit code of an institution that is not of the mainland.
    CreditCodeOutsideMainland "CREDIT_CODE_OUTSIDE_MAINLAND" Error,
    /// An institution of the mainland without credit code.
    CreditCodeMissing "CREDIT_CODE_MISSING" Info,
    /// A registration date in the future.
    RegisteredInFuture "REGISTERED_IN_FUTURE" Error,
    /// A registration date before the year 1000.
    RegisteredTooEarly "REGISTERED_TOO_EARLY" Warning,
    /// A fact that the registry has otherwise.
    RegistryValueChanged "REGISTRY_VALUE_CHANGED" Warning,
    /// A fact that the registry has, and the institution took out.
    RegistryValueRemoved "REGISTRY_VALUE_REMOVED" Warning,
    /// A name unlike all of its language that the registry has.
    NameUnlikeRegistry "NAME_UNLIKE_REGISTRY" Warning,
    /// An identifier that belongs to one institution alone, other than published, or gone.
    IdentifierChanged "IDENTIFIER_CHANGED" Warning,
    /// A verified fact that was changed or taken out.
    VerifiedFactChanged "VERIFIED_FACT_CHANGED" Warning,
    /// A verification that has ended.
    VerificationExpired "VERIFICATION_EXPIRED" Warning,
    /// A name that says another kind of institution than is declared.
    NameAgainstKind "NAME_AGAINST_KIND" Warning,
    /// A name with a word in which letters of two scripts are mixed that look alike.
    NameMixesScripts "NAME_MIXES_SCRIPTS" Warning,
    /// A web site outside the institution's domains.
    WebsiteOutsideDomains "WEBSITE_OUTSIDE_DOMAINS" Warning,
    /// A contact whose e-mail address is outside the institution's domains.
    ContactOutsideDomains "CONTACT_OUTSIDE_DOMAINS" Info,
    /// Staff of RIKEN at an institution that is not RIKEN's and not in Japan.
    RikenStaffElsewhere "RIKEN_STAFF_ELSEWHERE" Warning,
    /// A Hong Kong status of an institution that is not in Hong Kong.
    HongKongStatusElsewhere "HONG_KONG_STATUS_ELSEWHERE" Error,
    /// A Hong Kong status that no call's list of designated organisations has.
    HongKongStatusNotListed "HONG_KONG_STATUS_NOT_LISTED" Warning,
    /// A basic fact that is not given: country, kind or registration date.
    FactMissing "FACT_MISSING" Warning,
    /// No Chinese name.
    ChineseNameMissing "CHINESE_NAME_MISSING" Info,
    /// No English name.
    EnglishNameMissing "ENGLISH_NAME_MISSING" Info,
    /// Nobody to reach.
    ContactMissing "CONTACT_MISSING" Warning,
    /// A public text that holds the address of a web page.
    TextHoldsLink "TEXT_HOLDS_LINK" Warning,
    /// A public text that holds an e-mail address.
    TextHoldsEmail "TEXT_HOLDS_EMAIL" Warning,
    /// A public text that holds a telephone number.
    TextHoldsPhone "TEXT_HOLDS_PHONE" Warning,
    /// A public text that holds an account of a messenger.
    TextHoldsMessenger "TEXT_HOLDS_MESSENGER" Warning,
}

/// A way to reach somebody that a text holds, if any: an e-mail address, a telephone number or an account of a messenger; what
/// kind it is, and the words themselves.
pub fn contact_in(text: &str) -> Option<(Localized, String)> {
    let kinds = leak::KINDS.iter().filter(|(code, _)| *code != CheckCode::TextHoldsLink);
    kinds.into_iter().find_map(|(code, (zh, en))| Some((Localized::new(*zh, *en), leak::find(text, *code)?)))
}

/// Checks a profile, beside the revision that is public now, on a day: the gravest first, then in the order of [`CheckCode`].
pub fn checks(profile: &Profile, published: Option<&Profile>, library: &Library, today: Date) -> Vec<Check> {
    let mut checker = Checker { profile, library, found: Vec::new() };
    checker.facts();
    checker.identifiers();
    checker.credit_codes();
    checker.registration(today);
    if let Some(published) = published {
        checker.against(published);
    }
    checker.verifications(today);
    checker.names();
    checker.domains();
    checker.riken();
    checker.hong_kong();
    checker.missing();
    checker.texts();
    let mut found = checker.found;
    found.sort_by_key(|check| (Reverse(check.severity), check.code));
    found
}

struct Checker<'p> {
    profile: &'p Profile,
    library: &'p Library,
    found: Vec<Check>,
}

impl<'p> Checker<'p> {
    fn find(&mut self, code: CheckCode, facts: &[&str], zh: impl Into<String>, en: impl Into<String>) {
        self.found.push(Check {
            code,
            severity: code.severity(),
            message: Localized::new(zh, en),
            facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
        });
    }

    fn definition(&self, name: &str) -> Option<&'p FactDefinition> {
        self.library.vocabulary.find(&format!("member.{name}")).map(|(_, definition)| definition)
    }

    fn label(&self, name: &str) -> Localized {
        self.definition(name).map_or_else(|| Localized::same(name), |definition| definition.label.clone())
    }

    /// A value in words: of a choice its label, of the rest what is stated.
    fn shown(&self, name: &str, value: &Stated) -> Localized {
        let choices = match self.definition(name).map(|definition| &definition.fact_type) {
            Some(FactType::Choice(choices)) => choices.as_slice(),
            _ => &[],
        };
        match value {
            Stated::Bool(true) => Localized::new("是", "yes"),
            Stated::Bool(false) => Localized::new("否", "no"),
            Stated::Text(word) => choices
                .iter()
                .find(|choice| choice.value == *word)
                .map_or_else(|| Localized::same(word.as_str()), |choice| choice.label.clone()),
            Stated::List(items) if items.is_empty() => Localized::new("无", "none"),
            Stated::List(items) => Localized::new(items.join("、"), items.join(", ")),
        }
    }

    /// The kind that is declared; one that the vocabulary does not know is told of already.
    fn kind(&self) -> Option<&'p str> {
        let kind = self.profile.kind()?;
        match &self.definition(fact::KIND)?.fact_type {
            FactType::Choice(choices) => choices.iter().any(|choice| choice.value == kind).then_some(kind),
            _ => None,
        }
    }

    fn kind_label(&self, kind: &str) -> Localized {
        self.shown(fact::KIND, &Stated::Text(kind.to_owned()))
    }

    fn facts(&mut self) {
        let mut known = Profile::default();
        for (name, stated) in &self.profile.facts {
            if self.definition(name).is_some() {
                known.facts.insert(name.clone(), stated.clone());
            } else {
                let (zh, en) = (format!("没有事实 `{name}`"), format!("there is no fact `{name}`"));
                self.find(CheckCode::FactUnreadable, &[name], zh, en);
            }
        }
        for problem in member(self.library, &known, Assurance::Imported).err().unwrap_or_default() {
            let path = problem.path.split('[').next().unwrap_or_default();
            // What contradicts another fact has no path of its own; of an institution that is its subdivision.
            let facts: &[&str] = if path.is_empty() { &[fact::COUNTRY, fact::SUBDIVISION] } else { &[path] };
            self.find(CheckCode::FactUnreadable, facts, problem.message.zh, problem.message.en);
        }
    }

    fn identifiers(&mut self) {
        for Attested { value, .. } in &self.profile.identifiers {
            if value.scheme() == Scheme::Orcid {
                self.find(
                    CheckCode::IdentifierInvalid,
                    &["identifiers"],
                    format!("ORCID iD `{value}` 属于个人，不是单位的标识符"),
                    format!("ORCID iD `{value}` is a person's, not an institution's"),
                );
            } else if let Some(message) = fault(value) {
                self.find(CheckCode::IdentifierInvalid, &["identifiers"], message.zh, message.en);
            }
        }
        for person in &self.profile.people {
            if let Some(message) = person.orcid.as_ref().and_then(fault) {
                self.find(
                    CheckCode::OrcidInvalid,
                    &["people"],
                    format!("{}：{}", person.name, message.zh),
                    format!("{}: {}", person.name, message.en),
                );
            }
        }
    }

    fn credit_codes(&mut self) {
        let codes: Vec<&Identifier> = self
            .profile
            .identifiers
            .iter()
            .map(|known| &known.value)
            .filter(|known| known.scheme() == Scheme::CreditCode)
            .collect();
        let country = self.profile.country();
        let is_mainland = country.is_some_and(|country| country.as_str() == "CN");
        if is_mainland && codes.is_empty() {
            self.find(
                CheckCode::CreditCodeMissing,
                &["identifiers"],
                "内地单位未填统一社会信用代码",
                "an institution of the mainland without its unified social credit code",
            );
        }
        for code in codes.into_iter().filter(|code| fault(code).is_none()) {
            if let Some(country) = country.filter(|_| !is_mainland) {
                let name = self.library.places.name(country);
                self.find(
                    CheckCode::CreditCodeOutsideMainland,
                    &["identifiers", fact::COUNTRY],
                    format!("统一社会信用代码 {code} 只发给内地单位，注册国家/地区却是{}", name.zh),
                    format!(
                        "only units of the mainland have a credit code such as {code}; the country or region is {}",
                        name.en
                    ),
                );
            }
            self.legal_form(code);
            self.division(code);
        }
    }

    fn legal_form(&mut self, code: &Identifier) {
        use credit_code::{Fit, Form};
        let form = match credit_code::form(code.value()) {
            Form::Known(form) => form,
            Form::Open => return,
            Form::Unknown => {
                let shown: String = code.value().chars().take(2).collect();
                self.find(
                    CheckCode::CreditCodeFormUnknown,
                    &["identifiers"],
                    format!("统一社会信用代码 {code} 的前两位 {shown} 不在 GB 32100-2015 的机构类别中"),
                    format!("credit code {code} begins with {shown}, a legal form that GB 32100-2015 does not have"),
                );
                return;
            }
        };
        let (zh, en) = form.name;
        if let Some(kind) = self.kind() {
            let label = self.kind_label(kind);
            let fit = form.fit(kind);
            let facts = &["identifiers", fact::KIND];
            if fit == Fit::Never {
                self.find(
                    CheckCode::CreditCodeAgainstKind,
                    facts,
                    format!("统一社会信用代码 {code} 属于{zh}，与单位类型“{}”不符", label.zh),
                    format!("credit code {code} is that of {en}; the declared kind, {}, cannot have it", label.en),
                );
            } else if fit == Fit::Seldom {
                self.find(
                    CheckCode::CreditCodeUnusualForKind,
                    facts,
                    format!("统一社会信用代码 {code} 属于{zh}，单位类型为“{}”的少见，请核对", label.zh),
                    format!("credit code {code} is that of {en}; the declared kind, {}, seldom has it", label.en),
                );
            }
        }
        let facts = &["identifiers", fact::LEGAL_PERSON];
        match (self.profile.legal_person(), form.legal_person) {
            (Some(true), Some(false)) => self.find(
                CheckCode::CreditCodeAgainstLegalPerson,
                facts,
                format!("统一社会信用代码 {code} 属于{zh}，不具有法人资格，却填为独立法人"),
                format!("credit code {code} is that of {en}, which is no legal person; it is declared to be one"),
            ),
            (Some(false), Some(true)) => self.find(
                CheckCode::CreditCodeAgainstLegalPerson,
                facts,
                format!("统一社会信用代码 {code} 属于{zh}，依法为法人，却填为非独立法人"),
                format!("credit code {code} is that of {en}, by law a legal person; it is declared to be none"),
            ),
            _ => {}
        }
    }

    fn division(&mut self, code: &Identifier) {
        use credit_code::Division;
        let given = match credit_code::division(code.value()) {
            Division::Province(given) => given,
            Division::National => return,
            Division::Unknown => {
                let shown: String = code.value().chars().skip(2).take(6).collect();
                self.find(
                    CheckCode::CreditCodeDivisionUnknown,
                    &["identifiers"],
                    format!("统一社会信用代码 {code} 中的行政区划码 {shown} 不属于任何省级行政区"),
                    format!("credit code {code} names the administrative division {shown}, which is in no province"),
                );
                return;
            }
        };
        let Some(declared) = self.profile.subdivision() else { return };
        let is_of_mainland = declared.country().is_some_and(|country| country.as_str() == "CN");
        if is_of_mainland && declared.as_str() != given {
            let declared = declared.as_str();
            self.find(
                CheckCode::CreditCodeAgainstSubdivision,
                &["identifiers", fact::SUBDIVISION],
                format!("统一社会信用代码 {code} 由 {given} 的登记机关赋予，所在行政区却是 {declared}"),
                format!("credit code {code} was given in {given}; the declared subdivision is {declared}"),
            );
        }
    }

    fn registration(&mut self, today: Date) {
        let Some(date) = self.profile.registered_on() else { return };
        if date.first() > today {
            self.find(
                CheckCode::RegisteredInFuture,
                &[fact::REGISTERED_ON],
                format!("注册日期 {date} 在今天（{today}）之后"),
                format!("the registration date, {date}, is after today ({today})"),
            );
        }
        if date.last().year() < EARLIEST_YEAR {
            self.find(
                CheckCode::RegisteredTooEarly,
                &[fact::REGISTERED_ON],
                format!("注册日期 {date} 早于公元 {EARLIEST_YEAR} 年"),
                format!("the registration date, {date}, is before the year {EARLIEST_YEAR}"),
            );
        }
    }

    /// What the registry said, what was verified, and whose identifiers it had.
    fn against(&mut self, published: &Profile) {
        for (name, before) in &published.facts {
            let after = self.profile.facts.get(name);
            let label = self.label(name);
            let was = self.shown(name, &before.value);
            match (before.assurance, after) {
                (Assurance::Imported, None) => self.find(
                    CheckCode::RegistryValueRemoved,
                    &[name],
                    format!("{}：登记库为“{}”，现已删去", label.zh, was.zh),
                    format!("{}: “{}” in the registry, now taken out", label.en, was.en),
                ),
                (Assurance::Imported, Some(after))
                    if after.assurance != Assurance::Imported && !agree(&before.value, &after.value) =>
                {
                    let is = self.shown(name, &after.value);
                    self.find(
                        CheckCode::RegistryValueChanged,
                        &[name],
                        format!("{}：登记库为“{}”，现填“{}”", label.zh, was.zh, is.zh),
                        format!("{}: “{}” in the registry, now declared as “{}”", label.en, was.en, is.en),
                    );
                }
                (Assurance::Verified, after) if after.is_none_or(|after| after.value != before.value) => {
                    let is =
                        after.map_or_else(|| Localized::new("无", "nothing"), |after| self.shown(name, &after.value));
                    self.find(
                        CheckCode::VerifiedFactChanged,
                        &[name],
                        format!("{}：已核实为“{}”，现为“{}”", label.zh, was.zh, is.zh),
                        format!("{}: verified as “{}”, now “{}”", label.en, was.en, is.en),
                    );
                }
                _ => {}
            }
        }
        for known in &published.identifiers {
            let gone = !self.profile.identifiers.iter().any(|other| other.value == known.value);
            if gone && known.value.scheme().is_exclusive() {
                let scheme = known.value.scheme();
                let (zh, en) = match self.profile.identifier(scheme) {
                    Some(other) => (format!("改为 {other}"), format!("now {other}")),
                    None => ("已删去".to_owned(), "now taken out".to_owned()),
                };
                let (shown, value) = (scheme.as_str(), &known.value);
                self.find(
                    CheckCode::IdentifierChanged,
                    &["identifiers"],
                    format!("{shown}：公开版本为 {value}，{zh}"),
                    format!("{shown}: {value} in the public revision, {en}"),
                );
            }
        }
        for name in self.profile.names.iter().filter(|name| is_own(name) && name.kind == NameKind::Label) {
            // Names in different languages may have nothing in common.
            let is_comparable = |known: &&Name| !is_own(known) && (name.lang.is_none() || known.lang == name.lang);
            let comparable = published.names.iter().filter(is_comparable);
            let registrys: Vec<&str> = comparable.map(|known| known.text.as_str()).collect();
            let is_new = !published.names.iter().any(|known| known.text == name.text);
            if is_new && likeness::is_unlike(&name.text, &registrys) {
                self.find(
                    CheckCode::NameUnlikeRegistry,
                    &["names"],
                    format!("名称“{}”与登记库中同语言的名称都不相似", name.text),
                    format!("the name “{}” is unlike every name of its language in the registry", name.text),
                );
            }
        }
    }

    fn verifications(&mut self, today: Date) {
        for name in self.profile.expired_verifications(today) {
            let label = self.label(&name);
            let until = self.profile.verifications.get(&name).and_then(|stamp| stamp.until);
            let until = until.map(|until| until.to_string()).unwrap_or_default();
            self.find(
                CheckCode::VerificationExpired,
                &[&name],
                format!("{}：核实已于 {until} 到期", label.zh),
                format!("{}: the verification ended on {until}", label.en),
            );
        }
    }

    fn names(&mut self) {
        let declared_kind = self.profile.facts.get(fact::KIND).filter(|kind| kind.assurance != Assurance::Imported);
        let kind = declared_kind.and_then(|_| self.kind());
        for name in &self.profile.names {
            if let Some(kind) = kind.filter(|_| name.kind == NameKind::Label)
                && likeness::says_another_kind(&name.text, kind)
            {
                let label = self.kind_label(kind);
                self.find(
                    CheckCode::NameAgainstKind,
                    &["names", fact::KIND],
                    format!("名称“{}”与单位类型“{}”不像同一类单位", name.text, label.zh),
                    format!("the name “{}” does not sound like the declared kind, {}", name.text, label.en),
                );
            }
            if is_own(name) && likeness::mixes_scripts(&name.text) {
                self.find(
                    CheckCode::NameMixesScripts,
                    &["names"],
                    format!("名称“{}”的同一词中混有拉丁字母和西里尔字母", name.text),
                    format!("the name “{}” mixes Latin and Cyrillic letters in one word", name.text),
                );
            }
        }
    }

    fn domains(&mut self) {
        let domains = &self.profile.domains;
        if domains.is_empty() {
            return;
        }
        let is_within = |host: &str| domains.iter().any(|domain| are_related(host, domain));
        let website = self.profile.website.as_ref().filter(|website| website.assurance != Assurance::Imported);
        let host = website.and_then(|website| Url::parse(&website.value).ok()?.host_str().map(str::to_owned));
        let listed = domains.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        if let Some(host) = host.filter(|host| !is_within(host)) {
            self.find(
                CheckCode::WebsiteOutsideDomains,
                &["website"],
                format!("网站 {host} 不在登记库所列域名（{listed}）之内"),
                format!("the web site {host} is outside the domains in the registry ({listed})"),
            );
        }
        let email = self.profile.contact.as_ref().and_then(|contact| contact.email.as_deref());
        let host = email.and_then(|email| email.rsplit_once('@')).map(|(_, host)| host.to_lowercase());
        if let Some(host) = host.filter(|host| !is_within(host)) {
            self.find(
                CheckCode::ContactOutsideDomains,
                &["contact"],
                format!("联系邮箱的域名 {host} 不在登记库所列域名（{listed}）之内"),
                format!("the contact's mail is of {host}, outside the domains in the registry ({listed})"),
            );
        }
    }

    fn riken(&mut self) {
        let Some(country) = self.profile.country().filter(|country| country.as_str() != "JP") else { return };
        let is_stated = |word: &str| word != "NONE";
        let of_person =
            |status: &Option<Attested<String>>| status.as_ref().is_some_and(|status| is_stated(&status.value));
        let by_fact = self.profile.word(fact::RIKEN_STAFF).is_some_and(is_stated);
        let by_people = self.profile.people.iter().any(|person| of_person(&person.riken_staff));
        if !(by_fact || by_people) || belongs_to_riken(self.profile) {
            return;
        }
        let mut facts = Vec::new();
        facts.extend(by_fact.then_some(fact::RIKEN_STAFF));
        facts.extend(by_people.then_some("people"));
        let name = self.library.places.name(country);
        self.find(
            CheckCode::RikenStaffElsewhere,
            &facts,
            format!("填报了在理化学研究所的身份，但该单位在{}，也不属于理化学研究所", name.zh),
            format!("a status at RIKEN is stated at an institution of {} that is not RIKEN's", name.en),
        );
    }

    fn hong_kong(&mut self) {
        let Some(stated) = self.profile.facts.get(fact::HK_STATUS) else { return };
        let Some(word) = self.profile.word(fact::HK_STATUS).filter(|word| *word != "NONE") else { return };
        let Some(country) = self.profile.country() else { return };
        let label = self.shown(fact::HK_STATUS, &stated.value);
        if country.as_str() != "HK" {
            let name = self.library.places.name(country);
            self.find(
                CheckCode::HongKongStatusElsewhere,
                &[fact::HK_STATUS, fact::COUNTRY],
                format!("填报为香港{}，注册国家/地区却是{}", label.zh.trim_start_matches("指定香港"), name.zh),
                format!("declared as “{}” of Hong Kong; the country or region is {}", label.en, name.en),
            );
        } else if stated.assurance == Assurance::SelfDeclared {
            let id = self.profile.identifier(Scheme::Ror);
            if Recogniser::new(self.library).designation(id, &self.profile.names, true) == Some(word) {
                return;
            }
            self.find(
                CheckCode::HongKongStatusNotListed,
                &[fact::HK_STATUS],
                format!("填报为香港“{}”，但各指南所附名单中没有，请核对凭证", label.zh),
                format!("declared as “{}” of Hong Kong, which no call's list has; look at the evidence", label.en),
            );
        }
    }

    fn missing(&mut self) {
        for name in [fact::COUNTRY, fact::KIND, fact::REGISTERED_ON] {
            if !self.profile.facts.contains_key(name) {
                let label = self.label(name);
                let (zh, en) = (format!("缺少{}", label.zh), format!("no {}", label.en));
                self.find(CheckCode::FactMissing, &[name], zh, en);
            }
        }
        let is_full = |name: &&Name| name.kind != NameKind::Acronym;
        let has = |is: fn(&Name) -> bool| self.profile.names.iter().filter(is_full).any(is);
        let (chinese, english) = (has(likeness::is_chinese), has(likeness::is_english));
        if !chinese {
            self.find(CheckCode::ChineseNameMissing, &["names"], "缺少中文名称", "no Chinese name");
        }
        if !english {
            self.find(CheckCode::EnglishNameMissing, &["names"], "缺少英文名称", "no English name");
        }
        if !self.profile.contact.as_ref().is_some_and(crate::Contact::is_reachable) {
            self.find(
                CheckCode::ContactMissing,
                &["contact"],
                "缺少联系方式（电子邮箱或电话）",
                "no e-mail address or telephone number to reach it by",
            );
        }
    }

    /// Public texts in which links or ways to reach somebody stand.
    fn texts(&mut self) {
        fn own(part: &Attested<String>) -> Option<&str> {
            (part.assurance != Assurance::Imported).then_some(part.value.as_str())
        }
        let profile = self.profile;
        let names = profile.names.iter().filter(|name| is_own(name)).map(|name| name.text.as_str()).collect();
        let parts: [(&str, (&str, &str), Vec<&str>); 5] = [
            ("names", ("名称", "names"), names),
            ("city", ("城市", "the town"), profile.city.iter().filter_map(own).collect()),
            ("keywords", ("关键词", "the keywords"), profile.keywords.iter().filter_map(own).collect()),
            ("offers", ("可提供", "what it offers"), profile.offers.iter().filter_map(own).collect()),
            ("seeks", ("拟寻求", "what it seeks"), profile.seeks.iter().filter_map(own).collect()),
        ];
        for (part, (part_zh, part_en), texts) in parts {
            for (code, (zh, en)) in leak::KINDS {
                if let Some(found) = texts.iter().find_map(|text| leak::find(text, code)) {
                    self.find(
                        code,
                        &[part],
                        format!("“{part_zh}”中有{zh}：{found}"),
                        format!("{en} in {part_en}: {found}"),
                    );
                }
            }
        }
    }
}

/// No institution was registered before.
const EARLIEST_YEAR: i16 = 1000;

fn is_own(name: &Name) -> bool {
    name.assurance != Assurance::Imported
}

/// What is wrong with an identifier that was stored: it may be older than the check of its digits.
fn fault(identifier: &Identifier) -> Option<Localized> {
    Identifier::parse(identifier.scheme(), identifier.value()).err()
}

/// Whether two values can be those of one fact: dates of which one is vaguer than the other can.
fn agree(one: &Stated, other: &Stated) -> bool {
    let date = |value: &Stated| match value {
        Stated::Text(text) => PartialDate::parse(text),
        Stated::Bool(_) | Stated::List(_) => None,
    };
    match (date(one), date(other)) {
        (Some(one), Some(other)) => one.first() <= other.last() && other.first() <= one.last(),
        _ => one == other,
    }
}

/// Whether a host is of a domain, or the domain of the host: `lib.example.org` and `example.org`, either way round.
fn are_related(host: &str, domain: &str) -> bool {
    let host = host.strip_prefix("www.").unwrap_or(host);
    let domain = domain.strip_prefix("www.").unwrap_or(domain);
    let below = |below: &str, above: &str| below.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'));
    host == domain || below(host, domain) || below(domain, host)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use eligibility::date::parse_day;

    use super::*;
    use crate::content::{Contact, Link, Person, Relation, Stamp};
    use crate::support::LIBRARY;

    fn day(text: &str) -> Date {
        parse_day(text).expect("a day")
    }

    fn text(text: &str) -> Stated {
        Stated::Text(text.to_owned())
    }

    fn identifier(scheme: Scheme, text: &str) -> Attested<Identifier> {
        let value = Identifier::parse(scheme, text).unwrap_or_else(|message| panic!("{}", message.en));
        Attested { value, assurance: Assurance::SelfDeclared }
    }

    /// An identifier as an older version may have stored it.
    fn stored(scheme: &str, value: &str) -> Identifier {
        serde_json::from_value(serde_json::json!({"scheme": scheme, "value": value})).expect("an identifier")
    }

    fn name(text: &str, lang: Option<&str>, assurance: Assurance) -> Name {
        Name { text: text.into(), lang: lang.map(str::to_owned), kind: NameKind::Label, display: false, assurance }
    }

    fn declared(text: &str) -> Option<Attested<String>> {
        Some(Attested { value: text.to_owned(), assurance: Assurance::SelfDeclared })
    }

    /// A university about which there is nothing to say.
    fn university() -> Profile {
        let mut profile = Profile {
            names: vec![
                name("Tsinghua University", Some("en"), Assurance::Imported),
                name("清华大学（北京）", Some("zh"), Assurance::Imported),
            ],
            identifiers: vec![
                Attested::imported(Identifier::parse(Scheme::Ror, "03cve4549").expect("a ROR id")),
                identifier(Scheme::CreditCode, "12100000400000624D"),
            ],
            domains: vec!["tsinghua.edu.cn".into()],
            website: declared("https://www.tsinghua.edu.cn/en"),
            offers: declared("A pilot plant for water treatment, 5 t/d"),
            seeks: declared("欧洲的环境工程团队，2026-2028"),
            contact: Some(Contact { email: Some("kyy@Mail.tsinghua.edu.cn".into()), ..Contact::default() }),
            people: vec![Person {
                name: "张三".into(),
                orcid: Some(Identifier::parse(Scheme::Orcid, "0000-0002-1825-0097").expect("an iD")),
                riken_staff: declared("NONE"),
            }],
            ..Profile::default()
        };
        for (fact, value) in [
            ("country", text("CN")),
            ("subdivision", text("CN-BJ")),
            ("kind", text("UNIVERSITY")),
            ("registered_on", text("1911")),
            ("independent_legal_person", Stated::Bool(true)),
            ("hk_status", text("NONE")),
            ("principal_investigator.riken_staff", text("NONE")),
        ] {
            profile.state(fact, value, Assurance::Imported);
        }
        profile
    }

    /// The university with facts stated otherwise.
    fn with(facts: &[(&str, Stated)]) -> Profile {
        let mut profile = university();
        for (fact, value) in facts {
            profile.state(fact, value.clone(), Assurance::SelfDeclared);
        }
        profile
    }

    /// The university with another credit code.
    fn coded(code: &str, facts: &[(&str, Stated)]) -> Profile {
        let mut profile = with(facts);
        profile.identifiers[1] = identifier(Scheme::CreditCode, &checked(code));
        profile
    }

    /// A code of seventeen characters with its check character, its organisation code being one.
    fn checked(beginning: &str) -> String {
        const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
        let found = ALPHABET.chars().find_map(|last| {
            let code = format!("{beginning}400000624{last}");
            Identifier::parse(Scheme::CreditCode, &code).is_ok().then_some(code)
        });
        found.expect("one of them fits")
    }

    fn changed(change: impl FnOnce(&mut Profile)) -> Profile {
        let mut profile = university();
        change(&mut profile);
        profile
    }

    fn found(profile: &Profile, published: Option<&Profile>) -> Vec<(CheckCode, Vec<String>)> {
        let checks = checks(profile, published, &LIBRARY, day("2026-11-22"));
        for check in &checks {
            assert_eq!(check.severity, check.code.severity());
            assert!(!check.message.zh.is_empty() && !check.message.en.is_empty());
        }
        checks.into_iter().map(|check| (check.code, check.facts)).collect()
    }

    /// Each profile, the published one beside it, and what is found: kind and parts.
    type Case = (Profile, Option<Profile>, Vec<(CheckCode, Vec<&'static str>)>);

    fn cases() -> Vec<Case> {
        use CheckCode as Code;
        let one = |profile: Profile, code: CheckCode, facts: &[&'static str]| -> Case {
            (profile, None, vec![(code, facts.to_vec())])
        };
        let beside = |profile: Profile, code: CheckCode, facts: &[&'static str]| -> Case {
            (profile, Some(university()), vec![(code, facts.to_vec())])
        };
        let none = |profile: Profile| -> Case { (profile, None, Vec::new()) };
        let none_beside = |profile: Profile| -> Case { (profile, Some(university()), Vec::new()) };
        let hong_kong = |change: fn(&mut Profile)| {
            let mut profile =
                with(&[("country", text("HK")), ("hk_status", text("DESIGNATED_PUBLIC_RESEARCH_INSTITUTE"))]);
            profile.facts.remove("subdivision");
            profile.identifiers.clear();
            change(&mut profile);
            profile
        };
        let abroad = |country: &str, change: fn(&mut Profile)| {
            let mut profile = with(&[("country", text(country))]);
            profile.facts.remove("subdivision");
            profile.identifiers.truncate(1);
            change(&mut profile);
            profile
        };
        let riken: fn(&mut Profile) = |profile| {
            profile.state(fact::RIKEN_STAFF, Stated::Text("VISITING".into()), Assurance::SelfDeclared);
        };
        vec![
            none(university()),
            none_beside(university()),
            // Facts and identifiers that were stored before they were checked.
            one(with(&[("kind", text("SCHOOL"))]), Code::FactUnreadable, &["kind"]),
            one(with(&[("colour", text("RED"))]), Code::FactUnreadable, &["colour"]),
            one(with(&[("subdivision", text("BE-WAL"))]), Code::FactUnreadable, &["country", "subdivision"]),
            one(
                changed(|profile| profile.identifiers[0].value = stored("ROR", "03cve4548")),
                Code::IdentifierInvalid,
                &["identifiers"],
            ),
            one(
                changed(|profile| profile.identifiers[1].value = stored("CREDIT_CODE", "12100000400000625D")),
                Code::IdentifierInvalid,
                &["identifiers"],
            ),
            one(
                changed(|profile| profile.identifiers.push(identifier(Scheme::Orcid, "0000-0002-1825-0097"))),
                Code::IdentifierInvalid,
                &["identifiers"],
            ),
            one(
                changed(|profile| profile.people[0].orcid = Some(stored("ORCID", "0000-0002-1825-0098"))),
                Code::OrcidInvalid,
                &["people"],
            ),
            // Credit codes.
            one(with(&[("kind", text("ENTERPRISE"))]), Code::CreditCodeAgainstKind, &["identifiers", "kind"]),
            none(with(&[("kind", text("RESEARCH_INSTITUTE"))])),
            none(coded("91110000", &[("kind", text("ENTERPRISE"))])),
            one(
                coded("91110000", &[("kind", text("NON_PROFIT"))]),
                Code::CreditCodeAgainstKind,
                &["identifiers", "kind"],
            ),
            one(
                coded("91110000", &[("kind", text("RESEARCH_INSTITUTE"))]),
                Code::CreditCodeUnusualForKind,
                &["identifiers", "kind"],
            ),
            none(coded("11110000", &[("kind", text("GOVERNMENT_AGENCY"))])),
            none(coded("51110000", &[("kind", text("NON_PROFIT"))])),
            none(coded("52110000", &[])),
            none(coded("53110000", &[("kind", text("FOUNDATION"))])),
            one(
                coded("92110000", &[("kind", text("ENTERPRISE"))]),
                Code::CreditCodeAgainstLegalPerson,
                &["identifiers", "independent_legal_person"],
            ),
            none(coded("92110000", &[("kind", text("ENTERPRISE")), ("independent_legal_person", Stated::Bool(false))])),
            one(
                coded("53110000", &[("kind", text("FOUNDATION")), ("independent_legal_person", Stated::Bool(false))]),
                Code::CreditCodeAgainstLegalPerson,
                &["identifiers", "independent_legal_person"],
            ),
            none(with(&[("independent_legal_person", Stated::Bool(false))])),
            one(coded("94110000", &[]), Code::CreditCodeFormUnknown, &["identifiers"]),
            none(coded("19110000", &[])),
            none(coded("31110000", &[])),
            none(coded("12110108", &[])),
            one(coded("12440300", &[]), Code::CreditCodeAgainstSubdivision, &["identifiers", "subdivision"]),
            none(changed(|profile| {
                *profile = coded("12440300", &[]);
                profile.facts.remove("subdivision");
            })),
            one(coded("12990000", &[]), Code::CreditCodeDivisionUnknown, &["identifiers"]),
            one(
                changed(|profile| {
                    profile.state("country", text("NZ"), Assurance::Imported);
                    profile.facts.remove("subdivision");
                }),
                Code::CreditCodeOutsideMainland,
                &["identifiers", "country"],
            ),
            one(changed(|profile| profile.identifiers.truncate(1)), Code::CreditCodeMissing, &["identifiers"]),
            none(abroad("NZ", |_| {})),
            // The registration date.
            one(with(&[("registered_on", text("2026-12"))]), Code::RegisteredInFuture, &["registered_on"]),
            none(with(&[("registered_on", text("2026-11"))])),
            none(with(&[("registered_on", text("2026"))])),
            one(with(&[("registered_on", text("0976"))]), Code::RegisteredTooEarly, &["registered_on"]),
            none(with(&[("registered_on", text("1000"))])),
            // What the registry said.
            beside(with(&[("registered_on", text("1925-06"))]), Code::RegistryValueChanged, &["registered_on"]),
            none_beside(with(&[("registered_on", text("1911-04-26"))])),
            beside(with(&[("kind", text("RESEARCH_INSTITUTE"))]), Code::RegistryValueChanged, &["kind"]),
            none_beside(with(&[("kind", text("UNIVERSITY"))])),
            none_beside(changed(|profile| profile.state("kind", text("RESEARCH_INSTITUTE"), Assurance::Imported))),
            beside(
                changed(|profile| {
                    profile.facts.remove("hk_status");
                }),
                Code::RegistryValueRemoved,
                &["hk_status"],
            ),
            beside(
                changed(|profile| profile.names.push(name("Peking University", Some("en"), Assurance::SelfDeclared))),
                Code::NameUnlikeRegistry,
                &["names"],
            ),
            beside(
                changed(|profile| profile.names.push(name("南京大学", None, Assurance::SelfDeclared))),
                Code::NameUnlikeRegistry,
                &["names"],
            ),
            none_beside(changed(|profile| {
                profile.names.push(name("Tsinghua Univ.", Some("en"), Assurance::SelfDeclared));
            })),
            none_beside(changed(|profile| {
                profile.names.push(name("Universität Peking", Some("de"), Assurance::SelfDeclared));
            })),
            beside(
                changed(|profile| profile.identifiers[0] = identifier(Scheme::Ror, "01mv9t934")),
                Code::IdentifierChanged,
                &["identifiers"],
            ),
            (
                changed(|profile| profile.identifiers.truncate(1)),
                Some(university()),
                vec![(Code::IdentifierChanged, vec!["identifiers"]), (Code::CreditCodeMissing, vec!["identifiers"])],
            ),
            none_beside(changed(|profile| profile.identifiers.push(identifier(Scheme::Wikidata, "Q16955")))),
            // What was verified.
            (
                with(&[("registered_on", text("1912"))]),
                Some(changed(|profile| {
                    profile.verify("registered_on", Stamp { on: day("2026-01-31"), until: None });
                })),
                vec![(Code::VerifiedFactChanged, vec!["registered_on"])],
            ),
            (
                with(&[("registered_on", text("1911"))]),
                Some(changed(|profile| {
                    profile.verify("registered_on", Stamp { on: day("2026-01-31"), until: None });
                })),
                Vec::new(),
            ),
            one(
                changed(|profile| {
                    profile.verify("kind", Stamp { on: day("2025-01-31"), until: Some(day("2026-11-21")) });
                }),
                Code::VerificationExpired,
                &["kind"],
            ),
            none(changed(|profile| {
                profile.verify("kind", Stamp { on: day("2025-01-31"), until: Some(day("2026-11-22")) });
            })),
            // Names.
            one(
                changed(|profile| {
                    profile.names[1].text = "清华大学".into();
                    profile.state("kind", text("GOVERNMENT_AGENCY"), Assurance::SelfDeclared);
                }),
                Code::NameAgainstKind,
                &["names", "kind"],
            ),
            none(changed(|profile| {
                profile.names[1].text = "清华大学".into();
                profile.state("kind", text("GOVERNMENT_AGENCY"), Assurance::Imported);
            })),
            one(
                changed(|profile| profile.names.push(name("Tsinghu\u{430}", Some("en"), Assurance::SelfDeclared))),
                Code::NameMixesScripts,
                &["names"],
            ),
            none(changed(|profile| profile.names.push(name("Tsinghu\u{430}", Some("en"), Assurance::Imported)))),
            // Domains.
            one(
                changed(|profile| profile.website = declared("https://www.tsinghua-online.org")),
                Code::WebsiteOutsideDomains,
                &["website"],
            ),
            one(
                changed(|profile| profile.website = declared("https://nottsinghua.edu.cn")),
                Code::WebsiteOutsideDomains,
                &["website"],
            ),
            none(changed(|profile| profile.website = Some(Attested::imported("https://www.example.org".into())))),
            none(changed(|profile| {
                profile.website = declared("https://www.example.org");
                profile.contact = Some(Contact { email: Some("a@example.net".into()), ..Contact::default() });
                profile.domains.clear();
            })),
            none(changed(|profile| {
                profile.website = declared("https://www.tsinghua.edu.cn");
                profile.domains = vec!["mail.tsinghua.edu.cn".into()];
            })),
            one(
                changed(|profile| {
                    profile.contact = Some(Contact { email: Some("a@example.net".into()), ..Contact::default() });
                }),
                Code::ContactOutsideDomains,
                &["contact"],
            ),
            // RIKEN and Hong Kong.
            one(changed(riken), Code::RikenStaffElsewhere, &["principal_investigator.riken_staff"]),
            one(
                changed(|profile| profile.people[0].riken_staff = declared("FULL_RESEARCHER")),
                Code::RikenStaffElsewhere,
                &["people"],
            ),
            none(abroad("JP", riken)),
            none(changed(|profile| {
                profile.state(fact::RIKEN_STAFF, text("VISITING"), Assurance::SelfDeclared);
                profile.links.push(Link {
                    relation: Relation::Parent,
                    target: Identifier::parse(Scheme::Ror, "01sjwvz98").expect("RIKEN"),
                    name: "RIKEN".into(),
                    assurance: Assurance::Imported,
                });
            })),
            one(with(&[("hk_status", text("RD_CENTRE"))]), Code::HongKongStatusElsewhere, &["hk_status", "country"]),
            one(hong_kong(|_| {}), Code::HongKongStatusNotListed, &["hk_status"]),
            none(hong_kong(|profile| profile.identifiers = vec![identifier(Scheme::Ror, "02zhqgq86")])),
            none(hong_kong(|profile| {
                profile.verify("hk_status", Stamp { on: day("2026-01-31"), until: None });
            })),
            none(hong_kong(|profile| profile.state("hk_status", text("NONE"), Assurance::SelfDeclared))),
            // What is missing.
            one(
                changed(|profile| {
                    profile.facts.remove("kind");
                }),
                Code::FactMissing,
                &["kind"],
            ),
            (
                changed(|profile| {
                    for fact in ["country", "subdivision", "registered_on"] {
                        profile.facts.remove(fact);
                    }
                }),
                None,
                vec![(Code::FactMissing, vec!["country"]), (Code::FactMissing, vec!["registered_on"])],
            ),
            one(changed(|profile| profile.names.truncate(1)), Code::ChineseNameMissing, &["names"]),
            one(changed(|profile| profile.names[1].kind = NameKind::Acronym), Code::ChineseNameMissing, &["names"]),
            none(changed(|profile| profile.names[1].lang = None)),
            one(changed(|profile| profile.names = profile.names.split_off(1)), Code::EnglishNameMissing, &["names"]),
            one(changed(|profile| profile.contact = None), Code::ContactMissing, &["contact"]),
            one(
                changed(|profile| {
                    profile.contact = Some(Contact { name: Some("张三".into()), ..Contact::default() })
                }),
                Code::ContactMissing,
                &["contact"],
            ),
            none(changed(|profile| {
                profile.contact = Some(Contact { phone: Some("+86 10 6278 1234".into()), ..Contact::default() });
            })),
            // What public texts hold.
            one(
                changed(|profile| profile.offers = declared("见 https://example.org")),
                Code::TextHoldsLink,
                &["offers"],
            ),
            one(
                changed(|profile| profile.seeks = declared("联系 zhang@example.org")),
                Code::TextHoldsEmail,
                &["seeks"],
            ),
            one(
                changed(|profile| profile.keywords.extend(declared("13800138000"))),
                Code::TextHoldsPhone,
                &["keywords"],
            ),
            one(changed(|profile| profile.city = declared("北京 加微信")), Code::TextHoldsMessenger, &["city"]),
            one(
                changed(|profile| profile.names.push(name("清华 www.example.org", None, Assurance::SelfDeclared))),
                Code::TextHoldsLink,
                &["names"],
            ),
            none(changed(|profile| profile.offers = Some(Attested::imported("见 https://example.org".into())))),
        ]
    }

    #[test]
    fn each_check_finds_what_it_should_and_nothing_else() {
        let mut seen = BTreeSet::new();
        for (index, (profile, published, expected)) in cases().into_iter().enumerate() {
            let expected: Vec<(CheckCode, Vec<String>)> = expected
                .into_iter()
                .map(|(code, facts)| (code, facts.into_iter().map(str::to_owned).collect()))
                .collect();
            assert_eq!(found(&profile, published.as_ref()), expected, "case {index}");
            seen.extend(expected.into_iter().map(|(code, _)| code));
        }
        assert_eq!(seen, CheckCode::ALL.iter().copied().collect());
    }

    #[test]
    fn the_gravest_comes_first_and_says_what_is_the_matter() {
        let profile = changed(|profile| {
            profile.state("kind", text("ENTERPRISE"), Assurance::SelfDeclared);
            profile.state("registered_on", text("2027-03"), Assurance::SelfDeclared);
            profile.names.truncate(1);
        });
        let checks = checks(&profile, Some(&university()), &LIBRARY, day("2026-11-22"));
        let shown: Vec<(&str, &str, &str)> = checks
            .iter()
            .map(|check| (check.severity.as_str(), check.message.zh.as_str(), check.message.en.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (
                    "ERROR",
                    "统一社会信用代码 12100000400000624D 属于事业单位，与单位类型“企业”不符",
                    "credit code 12100000400000624D is that of a public institution; the declared kind, enterprise, cannot have it",
                ),
                (
                    "ERROR",
                    "注册日期 2027-03 在今天（2026-11-22）之后",
                    "the registration date, 2027-03, is after today (2026-11-22)",
                ),
                (
                    "WARNING",
                    "单位类型：登记库为“高等学校”，现填“企业”",
                    "kind of institution: “university” in the registry, now declared as “enterprise”",
                ),
                (
                    "WARNING",
                    "注册日期：登记库为“1911”，现填“2027-03”",
                    "registration date: “1911” in the registry, now declared as “2027-03”",
                ),
                ("INFO", "缺少中文名称", "no Chinese name"),
            ]
        );
    }
}
