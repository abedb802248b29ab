//! What is killed at any moment loses nothing: the next run goes on from there.
//!
//! The moments are random; `LIANHE_SEED` repeats those of an earlier run, whose seed it printed.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what its run was"
)]

#[path = "support/database.rs"]
mod database;
#[path = "support/directory.rs"]
mod opening;
#[path = "support/program.rs"]
mod program;
#[path = "support/records.rs"]
mod records;
#[path = "support/rows.rs"]
mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use database::{Place, on_both, wait};
use eligibility::Lang;
use entity::profile::Status;
use opening::open;
use profile::{Identifier, Scheme};
use program::{finish, lianhe};
use records::{lines, record};
use rows::{Row, rows};
use search::Request;
use serde_json::{Value, json};
use service::CaughtUp;
use tempfile::TempDir;

on_both!(
    tables_that_are_killed_while_they_are_made_are_made_by_the_next,
    an_import_that_is_killed_is_finished_by_the_next,
);

const RECORDS: u64 = 2_000;
const KILLS: u32 = 12;

/// Random moments: SplitMix64.
struct Moments(u64);

impl Moments {
    fn new(salt: u64) -> Self {
        let given = std::env::var("LIANHE_SEED").ok().map(|seed| seed.parse().expect("a number"));
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let seed = given.unwrap_or_else(clock);
        println!("LIANHE_SEED={seed}");
        Self(seed ^ salt)
    }

    /// At least 0, below 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((bits ^ (bits >> 31)) >> 32).expect("32 bits");
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }

    /// A moment in the n-th of so many parts of a time, which is drawn out a little: what is killed may be slower.
    fn within(&mut self, whole: Duration, part: u32, parts: u32) -> Duration {
        whole.mul_f64(1.1 * (f64::from(part) + self.next()) / f64::from(parts))
    }
}

/// The file that is imported, in a folder of its own.
static FILE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("records.ndjson");
    let records: Vec<Value> = (0..RECORDS)
        .map(|number| {
            let mut record = record(number, &format!("Institute {number} of Technology"));
            let name = json!({"value": format!("第{number}理工学院"), "lang": "zh", "types": ["label"]});
            record["names"].as_array_mut().expect("a list").push(name);
            if number % 50 == 49 {
                record["status"] = json!("inactive");
            }
            record
        })
        .collect();
    fs::write(&file, lines(&records)).expect("written");
    (folder, file)
});

fn listed() -> u64 {
    RECORDS - RECORDS / 50
}

fn import(place: &Place) -> std::process::Command {
    let file = FILE.1.to_str().expect("UTF-8");
    lianhe(place, &["import", "ror", file, "--lang", "en"])
}

/// Ends a process at once (SIGKILL), unless it has ended by itself.
fn kill(mut child: Child, after: Duration) {
    std::thread::sleep(after);
    child.kill().expect("killed");
    child.wait().expect("it ends");
}

/// Runs the import to its end; what the counts of its report add up to.
fn import_whole(place: &Place) -> u64 {
    let begun = Instant::now();
    loop {
        let run = finish(import(place));
        // PostgreSQL may take a moment until it finds that the killed one is gone.
        if run.status == 70 && run.err.contains("another import is writing") && begun.elapsed() < Duration::from_secs(5)
        {
            continue;
        }
        assert_eq!((run.status, run.err.as_str()), (0, ""));
        let count = |what: &str| {
            let line = run.out.lines().find_map(|line| line.strip_suffix(what));
            line.map_or(0, |count| count.trim().parse::<u64>().expect("a count"))
        };
        assert_eq!(count("  records read"), RECORDS);
        assert_eq!(count("  inactive, not listed"), RECORDS / 50);
        return count("  profiles added") + count("  unchanged");
    }
}

/// That the index holds what is listed, and finds it by its identifier and its names.
async fn assert_searchable(address: &str, index: &Path, expected: CaughtUp) {
    let directory = open(address, index).await;
    assert_eq!(directory.catch_up().await.expect("caught up"), expected);
    let snapshot = directory.snapshot();
    assert_eq!(u64::try_from(snapshot.len()).expect("small"), listed());
    for number in 0..RECORDS {
        let id = Identifier::parse(Scheme::Ror, &records::ror_id(number)).expect("a ROR id");
        let found = snapshot.find(&id).expect("read").len();
        assert_eq!(found, usize::from(number % 50 != 49), "{number}");
    }
    for number in (0..RECORDS).step_by(400) {
        for text in [format!("Institute {number} of Technology"), format!("第{number}理工学院")] {
            let request = Request { text: Some(text.clone()), first: 3, ..Request::default() };
            let found = directory.search(&request).expect("an answer");
            let first = found.hits.first().map(|hit| hit.listing.profile.display_name(Lang::En).to_owned());
            assert_eq!(first, Some(format!("Institute {number} of Technology")), "{text}");
        }
    }
}

