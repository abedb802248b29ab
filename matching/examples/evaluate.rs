//! Measures how well partners are ranked by past collaboration, on real consortia (CORDIS), and fits the weights.
//!
//! `cargo run --release -p matching --example evaluate -- [FILE] [--test FILE] [--split DAY]… [--foreign] [--by-count] [--weights JSON]
//! [--json] [--fit]`
//!
//! What began before the split day is the past. A query is the coordinator of a consortium that began within a year from that day (of
//! any in the file of `--test`), its programme parts, and one country of its other participants that had been in a consortium before.
//! All known organisations of the country are ranked; a hit is one of these participants among the first ten. The baseline has past
//! partners first, then those that were in most consortia of the programme parts. A newcomer is an organisation whose first consortium
//! began in the 365 days before the split day.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a tool for developers"
)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Parser;
use flate2::read::GzDecoder;
use jiff::civil::{Date, date};
use matching::{Blend, Joint, Part, Parts, Ties};
use serde_json::json;

const SHOWN: usize = 10;
const YEAR: i32 = 365;
const PARTS: usize = Part::ALL.len();
const DRAWS: usize = 1000;

#[derive(Parser)]
#[command(about = "Measures how well partners are ranked by past collaboration")]
struct Options {
    /// Participations, CSV or CSV.gz; otherwise what LIANHE_CONSORTIA names, otherwise the file beside the workspace.
    file: Option<PathBuf>,
    /// Later participations: the whole first file is the past of these.
    #[arg(long)]
    test: Option<PathBuf>,
    /// The days on which the past ends; 2016-01-01, 2017-01-01 and 2018-01-01 unless told.
    #[arg(long)]
    split: Vec<Date>,
    /// The baseline puts past partners in the order of joint consortia, not of activity.
    #[arg(long)]
    by_count: bool,
    /// Leaves out the coordinator's own country.
    #[arg(long)]
    foreign: bool,
    /// Other weights than the defaults, as JSON: one number a part, those left out weigh nothing.
    #[arg(long)]
    weights: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Fits the weights on these splits first, starting from the defaults or the weights given, and prints them. Measures nothing.
    #[arg(long)]
    fit: bool,
}

/// One consortium; its organisations in the order of the file.
struct Consortium {
    parties: Vec<u64>,
    coordinator: Option<u64>,
    subjects: Vec<String>,
    began: i32,
}

struct Records {
    consortia: Vec<Consortium>,
    /// The country of each organisation.
    countries: HashMap<u64, String>,
}

fn day(of: Date) -> i32 {
    of.since(date(2014, 1, 1)).unwrap().get_days()
}

fn read(path: &Path) -> Records {
    let Ok(file) = File::open(path) else {
        println!("no consortia at {}: name a file or set LIANHE_CONSORTIA", path.display());
        std::process::exit(2);
    };
    let zipped = path.extension().is_some_and(|extension| extension == "gz");
    let source: Box<dyn Read> = if zipped { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let mut reader = csv::Reader::from_reader(source);
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .unwrap_or_else(|| panic!("{} has no column {name}", path.display()))
    };
    let (rcn, role, pic, country) = (column("rcn"), column("role"), column("pic"), column("country"));
    let (start, parts) = (column("start_date"), column("programme_parts"));
    let mut consortia: BTreeMap<u64, Consortium> = BTreeMap::new();
    let mut countries = HashMap::new();
    for record in reader.records().map(Result::unwrap) {
        let (Ok(number), Ok(organisation), Ok(began)) =
            (record[rcn].parse(), record[pic].parse(), record[start].parse())
        else {
            continue;
        };
        countries.entry(organisation).or_insert_with(|| record[country].to_owned());
        let consortium = consortia.entry(number).or_insert_with(|| Consortium {
            parties: Vec::new(),
            coordinator: None,
            subjects: record[parts].split('|').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            began: day(began),
        });
        if !consortium.parties.contains(&organisation) {
            consortium.parties.push(organisation);
        }
        if &record[role] == "coordinator" {
            consortium.coordinator.get_or_insert(organisation);
        }
    }
    Records { consortia: consortia.into_values().collect(), countries }
}

