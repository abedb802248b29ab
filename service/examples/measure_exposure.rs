//! Measures whether new institutions are shown: their share of those who could be shown, and their share of the first ten.
//!
//! Import the records into a folder of its own first; the database there is changed: profiles get ages, old ones a past together and
//! a record of answers, new ones neither. `cargo run --release --package service --example measure_exposure -- DATA_FOLDER`
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that cannot go on ends"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use eligibility::place::{Country, Place};
use eligibility::{DirectionId, Role};
use entity::{consortium, consortium_member, interest, profile as profiles};
use profile::ProfileId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, TransactionTrait};
use search::{Filter, Request};
use service::matching::{self, Seeking, Weights};
use service::{Actor, Database, Directory, Options, Platform, Settings};
use uuid::Uuid;

#[path = "../../api/examples/calls/mod.rs"]
mod calls;

const DAY: i64 = 86_400_000;
/// Ages in days, and how many of a hundred profiles have at most that and more than the one before.
const AGES: [(i64, usize); 4] = [(30, 5), (90, 10), (365, 25), (1_500, 60)];
const CONSORTIA: usize = 3_000;
const SHOWN: usize = 10;
const SEEKERS: usize = 60;
/// How often ages are drawn: who happens to be at the top weighs less then.
const ROUNDS: u64 = 6;
const DIRECTIONS: [&str; 5] = ["1.6", "1.7", "2.0", "2.2", "1.1"];

