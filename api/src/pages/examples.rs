//! Queries to begin with, shown on the first page and offered by the explorer.

use eligibility::Localized;

use super::html::encode;

/// A query that is ready to run.
pub(super) struct Example {
    pub(super) key: &'static str,
    title: (&'static str, &'static str),
    about: (&'static str, &'static str),
    pub(super) query: &'static str,
    pub(super) variables: &'static str,
}

impl Example {
    pub(super) fn title(&self) -> Localized {
        Localized::new(self.title.0, self.title.1)
    }

    pub(super) fn about(&self) -> Localized {
        Localized::new(self.about.0, self.about.1)
    }
}

macro_rules! query {
    ($name:literal) => {
        include_str!(concat!("../../assets/examples/", $name))
    };
}

pub(super) static DIRECTIONS: Example = Example {
    key: "directions",
    title: ("全部方向", "All directions"),
    about: ("编号、名称、拟支持项目数和国拨经费。", "Numbers, titles, projects to be supported and state grants."),
    query: query!("directions.graphql"),
    variables: "{}",
};

pub(super) static DIRECTION: Example = Example {
    key: "direction",
    title: ("一个方向的要求", "The requirements of one direction"),
    about: (
        "每一条要求、约束程度和原文引文。以中国—东盟方向为例。",
        "Every requirement, how strongly it binds, and the words of the call. Here: China–ASEAN.",
    ),
    query: query!("direction.graphql"),
    variables: query!("direction.json"),
};

pub(super) static CONSORTIUM: Example = Example {
    key: "consortium",
    title: ("检查一个联合体", "Check a consortium"),
    about: (
        "内地与香港方向：三家单位，几处容易忽略的问题，以及各自的最小改动。所有单位均为虚构。",
        "Mainland–Hong Kong: three units, a few things that are easy to miss, and the smallest change for each. \
         All units are invented.",
    ),
    query: query!("consortium.graphql"),
    variables: query!("consortium.json"),
};

pub(super) static INSTITUTION: Example = Example {
    key: "institution",
    title: ("检查一家单位", "Check one institution"),
    about: (
        "摩洛哥的一家研究所可以在哪些方向作合作方，还差哪些信息。该单位为虚构。",
        "In which directions an institute in Morocco could be a partner, and which facts would decide. It is invented.",
    ),
    query: query!("institution.graphql"),
    variables: query!("institution.json"),
};

pub(super) static GROUPS: Example = Example {
    key: "groups",
    title: ("国家组成员", "Members of country groups"),
    about: ("东盟、阿盟、欧盟等在某一天的成员。", "ASEAN, the Arab states, the EU and others on one day."),
    query: query!("groups.graphql"),
    variables: query!("groups.json"),
};

pub(super) static PROFILES: Example = Example {
    key: "profiles",
    title: ("查找合作单位", "Find partners"),
    about: (
        "越南、泰国从事太阳能研究、可参加中国—东盟项目的单位，附命中理由和分类统计。",
        "Who works on solar energy in Vietnam or Thailand and could join a China–ASEAN project; with why each was found, and counts.",
    ),
    query: query!("profiles.graphql"),
    variables: query!("profiles.json"),
};

pub(super) static PARTNERS: Example = Example {
    key: "partners",
    title: ("一个方向的可能合作方", "Possible partners for a direction"),
    about: (
        "内地与香港方向的香港合作机构，已知符合条件者在前，并列出尚缺的事实。",
        "Hong Kong partners for Mainland–Hong Kong: those known to be eligible first, with the facts that are missing.",
    ),
    query: query!("partners.graphql"),
    variables: query!("partners.json"),
};

/// All of them, in the order of the explorer's menu.
pub(super) static ALL: [&Example; 7] =
    [&PROFILES, &PARTNERS, &DIRECTIONS, &DIRECTION, &CONSORTIUM, &INSTITUTION, &GROUPS];

/// Those of the first page.
pub(super) static SHOWN: [&Example; 4] = [&PROFILES, &CONSORTIUM, &INSTITUTION, &DIRECTION];

/// What the explorer reads.
pub(super) fn json() -> String {
    let examples = ALL.iter().map(|example| {
        let (title, about) = (example.title(), example.about());
        serde_json::json!({
            "key": example.key,
            "title": { "zh": title.zh, "en": title.en },
            "about": { "zh": about.zh, "en": about.en },
            "query": example.query,
            "variables": example.variables,
        })
    });
    serde_json::Value::from_iter(examples).to_string()
}

/// The address that opens the explorer with an example, variables of one's own put over its own.
pub(super) fn address(example: &Example, lang: &str, variables: Option<&str>) -> String {
    let over = variables.map(|variables| format!("&variables={}", encode(variables))).unwrap_or_default();
    format!("/explorer?lang={lang}#example={}{over}", example.key)
}