/// One query: what each candidate has, and whether it would be a hit.
struct Query {
    consortium: usize,
    candidates: Vec<Candidate>,
}

struct Candidate {
    parts: [f32; PARTS],
    /// Joint consortia (or 1 for any), consortia on the subjects, consortia at all: what the baseline goes by.
    baseline: (u32, u32, u32),
    hit: bool,
    newcomer: bool,
}

fn numbers(parts: &Parts) -> [f32; PARTS] {
    Part::ALL.map(|part| parts.get(part) as f32)
}

/// The past before the day, and a query for each country of each later consortium up to the other day.
fn queries(past: &Records, later: &Records, split: i32, until: i32, options: &Options) -> Vec<Query> {
    let most = if options.by_count { u32::MAX } else { 1 };
    let mut ties = Ties::default();
    let mut first: BTreeMap<u64, i32> = BTreeMap::new();
    let mut taken: HashMap<u64, Vec<usize>> = HashMap::new();
    let held: Vec<&Consortium> = past.consortia.iter().filter(|consortium| consortium.began < split).collect();
    let mut names: HashMap<&str, u32> = HashMap::new();
    for (number, consortium) in held.iter().enumerate() {
        let mut about = Vec::new();
        for subject in &consortium.subjects {
            let next = names.len() as u32;
            about.push(*names.entry(subject).or_insert(next));
        }
        let (parties, lead) = (consortium.parties.clone(), consortium.coordinator);
        ties.add(&Joint { parties, lead, subjects: about, on: consortium.began });
        for party in &consortium.parties {
            let began = first.entry(*party).or_insert(consortium.began);
            *began = consortium.began.min(*began);
            taken.entry(*party).or_default().push(number);
        }
    }
    let mut of_country: HashMap<&str, Vec<u64>> = HashMap::new();
    for party in first.keys() {
        of_country.entry(&past.countries[party]).or_default().push(*party);
    }
    let asked: Vec<(usize, &Consortium)> =
        later.consortia.iter().enumerate().filter(|(_, one)| (split..until).contains(&one.began)).collect();
    let work = |chunk: &[(usize, &Consortium)]| {
        let mut queries = Vec::new();
        for (number, consortium) in chunk {
            let Some(coordinator) = consortium.coordinator else { continue };
            let about: Vec<u32> =
                consortium.subjects.iter().filter_map(|name| names.get(name.as_str()).copied()).collect();
            let around = ties.around(coordinator, &about, split);
            let mut activity: HashMap<u64, u32> = HashMap::new();
            for past in held.iter().filter(|past| past.subjects.iter().any(|name| consortium.subjects.contains(name))) {
                for party in &past.parties {
                    *activity.entry(*party).or_default() += 1;
                }
            }
            let mut partners: HashMap<u64, u32> = HashMap::new();
            for party in taken.get(&coordinator).into_iter().flatten().flat_map(|number| &held[*number].parties) {
                *partners.entry(*party).or_default() += 1;
            }
            let own = past.countries.get(&coordinator).or_else(|| later.countries.get(&coordinator));
            let mut wanted: BTreeMap<&str, HashSet<u64>> = BTreeMap::new();
            for party in consortium.parties.iter().filter(|party| **party != coordinator && first.contains_key(*party))
            {
                let country = &past.countries[party];
                if !options.foreign || Some(country) != own {
                    wanted.entry(country).or_default().insert(*party);
                }
            }
            for (country, hits) in wanted {
                let candidate = |party: &u64| Candidate {
                    parts: numbers(&around.parts(*party)),
                    baseline: (
                        partners.get(party).copied().unwrap_or(0).min(most),
                        activity.get(party).copied().unwrap_or(0),
                        taken[party].len() as u32,
                    ),
                    hit: hits.contains(party),
                    newcomer: first[party] >= split - YEAR,
                };
                let candidates =
                    of_country[country].iter().filter(|party| **party != coordinator).map(candidate).collect();
                queries.push(Query { consortium: *number, candidates });
            }
        }
        queries
    };
    let (left, right) = asked.split_at(asked.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| work(left));
        let right = work(right);
        let mut all = other.join().unwrap();
        all.extend(right);
        all
    })
}

