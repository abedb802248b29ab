//! Calls and directions for programs.

use eligibility::guide::{Bound, Guide, Named, Quota, TopicLevel, TopicList};
use eligibility::{Direction, Library};
use serde::Serialize;

use crate::failure::Failure;
use crate::render::json::{Head, Texts, pretty};

#[derive(Debug, Serialize)]
struct List<'a> {
    guides: Vec<Call<'a>>,
}

#[derive(Debug, Serialize)]
struct Call<'a> {
    guide: &'a str,
    title: Texts,
    authority: Texts,
    notice: Option<&'a str>,
    window: Option<Times<'a>>,
    as_of: String,
    directions: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Times<'a> {
    opens: &'a str,
    closes: &'a str,
    note: Texts,
}

/// The head of a direction.
#[derive(Debug, Serialize)]
struct Line<'a> {
    direction: &'a str,
    number: &'a str,
    prefix: &'a str,
    title: Texts,
    partner_authority: Option<Texts>,
    projects: Projects,
    budget_cny: i64,
}

#[derive(Debug, Serialize)]
struct Projects {
    number: i64,
    bound: &'static str,
    per_country: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Sheet<'a> {
    guide: &'a str,
    #[serde(flatten)]
    head: Line<'a>,
    chinese_authority: Texts,
    basis: Basis,
    period: Option<Months>,
    topics: Fields<'a>,
    contacts: Vec<Contact<'a>>,
    templates: Vec<Template<'a>>,
    requirements: Vec<Head<'a>>,
}

#[derive(Debug, Serialize)]
struct Basis {
    kind: &'static str,
    documents: Vec<Texts>,
}

#[derive(Debug, Serialize)]
struct Months {
    min_months: Option<i64>,
    max_months: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Fields<'a> {
    list: &'static str,
    level: &'static str,
    items: Vec<Field<'a>>,
    exclusions: Vec<Keyed<'a>>,
}

#[derive(Debug, Serialize)]
struct Field<'a> {
    key: &'a str,
    name: Texts,
    subtopics: Vec<Keyed<'a>>,
    focus: Vec<Keyed<'a>>,
    exclusions: Vec<Keyed<'a>>,
    projects: Option<Projects>,
    budget_cny: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Keyed<'a> {
    key: &'a str,
    name: Texts,
}

#[derive(Debug, Serialize)]
struct Contact<'a> {
    organisation: Texts,
    department: Option<Texts>,
    person: Option<&'a str>,
    emails: &'a [String],
    phones: &'a [String],
    urls: &'a [String],
}

#[derive(Debug, Serialize)]
struct Template<'a> {
    name: Texts,
    url: &'a str,
}

impl From<&Quota> for Projects {
    fn from(quota: &Quota) -> Self {
        let bound = match quota.bound {
            Bound::Exact => "exact",
            Bound::About => "about",
            Bound::AtMost => "at_most",
        };
        Self { number: quota.projects, bound, per_country: quota.per_country }
    }
}

impl<'a> From<&'a Direction> for Line<'a> {
    fn from(direction: &'a Direction) -> Self {
        Self {
            direction: &direction.id,
            number: &direction.number,
            prefix: &direction.prefix,
            title: Texts::from(&direction.title),
            partner_authority: direction.partner_authority.as_ref().map(Texts::from),
            projects: Projects::from(&direction.quota),
            budget_cny: direction.budget_cny,
        }
    }
}

fn keyed(items: &[Named]) -> Vec<Keyed<'_>> {
    items.iter().map(|item| Keyed { key: &item.key, name: Texts::from(&item.name) }).collect()
}

/// Every direction of every call.
pub(crate) fn list(library: &Library) -> Result<String, Failure> {
    let guides = library.guides.iter().map(|guide| Call {
        guide: &guide.id,
        title: Texts::from(&guide.title),
        authority: Texts::from(&guide.authority),
        notice: guide.notice.as_deref(),
        window: guide.window.as_ref().map(|window| Times {
            opens: &window.opens,
            closes: &window.closes,
            note: Texts::from(&window.note),
        }),
        as_of: guide.as_of.to_string(),
        directions: guide.directions.iter().map(|direction| Line::from(direction.as_ref())).collect(),
    });
    pretty(&List { guides: guides.collect() })
}

/// One direction with all its requirements.
pub(crate) fn show(guide: &Guide, direction: &Direction) -> Result<String, Failure> {
    let topics = &direction.topics;
    let items = topics.items.iter().map(|topic| Field {
        key: &topic.key,
        name: Texts::from(&topic.name),
        subtopics: keyed(&topic.subtopics),
        focus: keyed(&topic.focus),
        exclusions: keyed(&topic.exclusions),
        projects: topic.quota.as_ref().map(Projects::from),
        budget_cny: topic.budget_cny,
    });
    let contacts = direction.contacts.iter().map(|contact| Contact {
        organisation: Texts::from(&contact.organisation),
        department: contact.department.as_ref().map(Texts::from),
        person: contact.person.as_deref(),
        emails: &contact.emails,
        phones: &contact.phones,
        urls: &contact.urls,
    });
    let templates = direction.templates.iter();
    pretty(&Sheet {
        guide: &guide.id,
        head: Line::from(direction),
        chinese_authority: Texts::from(&direction.chinese_authority),
        basis: Basis {
            kind: if direction.basis.commitment { "commitment" } else { "agreement" },
            documents: direction.basis.documents.iter().map(Texts::from).collect(),
        },
        period: direction.period.map(|period| Months { min_months: period.min_months, max_months: period.max_months }),
        topics: Fields {
            list: match topics.list {
                TopicList::Closed => "closed",
                TopicList::Open => "open",
                TopicList::Any => "any",
            },
            level: match topics.level {
                TopicLevel::Topic => "topic",
                TopicLevel::Subtopic => "subtopic",
            },
            items: items.collect(),
            exclusions: keyed(&topics.exclusions),
        },
        contacts: contacts.collect(),
        templates: templates
            .map(|template| Template { name: Texts::from(&template.name), url: &template.url })
            .collect(),
        requirements: direction.requirements.iter().map(|requirement| Head::from(requirement.as_ref())).collect(),
    })
}