fn main() {
    let data = PathBuf::from(std::env::args().nth(1).expect("the data folder"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure(data));
}

async fn measure(data: PathBuf) {
    let (library, taxonomy) = calls::calls();
    let default = Weights::default().newcomer;
    let weights = [0, default];
    let mut shown = weights.map(|_| BTreeMap::<i64, usize>::new());
    let mut possible = BTreeMap::<i64, usize>::new();
    for round in 0..ROUNDS {
        let options = Options {
            database: format!("sqlite://{}", data.join("lianhe.db").display()),
            index: None,
            library: Arc::clone(&library),
            taxonomy: taxonomy.clone(),
        };
        let ages = grow_old(&options.database, round).await;
        let directory = Arc::new(Directory::open(options).await.expect("the directory opens"));
        directory.catch_up().await.expect("the index is made");
        if round == 0 {
            println!("{} profiles, {ROUNDS} rounds", directory.snapshot().len());
        }
        let seekers = seekers(&directory);
        for (newcomer, shown) in weights.into_iter().zip(&mut shown) {
            let mut settings = Settings::below(data.clone());
            settings.matching.newcomer = newcomer;
            let platform = Platform::open(Arc::clone(&directory), settings).await.expect("a platform");
            for name in DIRECTIONS {
                let id = library.find_direction(None, name).expect("a direction");
                let topics = &library.direction(id).expect("a direction").topics.items;
                for (number, seeker) in seekers.iter().enumerate() {
                    // Everybody has a topic of their own, so that not all are shown the same.
                    let topic = topics.get(number % topics.len().max(1)).map(|topic| topic.key.clone());
                    for undetermined in [false, true] {
                        let asked = Asked { seeker: *seeker, direction: id, topic: topic.clone(), undetermined };
                        count(&platform, asked, SHOWN, &ages, shown).await;
                    }
                }
                // Those who could be shown are the same for all who seek, but for themselves.
                for undetermined in [false, true].into_iter().filter(|_| newcomer == 0) {
                    let asked = Asked { seeker: seekers[0], direction: id, topic: None, undetermined };
                    count(&platform, asked, usize::MAX, &ages, &mut possible).await;
                }
            }
        }
    }
    let share = |of: &BTreeMap<i64, usize>, age: i64| {
        let all: usize = of.values().sum();
        let some = of.get(&age).copied().unwrap_or_default();
        100.0 * f64::from(u32::try_from(some).expect("few")) / f64::from(u32::try_from(all.max(1)).expect("few"))
    };
    for (newcomer, shown) in weights.into_iter().zip(&shown) {
        println!("{newcomer} points for newcomers:");
        for (age, _) in AGES {
            let (shown, possible) = (share(shown, age), share(&possible, age));
            println!(
                "  up to {age:4} days: {possible:5.1} % of those who fit, {shown:5.1} % of the first {SHOWN}, {:.2} times",
                shown / possible
            );
        }
    }
}

struct Asked {
    seeker: ProfileId,
    direction: DirectionId,
    topic: Option<String>,
    undetermined: bool,
}

async fn count(
    platform: &Platform,
    asked: Asked,
    first: usize,
    ages: &BTreeMap<ProfileId, i64>,
    into: &mut BTreeMap<i64, usize>,
) {
    let Asked { seeker: profile, direction, topic, undetermined } = asked;
    let seeking = Seeking {
        profile,
        direction,
        role: Role::Lead,
        wanted: None,
        topic,
        undetermined,
        filter: Filter::default(),
        looked_after: false,
        first: first.min(100_000),
        after: None,
    };
    let page = matching::matches_for(platform, &Actor::System, seeking).await.expect("matches");
    for found in page.matches {
        *into.entry(ages.get(&found.listing.id).copied().expect("an age")).or_default() += 1;
    }
}

/// Chinese universities.
fn seekers(directory: &Directory) -> Vec<ProfileId> {
    let china = Country::parse("CN").expect("a code");
    let filter = Filter { places: vec![vec![Place::Country(china)]], ..Filter::default() };
    let request = Request { text: Some("university".to_owned()), filter, first: SEEKERS, ..Request::default() };
    directory.search(&request).expect("a search").hits.into_iter().map(|hit| hit.listing.id).collect()
}

/// Gives profiles ages, whatever they are, and those older than ninety days consortia and answers; others in each round.
async fn grow_old(database: &str, round: u64) -> BTreeMap<ProfileId, i64> {
    let database = Database::open(database).await.expect("the database opens");
    let transaction = database.connection().begin().await.expect("a transaction");
    interest::Entity::delete_many().exec(&transaction).await.expect("no interests");
    consortium::Entity::delete_many().exec(&transaction).await.expect("no consortia");
    let ids: Vec<Uuid> = profiles::Entity::find()
        .select_only()
        .column(profiles::Column::Id)
        .into_tuple()
        .all(&transaction)
        .await
        .expect("profiles");
    let mut random = fastrand::Rng::with_seed(7 + round);
    let mut ages = BTreeMap::new();
    let mut groups: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
    for id in ids {
        let mut place = random.usize(0..100);
        let age = AGES.into_iter().find(|(_, share)| {
            let is_in = place < *share;
            place = place.saturating_sub(*share);
            is_in
        });
        let (age, _) = age.expect("the shares are a hundred");
        ages.insert(ProfileId(id), age);
        groups.entry(age).or_default().push(id);
    }
    let now = service::now();
    for (age, ids) in &groups {
        for some in ids.chunks(500) {
            profiles::Entity::update_many()
                .col_expr(profiles::Column::CreatedAt, Expr::value(now - age * DAY + DAY))
                .filter(profiles::Column::Id.is_in(some.iter().copied()))
                .exec(&transaction)
                .await
                .expect("ages");
        }
    }
    let old: Vec<Uuid> = groups.iter().filter(|(age, _)| **age > 90).flat_map(|(_, ids)| ids.iter().copied()).collect();
    past(&transaction, &old, &mut random, now).await;
    transaction.commit().await.expect("committed");
    ages
}

async fn past(transaction: &sea_orm::DatabaseTransaction, old: &[Uuid], random: &mut fastrand::Rng, now: i64) {
    let pick = |random: &mut fastrand::Rng| old.get(random.usize(0..old.len())).copied().expect("somebody");
    for number in 0..CONSORTIA {
        let (id, at) = (Uuid::now_v7(), now - random.i64(30..1_200) * DAY);
        let direction = ["cn-arab-labs", "cn-africa-labs", "cn-europe-labs", "cn-asean", "cn-nz"][number % 5];
        let row = consortium::ActiveModel {
            id: Set(id),
            guide: Set("2023-second-batch".to_owned()),
            direction: Set(direction.to_owned()),
            name: Set("Past".to_owned()),
            status: Set(consortium::Status::Archived),
            version: Set(1),
            created_by: Set(id),
            created_at: Set(at),
            changed_at: Set(at),
        };
        consortium::Entity::insert(row).exec_without_returning(transaction).await.expect("a consortium");
        for place in 0..4 {
            let row = consortium_member::ActiveModel {
                id: Set(Uuid::now_v7()),
                consortium_id: Set(id),
                profile_id: Set(pick(random)),
                side: Set(if place == 0 { consortium_member::Side::Chinese } else { consortium_member::Side::Partner }),
                is_lead: Set(place < 2),
                status: Set(consortium_member::Status::Accepted),
                message: Set(None),
                reason: Set(None),
                open_key: Set(None),
                lead_key: Set(None),
                invited_by: Set(id),
                invited_at: Set(at),
                expires_at: Set(at),
                answered_at: Set(Some(at)),
                ended_at: Set(None),
                profile_change: Set(None),
            };
            consortium_member::Entity::insert(row).exec_without_returning(transaction).await.expect("a member");
        }
        for _ in 0..4 {
            let (from, to) = (pick(random), pick(random));
            let row = interest::ActiveModel {
                id: Set(Uuid::now_v7()),
                from_profile_id: Set(from),
                to_profile_id: Set(to),
                request_id: Set(None),
                direction: Set(None),
                message: Set("Hello".to_owned()),
                reply: Set(None),
                status: Set(if random.u8(0..4) == 0 { interest::Status::Expired } else { interest::Status::Accepted }),
                open_key: Set(None),
                sent_by: Set(id),
                sent_at: Set(at),
                answered_by: Set(None),
                answered_at: Set(Some(at + random.i64(1..20) * DAY)),
                expires_at: Set(at + 30 * DAY),
                from_contact: Set(None),
                to_contact: Set(None),
            };
            interest::Entity::insert(row).exec_without_returning(transaction).await.expect("an interest");
        }
    }
}