/// What came of one query.
#[derive(Clone, Copy)]
struct Outcome {
    consortium: usize,
    hit: f64,
    reciprocal: f64,
    newcomers: usize,
    shown: usize,
}

fn outcome<T: PartialOrd>(query: &Query, score: impl Fn(&Candidate) -> T) -> Outcome {
    let scores: Vec<T> = query.candidates.iter().map(score).collect();
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|left, right| scores[*right].partial_cmp(&scores[*left]).unwrap());
    order.truncate(SHOWN);
    let rank = order.iter().position(|place| query.candidates[*place].hit);
    Outcome {
        consortium: query.consortium,
        hit: f64::from(u8::from(rank.is_some())),
        reciprocal: rank.map_or(0.0, |rank| 1.0 / (rank + 1) as f64),
        newcomers: order.iter().filter(|place| query.candidates[**place].newcomer).count(),
        shown: order.len(),
    }
}

fn dot(weights: &[f32; PARTS], parts: &[f32; PARTS]) -> f32 {
    weights.iter().zip(parts).map(|(weight, part)| weight * part).sum()
}

/// Hit@10, MRR@10, share of newcomers among those shown.
fn figures(outcomes: &[Outcome]) -> [f64; 3] {
    let mean = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / outcomes.len() as f64;
    let newcomers: usize = outcomes.iter().map(|outcome| outcome.newcomers).sum();
    let shown: usize = outcomes.iter().map(|outcome| outcome.shown).sum();
    [mean(|outcome| outcome.hit), mean(|outcome| outcome.reciprocal), newcomers as f64 / shown as f64]
}

/// The 2.5th and the 97.5th percentile of the ratio of Hit@10, whole consortia drawn with replacement.
fn interval(baseline: &[Outcome], ours: &[Outcome]) -> [f64; 2] {
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (baseline, ours) in baseline.iter().zip(ours) {
        let sum = sums.entry(ours.consortium).or_default();
        *sum = (sum.0 + baseline.hit, sum.1 + ours.hit);
    }
    let sums: Vec<(f64, f64)> = sums.into_values().collect();
    let mut random = fastrand::Rng::with_seed(7);
    let mut ratios: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..sums.len()).map(|_| sums[random.usize(..sums.len())]);
            let (baseline, ours) = drawn.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
            ours / baseline
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    [ratios[DRAWS / 40], ratios[DRAWS - DRAWS / 40 - 1]]
}

/// What the fit makes as large as it can: near 1 for a first hit well within the first ten, near 0 beyond.
fn objective(queries: &[Query], weights: &[f32; PARTS]) -> f64 {
    let one = |query: &Query| {
        let score = |candidate: &Candidate| dot(weights, &candidate.parts);
        let best = query.candidates.iter().filter(|one| one.hit).map(score).fold(f32::MIN, f32::max);
        let before = query.candidates.iter().filter(|one| !one.hit && score(one) >= best).count();
        1.0 / (1.0 + ((before + 1) as f64 / 9.0).powi(3))
    };
    let (left, right) = queries.split_at(queries.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| left.iter().map(one).sum::<f64>());
        (right.iter().map(one).sum::<f64>() + other.join().unwrap()) / queries.len() as f64
    })
}

