//! Calls, a small taxonomy, and profiles to be indexed.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use eligibility::date::{Date, parse_day};
use eligibility::place::Country;
use eligibility::{Library, Role, SourceFile, yaml};
use profile::{
    Ability, Assurance, Attested, Identifier, Name, NameKind, Profile, ProfileId, RegistryType, RolePossibility,
    Scheme, Stated, Taxonomy,
};
use uuid::Uuid;

use crate::{Document, Index, Lexicon, Page, Writer};

pub(crate) static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| {
    fn walk(folder: &Path, base: &Path, files: &mut Vec<SourceFile>) {
        let entries = fs::read_dir(folder).expect("the calls").map(|entry| entry.expect("an entry").path());
        for path in entries {
            if path.is_dir() {
                walk(&path, base, files);
            } else {
                let name = path.strip_prefix(base).expect("below").to_str().expect("UTF-8").to_owned();
                files.push(SourceFile { path: name, text: fs::read_to_string(&path).expect("a text") });
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides");
    let mut files = Vec::new();
    walk(&folder, &folder, &mut files);
    Arc::new(Library::load(&files).expect("the calls load"))
});

pub(crate) static LEXICON: LazyLock<Arc<Lexicon>> =
    LazyLock::new(|| Arc::new(Lexicon::new(Arc::clone(&LIBRARY), Arc::new(taxonomy()))));

pub(crate) fn taxonomy() -> Taxonomy {
    let parse = |text: &str| yaml::parse("test.yaml", text, yaml::Limits::default()).expect("YAML");
    let fields = parse(
        "fields:\n\
         - {code: '2', zh: 工程与技术, en: Engineering and technology}\n\
         - {code: '2.7', zh: 环境工程, en: Environmental engineering}\n\
         - {code: '3', zh: 医学, en: Medical sciences}\n\
         - {code: '3.1', zh: 基础医学, en: Basic medicine}\n",
    );
    let glossary = parse(
        "concepts:\n\
         - {key: regenerative, zh: [再生医学], en: [regenerative medicine], fields: ['3.1']}\n\
         - {key: solar, zh: [太阳能], en: [solar energy, solar power], fields: ['2.7']}\n\
         - {key: energy, zh: [能源], en: [energy], fields: ['2']}\n\
         - {key: energy-expenditure, zh: [能量消耗], en: [human energy expenditure], fields: ['3.1']}\n\
         short_names:\n\
         - {short: 中科院, full: 中国科学院}\n\
         - {short: 北大, full: 北京大学}\n\
         - {short: 清华, full: 清华大学}\n\
         - {short: CityU, full: 香港城市大学}\n\
         chinese_names: []\n",
    );
    Taxonomy::load(&fields, &glossary).expect("a taxonomy")
}

pub(crate) fn id(number: u128) -> ProfileId {
    ProfileId(Uuid::from_u128(number))
}

pub(crate) fn country(code: &str) -> Country {
    Country::parse(code).expect(code)
}

pub(crate) fn day(text: &str) -> Date {
    parse_day(text).expect(text)
}

/// The numbers of the hits.
pub(crate) fn numbers(page: &Page) -> Vec<u128> {
    page.hits.iter().map(|hit| hit.id.0.as_u128()).collect()
}

/// A profile being made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) number: u128,
    pub(crate) profile: Profile,
    pub(crate) abilities: Vec<Ability>,
    pub(crate) completeness: u8,
    pub(crate) created_at: i64,
}

impl Made {
    pub(crate) fn new(number: u128) -> Self {
        Self { number, profile: Profile::default(), abilities: Vec::new(), completeness: 0, created_at: 0 }
    }

    pub(crate) fn name(mut self, text: &str, lang: Option<&str>, kind: NameKind) -> Self {
        let lang = lang.map(str::to_owned);
        let text = text.to_owned();
        self.profile.names.push(Name { text, lang, kind, display: false, assurance: Assurance::Imported });
        self
    }

    pub(crate) fn label(self, text: &str) -> Self {
        self.name(text, Some("en"), NameKind::Label)
    }

    pub(crate) fn label_zh(self, text: &str) -> Self {
        self.name(text, Some("zh"), NameKind::Label)
    }

    pub(crate) fn alias(self, text: &str) -> Self {
        self.name(text, None, NameKind::Alias)
    }

    pub(crate) fn acronym(self, text: &str) -> Self {
        self.name(text, None, NameKind::Acronym)
    }

    pub(crate) fn keyword(mut self, text: &str) -> Self {
        self.profile.keywords.push(Attested::imported(text.to_owned()));
        self
    }

    pub(crate) fn field(mut self, code: &str) -> Self {
        self.profile.fields.push(Attested::imported(code.to_owned()));
        self
    }

    pub(crate) fn offers(mut self, text: &str) -> Self {
        self.profile.offers = Some(Attested::imported(text.to_owned()));
        self
    }

    pub(crate) fn seeks(mut self, text: &str) -> Self {
        self.profile.seeks = Some(Attested::imported(text.to_owned()));
        self
    }

    pub(crate) fn city(mut self, text: &str) -> Self {
        self.profile.city = Some(Attested::imported(text.to_owned()));
        self
    }

    pub(crate) fn fact(mut self, fact: &str, value: &str, assurance: Assurance) -> Self {
        self.profile.state(fact, Stated::Text(value.to_owned()), assurance);
        self
    }

    pub(crate) fn country(self, code: &str) -> Self {
        self.fact("country", code, Assurance::Imported)
    }

    pub(crate) fn registered(self, date: &str) -> Self {
        self.fact("registered_on", date, Assurance::Imported)
    }

    pub(crate) fn legal_person(mut self, value: bool) -> Self {
        self.profile.state("independent_legal_person", Stated::Bool(value), Assurance::Imported);
        self
    }

    pub(crate) fn registry_type(mut self, value: RegistryType) -> Self {
        self.profile.registry_types.push(value);
        self
    }

    pub(crate) fn ror(mut self, value: &str) -> Self {
        let ror = Identifier::parse(Scheme::Ror, value).expect("a ROR id");
        self.profile.identifiers.push(Attested::imported(ror));
        self
    }

    pub(crate) fn completeness(mut self, hundredths: u8) -> Self {
        self.completeness = hundredths;
        self
    }

    pub(crate) fn created_at(mut self, moment: i64) -> Self {
        self.created_at = moment;
        self
    }

    pub(crate) fn able(mut self, direction: &str, role: Role, possibility: RolePossibility) -> Self {
        let direction = LIBRARY.find_direction(None, direction).expect(direction);
        self.abilities.push(Ability { direction, role, possibility });
        self
    }
}

pub(crate) fn put(writer: &mut Writer, made: &Made) {
    let number = u64::try_from(made.number).expect("small");
    let card = format!("card {number}");
    let document = Document {
        id: id(made.number),
        change: number,
        changed_at: i64::try_from(number).expect("small"),
        created_at: made.created_at,
        profile: &made.profile,
        abilities: &made.abilities,
        completeness: made.completeness,
        facts: &profile::fact_key(&made.profile),
        card: card.as_bytes(),
    };
    writer.put(&document).expect("put");
}

/// An index of some profiles, in several segments.
pub(crate) fn index(all: &[Made]) -> Index {
    let index = Index::in_memory(Arc::clone(&LEXICON), "test").expect("an index");
    let mut writer = index.writer().expect("a writer");
    for (made, change) in all.iter().zip(1..) {
        put(&mut writer, made);
        if change % 4 == 0 {
            writer.commit(change).expect("a commit");
        }
    }
    writer.commit(u64::try_from(all.len()).expect("few")).expect("a commit");
    writer.close().expect("closed");
    index
}

/// An index of some institutions that there are.
pub(crate) fn known() -> Index {
    let verified = Assurance::Verified;
    index(&[
        Made::new(1)
            .label("Tsinghua University")
            .label_zh("清华大学")
            .city("Beijing")
            .fact("country", "CN", verified)
            .fact("subdivision", "CN-BJ", verified)
            .fact("kind", "UNIVERSITY", verified)
            .fact("registered_on", "1911", verified)
            .legal_person(true)
            .registry_type(RegistryType::Education)
            .ror("03cve4549")
            .able("cn-nz", Role::Lead, RolePossibility::Possible),
        Made::new(2)
            .label("Xiamen University")
            .label_zh("厦门大学")
            .city("Xiamen")
            .fact("country", "CN", verified)
            .fact("kind", "UNIVERSITY", Assurance::SelfDeclared)
            .registered("1921-04-06")
            .legal_person(false)
            .registry_type(RegistryType::Education)
            .able("cn-nz", Role::Lead, RolePossibility::Eligible),
        Made::new(3)
            .label("Chongqing University")
            .label_zh("重庆大学")
            .country("CN")
            .registered("1929-10")
            .field("2.7"),
        Made::new(4)
            .label("Huazhong University of Science and Technology")
            .label_zh("华中科技大学")
            .acronym("HUST")
            .city("Wuhan")
            .country("CN")
            .field("3"),
        Made::new(5).label("Massachusetts Institute of Technology").acronym("MIT").city("Cambridge").country("US"),
        Made::new(6).label("Texas A&M University").city("College Station").country("US").keyword("solar power"),
        Made::new(7).label("The University of Tokyo").name("東京大学", Some("ja"), NameKind::Label).country("JP"),
        Made::new(8)
            .label("University of Liège")
            .name("Université de Liège", Some("fr"), NameKind::Label)
            .fact("subdivision", "BE-WAL", Assurance::Imported)
            .country("BE"),
        Made::new(9).label("Chinese Academy of Sciences").label_zh("中国科学院").acronym("CAS").country("CN"),
        Made::new(10).label("Institute of Regenerative Medicine").city("Hanoi").country("VN"),
        Made::new(11).label_zh("干细胞与再生医学研究院").country("CN"),
        Made::new(12)
            .label("St. Mary's Children's Hospital")
            .country("GB")
            .fact("kind", "HOSPITAL", Assurance::Imported)
            .registry_type(RegistryType::Healthcare),
        Made::new(13).label("The University of Hong Kong").label_zh("香港大學").country("HK"),
        Made::new(14).label("Max-Planck-Institut für Physik").city("München").country("DE"),
        Made::new(15).label("Hokkaido Pharmaceutical School").name("北海道薬科大学", Some("ja"), NameKind::Label),
        Made::new(16).label("Seoul National University").name("서울대학교", Some("ko"), NameKind::Label).country("KR"),
    ])
}