async fn assert_as(undisturbed: &BTreeMap<String, Row>, place: &Place) {
    let left = rows(place.address()).await;
    assert_eq!(left.len(), undisturbed.len());
    // Not compared as a whole: thousands of them would be shown.
    for (key, row) in undisturbed {
        assert_eq!(left.get(key), Some(row), "{key}");
    }
}

async fn tables_that_are_killed_while_they_are_made_are_made_by_the_next(place: Place) {
    let is_sqlite = place.address().starts_with("sqlite");
    let reindex = |place: &Place| lianhe(place, &["reindex", "--lang", "en"]);
    let begun = Instant::now();
    assert_eq!(finish(reindex(&place)).status, 0);
    let whole = begun.elapsed();
    let mut moments = Moments::new(u64::from(is_sqlite) + 2);
    for turn in 0..KILLS / 2 {
        let place = if is_sqlite { Some(Place::sqlite()) } else { Place::postgres() };
        let Some(place) = place else { return };
        let moment = moments.within(whole, turn, KILLS / 2);
        println!("killed after {moment:?} of {whole:?}");
        kill(reindex(&place).spawn().expect("it starts"), moment);
        let run = finish(reindex(&place));
        assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "the index was built anew: 0 profiles\n", ""));
        assert_eq!(rows(place.address()).await.len(), 0);
    }
}

async fn an_import_that_is_killed_is_finished_by_the_next(place: Place) {
    let begun = Instant::now();
    assert_eq!(import_whole(&place), listed());
    let whole = begun.elapsed();
    let undisturbed = rows(place.address()).await;
    assert_eq!(u64::try_from(undisturbed.len()).expect("small"), listed());
    assert!(undisturbed.values().all(|row| row.status == Status::Published));
    assert_searchable(place.address(), &place.path("data/index"), CaughtUp::With(0)).await;

    let is_sqlite = place.address().starts_with("sqlite");
    let mut moments = Moments::new(u64::from(is_sqlite));
    for turn in 0..KILLS {
        let place = if is_sqlite { Some(Place::sqlite()) } else { Place::postgres() };
        let Some(place) = place else { return };
        let moment = moments.within(whole, turn, KILLS);
        println!("killed after {moment:?} of {whole:?}");
        kill(import(&place).spawn().expect("it starts"), moment);
        assert_eq!(import_whole(&place), listed());
        assert_as(&undisturbed, &place).await;
        assert_searchable(place.address(), &place.path("data/index"), CaughtUp::With(0)).await;
    }
}

#[test]
fn an_index_that_is_killed_while_it_is_built_is_built_by_the_next() {
    wait(kill_what_builds_the_index(Place::sqlite()));
}

async fn kill_what_builds_the_index(place: Place) {
    import_whole(&place);
    let index = place.path("data/index");
    let mut moments = Moments::new(7);
    let begun = Instant::now();
    let run = finish(lianhe(&place, &["reindex", "--lang", "en"]));
    let whole = begun.elapsed();
    let said = format!("the index was built anew: {} profiles\n", listed());
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, said.as_str(), ""));
    for turn in 0..3 {
        let moment = moments.within(whole, turn, 3);
        println!("reindex killed after {moment:?} of {whole:?}");
        kill(lianhe(&place, &["reindex"]).spawn().expect("it starts"), moment);
        // Searches go on seeing the old index until the new one is whole, so nothing is missing.
        assert_searchable(place.address(), &index, CaughtUp::With(0)).await;
    }
    assert_eq!(finish(lianhe(&place, &["reindex", "--lang", "en"])).out, said);

    // A server that begins with an empty index catches up before it listens.
    let serve = || lianhe(&place, &["serve", "--listen", "127.0.0.1:0", "--lang", "en"]);
    fs::remove_dir_all(&index).expect("removed");
    let begun = Instant::now();
    let mut server = serve().spawn().expect("it starts");
    assert_listens(&mut server);
    let whole = begun.elapsed();
    kill(server, Duration::ZERO);
    assert_searchable(place.address(), &index, CaughtUp::With(0)).await;
    for turn in 0..3 {
        fs::remove_dir_all(&index).expect("removed");
        fs::create_dir(&index).expect("made");
        let moment = moments.within(whole, turn, 3);
        println!("serve killed after {moment:?} of {whole:?}");
        kill(serve().spawn().expect("it starts"), moment);
        let mut server = serve().spawn().expect("it starts");
        assert_listens(&mut server);
        kill(server, Duration::ZERO);
        assert_searchable(place.address(), &index, CaughtUp::With(0)).await;
    }
}

fn assert_listens(server: &mut Child) {
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
}