/// Climbs one weight at a time, in smaller and smaller steps; no weight becomes less than zero.
fn fit(queries: &[Query], start: [f32; PARTS]) -> Blend {
    let mut weights = start;
    let mut best = objective(queries, &weights);
    for step in [2.0_f32, 1.4, 1.2, 1.1] {
        for _ in 0..3 {
            let before = best;
            for part in 0..PARTS {
                for factor in [step, 1.0 / step, 0.0] {
                    let mut tried = weights;
                    tried[part] = if tried[part] == 0.0 { factor * 0.2 } else { tried[part] * factor };
                    let value = objective(queries, &tried);
                    if value > best + 1e-5 {
                        (best, weights) = (value, tried);
                    }
                }
            }
            if best <= before {
                break;
            }
        }
        println!("step {step}: objective {best:.4}, weights {weights:?}");
    }
    let mut blend = Blend(Parts::default());
    for (part, weight) in Part::ALL.into_iter().zip(weights) {
        blend.0.set(part, f64::from(weight));
    }
    blend
}

fn main() {
    let options = Options::parse();
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/h2020-consortia-train.csv.gz");
    let named = options.file.clone().or_else(|| std::env::var_os("LIANHE_CONSORTIA").map(PathBuf::from));
    let past = read(&named.unwrap_or_else(beside));
    let later = options.test.as_deref().map(read);
    let mut splits = options.split.clone();
    if let (Some(later), true) = (&later, splits.is_empty()) {
        let began = later.consortia.iter().map(|consortium| consortium.began).min().unwrap();
        splits.push(date(2014, 1, 1).checked_add(jiff::Span::new().days(began)).unwrap());
    } else if splits.is_empty() {
        splits.extend([date(2016, 1, 1), date(2017, 1, 1), date(2018, 1, 1)]);
    }
    let queries_of = |split: Date| {
        let until = if later.is_some() { i32::MAX } else { day(split) + YEAR };
        queries(&past, later.as_ref().unwrap_or(&past), day(split), until, &options)
    };
    let blend = options.weights.as_deref().map(|weights| serde_json::from_str(weights).unwrap());
    let weights = numbers(&blend.unwrap_or_else(Blend::default).0);
    if options.fit {
        let all: Vec<Query> = splits.into_iter().flat_map(queries_of).collect();
        println!("{} queries", all.len());
        println!("{}", serde_json::to_string_pretty(&fit(&all, weights)).unwrap());
        return;
    }
    let mut rows = Vec::new();
    if !options.json {
        println!("| split | queries | | Hit@10 | MRR@10 | newcomers shown | Hit@10 to baseline (95 %) |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
    }
    for split in splits {
        let queries = queries_of(split);
        let baseline: Vec<Outcome> = queries.iter().map(|query| outcome(query, |one| one.baseline)).collect();
        let ours: Vec<Outcome> = queries.iter().map(|query| outcome(query, |one| dot(&weights, &one.parts))).collect();
        let ([hit, mrr, new], [our_hit, our_mrr, our_new]) = (figures(&baseline), figures(&ours));
        let (ratio, [low, high]) = (our_hit / hit, interval(&baseline, &ours));
        if options.json {
            rows.push(json!({
                "split": split.to_string(), "queries": queries.len(),
                "baseline": {"hit_at_10": hit, "mrr_at_10": mrr, "newcomers_shown": new},
                "ours": {"hit_at_10": our_hit, "mrr_at_10": our_mrr, "newcomers_shown": our_new},
                "ratio": ratio, "interval": [low, high],
            }));
        } else {
            let count = queries.len();
            println!("| {split} | {count} | baseline | {hit:.4} | {mrr:.4} | {:.1} % | |", 100.0 * new);
            let newcomers = 100.0 * our_new;
            println!(
                "| | | ours | {our_hit:.4} | {our_mrr:.4} | {newcomers:.1} % | {ratio:.3} ({low:.3} to {high:.3}) |"
            );
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&rows).unwrap());
    }
}
