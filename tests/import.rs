//! `lianhe import` from outside: the registry's release, every wrapping, whatever is wrong with a file, a full disk, two at once.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what it skips"
)]

#[path = "support/database.rs"]
mod database;
#[path = "support/program.rs"]
mod program;
#[path = "support/records.rs"]
mod records;
#[path = "support/rows.rs"]
mod rows;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use database::{Place, on_both, wait};
use entity::profile::Status;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use program::{Run, finish, lianhe};
use records::{lines, record, ror_id};
use rows::rows;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

on_both!(
    the_wrapping_of_a_release_does_not_matter,
    a_release_with_every_fault_is_imported_without_them,
    a_file_that_is_cut_off_is_imported_as_far_as_it_goes,
    a_table_with_every_fault_is_imported_without_them,
    what_has_no_room_in_a_table_is_refused_alone,
    a_file_that_is_none_is_told,
    while_another_import_runs_none_begins,
    of_several_imports_at_once_each_ends_or_is_told,
);

// --- helpers

/// The report without its last count, the time it took, and with names in place of what differs from run to run.
fn report(place: &Place, file: &Path, run: &Run) -> Vec<String> {
    let address = place.address();
    let text = run.out.replace(&file.display().to_string(), "FILE").replace(address, "DATABASE");
    let took = |line: &&str| (line.starts_with("in ") && line.ends_with(" s")) || line.starts_with("用时 ");
    assert_eq!(text.lines().filter(took).count(), 1, "{text}");
    text.lines().filter(|line| !took(line)).map(|line| line.trim().to_owned()).collect()
}

fn import(place: &Place, kind: &str, file: &Path, lang: &str) -> Run {
    finish(lianhe(place, &["import", kind, file.to_str().expect("UTF-8"), "--lang", lang]))
}

fn write(place: &Place, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = place.path(name);
    fs::write(&path, content).expect("written");
    path
}

fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content.as_ref()).expect("packed");
    packed.finish().expect("packed")
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut packed = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        packed.start_file(*name, SimpleFileOptions::default()).expect("a file");
        packed.write_all(content.as_bytes()).expect("packed");
    }
    packed.finish().expect("packed").into_inner()
}

fn few() -> Vec<Value> {
    let mut records: Vec<Value> = (1..6).map(|number| record(number, &format!("Institute {number}"))).collect();
    records[4]["status"] = json!("withdrawn");
    records
}

// --- the whole registry

/// Records that an unoptimised build takes of it.
const IN_DEBUG: usize = 10_000;

/// Its file: what `LIANHE_ROR` names, or the one beside the workspace.
fn registry() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ror-v2-records.ndjson.gz");
    let file = std::env::var_os("LIANHE_ROR").map_or_else(beside, PathBuf::from);
    if file.is_file() {
        return Some(file);
    }
    println!("skipped: no file of the registry at {}; LIANHE_ROR names one", file.display());
    None
}

#[test]
fn the_whole_registry_is_imported_alike_into_both_databases() {
    let Some(whole) = registry() else { return };
    let places: Vec<Place> = std::iter::once(Place::sqlite()).chain(Place::postgres()).collect();
    let file = if cfg!(debug_assertions) {
        // Unoptimised it would take minutes.
        println!("the first {IN_DEBUG} records only; with --release all");
        let lines = BufReader::new(MultiGzDecoder::new(File::open(whole).expect("opened"))).lines();
        let lines: Vec<String> = lines.take(IN_DEBUG).map(|line| line.expect("a line")).collect();
        write(&places[0], "registry.ndjson.gz", gzip(lines.join("\n")))
    } else {
        whole
    };
    let runs = thread::scope(|scope| {
        let release = &file;
        let run = |(place, lang)| scope.spawn(move || import(place, "ror", release, lang));
        let running: Vec<_> = places.iter().zip(["zh", "en"]).map(run).collect();
        // Meanwhile the file is counted without the program.
        let mut counted = [0_u64; 3];
        let mut ids = HashSet::new();
        for line in BufReader::new(MultiGzDecoder::new(File::open(&file).expect("opened"))).lines() {
            let record: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
            assert!(ids.insert(record["id"].as_str().expect("an id").to_owned()), "{}", record["id"]);
            let status = record["status"].as_str().expect("a status");
            let place = ["active", "inactive", "withdrawn"].iter().position(|known| *known == status);
            counted[place.expect(status)] += 1;
        }
        (counted, running.into_iter().map(|run| run.join().expect("it ends")).collect::<Vec<_>>())
    });
    let ([active, inactive, withdrawn], runs) = runs;
    assert!(active > 1_000, "{active}");
    let read = active + inactive + withdrawn;
    let expected = [
        [
            "已将 FILE 导入 DATABASE".to_owned(),
            format!("{read}  读取记录"),
            format!("{active}  新增单位"),
            format!("{inactive}  登记库已停用，未列出"),
            format!("{withdrawn}  登记库已撤回，未列出"),
        ],
        [
            "imported FILE into DATABASE".to_owned(),
            format!("{read}  records read"),
            format!("{active}  profiles added"),
            format!("{inactive}  inactive, not listed"),
            format!("{withdrawn}  withdrawn, not listed"),
        ],
    ];
    let mut skipped = Vec::new();
    for ((place, run), expected) in places.iter().zip(&runs).zip(expected) {
        assert_eq!((run.status, run.err.as_str()), (0, ""));
        let report = report(place, &file, run);
        assert_eq!(report[..5], expected);
        let (count, what) = report[5].split_once("  ").expect("a count");
        assert!(what.starts_with("无法使用的个别内容") || what.starts_with("single values"), "{what}");
        let count: usize = count.parse().expect("a number");
        let more = report.iter().filter(|line| line.starts_with("line ") || line.starts_with("第 ")).count();
        assert_eq!(more, count.min(200));
        skipped.push(count);
    }
    assert_eq!(skipped[0], skipped[1]);
    wait(async {
        let [sqlite, postgres] = [rows(places[0].address()).await, rows(places[1].address()).await];
        assert_eq!(u64::try_from(sqlite.len()).expect("small"), active);
        assert!(sqlite.values().all(|row| row.status == Status::Published));
        // Not compared as a whole: tens of thousands of them would be shown.
        assert_eq!(sqlite.len(), postgres.len());
        for (key, row) in &sqlite {
            assert_eq!(postgres.get(key), Some(row), "{key}");
        }
    });
}

// --- files

async fn the_wrapping_of_a_release_does_not_matter(place: Place) {
    let records = few();
    let array = serde_json::to_string_pretty(&records).expect("JSON");
    let lines = lines(&records);
    let release =
        [("v2.0-2026-01-01-ror-data.csv", "a,b\n"), ("v2.0-2026-01-01-ror-data_schema_v2.json", array.as_str())];
    let wrappings = [
        ("release.ndjson", lines.clone().into_bytes()),
        ("release.json", array.clone().into_bytes()),
        ("compact.json", serde_json::to_vec(&records).expect("JSON")),
        ("release.ndjson.gz", gzip(&lines)),
        ("release.json.gz", gzip(&array)),
        ("release.zip", zip(&release)),
        ("release.ndjson.zip", zip(&[("release.ndjson", lines.as_str())])),
        // The content tells, never the name.
        ("misnamed.csv", gzip(&array)),
        ("windows.ndjson", format!("\u{feff}{}", lines.replace('\n', "\r\n")).into_bytes()),
    ];
    let mut first = None;
    for (name, content) in wrappings {
        let file = write(&place, name, content);
        let run = import(&place, "ror", &file, "en");
        assert_eq!((run.status, run.err.as_str()), (0, ""), "{name}");
        let became = if first.is_none() { "4  profiles added" } else { "0  profiles added\n4  unchanged" };
        let expected = format!("imported FILE into DATABASE\n5  records read\n{became}\n1  withdrawn, not listed");
        assert_eq!(report(&place, &file, &run).join("\n"), expected, "{name}");
        let rows = rows(place.address()).await;
        assert_eq!(first.get_or_insert_with(|| rows.clone()), &rows, "{name}");
    }
}

async fn a_release_with_every_fault_is_imported_without_them(place: Place) {
    let good: Vec<String> = few().iter().map(Value::to_string).collect();
    let mut nameless = record(7, "");
    nameless["names"] = json!([]);
    let first_schema = json!({"id": format!("https://ror.org/{}", ror_id(8)), "name": "Old", "labels": [], "status": "active",
        "country": {"country_code": "TH"}});
    let mut no_id = record(9, "Institute 9");
    no_id["id"] = json!("https://ror.org/03cve4540");
    let mut odd = record(10, "Institute 10");
    odd["established"] = json!(20_005);
    let lines: [&[u8]; 11] = [
        good[0].as_bytes(),
        b"this is no JSON",
        b"{\"id\": 1",
        nameless.to_string().as_bytes(),
        first_schema.to_string().as_bytes(),
        good[0].as_bytes(),
        no_id.to_string().as_bytes(),
        b"[1, 2]",
        b"{\"id\": \"\xff\xfe\"}",
        odd.to_string().as_bytes(),
        good[1].as_bytes(),
    ]
    .map(|line: &[u8]| -> &[u8] { line.to_vec().leak() });
    let file = write(&place, "release.ndjson", lines.join(&b'\n'));
    let id = ror_id(1);
    let run = import(&place, "ror", &file, "en");
    assert_eq!((run.status, run.err.as_str()), (65, ""));
    let expected = [
        "imported FILE into DATABASE",
        "11  records read",
        "3  profiles added",
        "8  records that could not be used",
        "1  single values that could not be used (the rest was imported)",
        "line 2: not valid JSON (column 2): expected ident",
        "line 3: not valid JSON (column 8): EOF while parsing an object",
        "line 4: the record has no `names`",
        "line 5: this is a record of ROR schema v1; schema v2 is needed",
        &format!("line 6, {id}: `{id}` is in this file twice; the first one is used"),
        "line 7: the check digits of a ROR id `https://ror.org/03cve4540` do not fit; look for a typing error",
        "line 8: a record must be a JSON object",
        "line 9: character 9 is not UTF-8",
        &format!("line 10, established, {}: the organisation cannot have been established in 20005", ror_id(10)),
    ];
    assert_eq!(report(&place, &file, &run), expected);
    let run = import(&place, "ror", &file, "zh");
    assert_eq!((run.status, run.err.as_str()), (65, ""));
    let expected = [
        "已将 FILE 导入 DATABASE",
        "11  读取记录",
        "0  新增单位",
        "3  没有变化",
        "8  无法使用的记录",
        "第 2 行：不是有效的 JSON（第 2 列）：expected ident",
        "第 3 行：不是有效的 JSON（第 8 列）：EOF while parsing an object",
        "第 4 行：记录缺少 `names`",
        "第 5 行：这是 ROR 第 1 版格式（schema v1）的记录；需要第 2 版（schema v2）",
        &format!("第 6 行，{id}：`{id}` 在本文件中重复出现；只采用第一条"),
        "第 7 行：ROR ID `https://ror.org/03cve4540` 的校验位不符，请核对是否有误",
        "第 8 行：记录应为 JSON 对象",
        "第 9 行：第 9 个字符不是 UTF-8 编码",
    ];
    assert_eq!(report(&place, &file, &run), expected);
    let rows = rows(place.address()).await;
    assert_eq!(rows.keys().cloned().collect::<Vec<_>>(), [ror_id(1), ror_id(2), ror_id(10)]);
}

async fn a_file_that_is_cut_off_is_imported_as_far_as_it_goes(place: Place) {
    let records: Vec<Value> = (0..400).map(|number| record(number, &format!("Institute {number}"))).collect();
    let whole = gzip(lines(&records));
    let cut = &whole[..whole.len() * 2 / 3];
    // As far as another reader gets.
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(cut).read_to_end(&mut unpacked).expect_err("it is cut off");
    let complete = unpacked.iter().filter(|byte| **byte == b'\n').count();
    assert!((100..400).contains(&complete), "{complete}");
    let file = write(&place, "release.ndjson.gz", cut);
    let run = import(&place, "ror", &file, "en");
    assert_eq!((run.status, run.err.as_str()), (65, ""));
    let report_of_cut = report(&place, &file, &run);
    let count = |line: &str| line.split(' ').next().and_then(|count| count.parse::<usize>().ok()).expect("a count");
    let added = count(&report_of_cut[2]);
    // What a decoder gives out before it fails differs by a block.
    assert!(added.abs_diff(complete) <= 100 && added > 0, "{added} of {complete}");
    let expected = [
        "imported FILE into DATABASE".to_owned(),
        format!("{}  records read", added + 1),
        format!("{added}  profiles added"),
        "1  records that could not be used".to_owned(),
        format!("line {}: the file ends early (truncated?)", added + 1),
    ];
    assert_eq!(report_of_cut, expected);
    // The whole file adds the rest.
    let run = import(&place, "ror", &write(&place, "release.ndjson.gz", &whole), "zh");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    let expected = [
        "已将 FILE 导入 DATABASE".to_owned(),
        "400  读取记录".to_owned(),
        format!("{}  新增单位", 400 - added),
        format!("{added}  没有变化"),
    ];
    assert_eq!(report(&place, &file, &run), expected);
}

async fn a_table_with_every_fault_is_imported_without_them(place: Place) {
    let text = "key,name_en,country,ror,legal_person\n\
                a,Alpha,CN,03cve4540,true\n\
                b,Beta,XX,,maybe\n\
                \n\
                c,,CN,,\n\
                d,Delta,CN\n\
                e,Epsilon,CN,,yes\n\
                e,Epsilon,CN,,no\n\
                f,\"Zeta,CN,,\n";
    let file = write(&place, "table.csv", text);
    let run = import(&place, "csv", &file, "en");
    assert_eq!((run.status, run.err.as_str()), (65, ""));
    let expected = [
        "imported FILE into DATABASE",
        "8  records read",
        "1  profiles added",
        "7  records that could not be used",
        "line 2, 4 (ror): the check digits of a ROR id `03cve4540` do not fit; look for a typing error",
        "line 3, 3 (country): unknown country or region (ISO 3166-1 alpha-2 code) `XX`",
        "line 3, 5 (legal_person): expected true or false, found `maybe`",
        "line 5, 2 (name_en): no name: neither `name_en` nor `name_zh`",
        "line 6: the row has 3 cells, the header 5",
        "line 8: the same institution as in line 7 (`key:e`); a column `key` tells different ones apart",
        "line 9: a quote is not closed: within a quoted cell a quote is written twice (\"\"), and the cell ends with one",
    ];
    assert_eq!(report(&place, &file, &run), expected);
    let file = write(&place, "header.csv", "key,nmae_en,name_zh\na,b,c\n");
    let run = import(&place, "csv", &file, "zh");
    assert_eq!((run.status, run.err.as_str()), (65, ""));
    let expected = [
        "已将 FILE 导入 DATABASE",
        "1  读取记录",
        "0  新增单位",
        "1  无法使用的记录",
        "第 1 行，2 (nmae_en)：未知的列：`nmae_en`；是否想写 `name_en`？",
    ];
    assert_eq!(report(&place, &file, &run), expected);
}

async fn what_has_no_room_in_a_table_is_refused_alone(place: Place) {
    let long = "N".repeat(300);
    let wide = "大".repeat(195);
    // Of a name what cannot be seen is dropped; a key is taken as it is.
    let text = format!("key,name_en,country\n,{long},CN\na\0b,Alpha,CN\nb,Be\0ta,CN\n,{wide},CN\n");
    let file = write(&place, "table.csv", text);
    let run = import(&place, "csv", &file, "en");
    assert_eq!((run.status, run.err.as_str()), (65, ""));
    let told = "a record cannot be told by its key or name: longer than 200 characters, or with a character 0";
    let expected = [
        "imported FILE into DATABASE",
        "4  records read",
        "1  profiles added",
        "3  records that could not be used",
        &format!("line 2: {told}"),
        &format!("line 3: {told}"),
        &format!("line 5: {told}"),
    ];
    assert_eq!(report(&place, &file, &run), expected);
    for source in ["s".repeat(41), String::new()] {
        let run = finish(lianhe(
            &place,
            &["import", "csv", file.to_str().expect("UTF-8"), "--source", &source, "--lang", "en"],
        ));
        let said = format!("error: the name of a source has 1 to 40 characters, found `{source}`\n");
        assert_eq!((run.status, run.out.as_str(), run.err), (64, "", said));
    }
}

async fn a_file_that_is_none_is_told(place: Place) {
    let folder = place.path("folder");
    fs::create_dir(&folder).expect("made");
    let no_json = "the file holds no JSON: neither an array of records ([…]) nor a record a line ({…})";
    let cases = [
        ("ror", place.path("missing"), 66, "cannot use FILE: No such file or directory (os error 2)"),
        ("csv", place.path("missing"), 66, "cannot use FILE: No such file or directory (os error 2)"),
        ("ror", folder.clone(), 66, "cannot use FILE: Is a directory (os error 21)"),
        ("csv", folder, 66, "cannot use FILE: Is a directory (os error 21)"),
        ("ror", write(&place, "empty", ""), 65, "the file is empty"),
        ("ror", write(&place, "blank", " \n\n"), 65, "the file is empty"),
        ("ror", write(&place, "picture.png", b"\x89PNG\r\n\x1a\n...."), 65, no_json),
        ("ror", write(&place, "page.html", "<html></html>"), 65, no_json),
        (
            "ror",
            write(&place, "no.zip", zip(&[("a.txt", "a"), ("b.csv", "b")])),
            65,
            "the zip holds no JSON file (it holds: a.txt, b.csv)",
        ),
    ];
    for (kind, file, status, message) in cases {
        let run = import(&place, kind, &file, "en");
        let name = file.display().to_string();
        let said = format!("error: {name}: {}\n", message.replace("FILE", &name));
        assert_eq!((run.status, run.out.as_str(), run.err), (status, "", said));
    }
    let run = import(&place, "ror", &write(&place, "empty", ""), "zh");
    assert_eq!((run.status, run.out.as_str()), (65, ""));
    assert_eq!(run.err, format!("错误：{}: 文件为空\n", place.path("empty").display()));
    // An empty table lacks its header.
    let file = write(&place, "empty.csv", "");
    let run = import(&place, "csv", &file, "en");
    assert_eq!((run.status, run.err.as_str()), (65, ""));
    assert_eq!(report(&place, &file, &run)[4], "line 1: the file is empty; its first line must be a header");
    assert_eq!(rows(place.address()).await.len(), 0);
}

// --- several at once

/// Holds the right to import as another process would.
async fn held(place: &Place) -> (Option<File>, Option<sea_orm::DatabaseConnection>) {
    if place.address().starts_with("sqlite") {
        let file = File::create(place.path("lianhe.db-import")).expect("made");
        file.try_lock().expect("free");
        return (Some(file), None);
    }
    let mut options = sea_orm::ConnectOptions::new(place.address());
    options.max_connections(1).min_connections(1);
    let connection = Database::connect(options).await.expect("a connection");
    let sql = "SELECT pg_advisory_lock(x'6c69616e68650002'::bigint)::text";
    connection.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("the lock");
    (None, Some(connection))
}

async fn while_another_import_runs_none_begins(place: Place) {
    let file = write(&place, "release.ndjson", lines(&few()));
    let lock = held(&place).await;
    for (lang, said) in [
        ("en", "error: another import is writing to this database; try again when it has ended\n"),
        ("zh", "错误：另一个导入正在写入此数据库；请等它结束后再试\n"),
    ] {
        let run = import(&place, "ror", &file, lang);
        assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (70, "", said));
        assert_eq!(rows(place.address()).await.len(), 0);
    }
    if let Some(connection) = lock.1 {
        connection.close().await.expect("closed");
    }
    drop(lock.0);
    assert_eq!(import(&place, "ror", &file, "en").status, 0);
    assert_eq!(rows(place.address()).await.len(), 4);
}

async fn of_several_imports_at_once_each_ends_or_is_told(place: Place) {
    let records: Vec<Value> = (0..700).map(|number| record(number, &format!("Institute {number}"))).collect();
    let file = write(&place, "release.ndjson", lines(&records));
    let runs: Vec<Run> = thread::scope(|scope| {
        // The database is new: they also make its tables at once. Each has an index of its own, as nodes have.
        let running: Vec<_> = (0..3)
            .map(|node| {
                let mut command = lianhe(&place, &["import", "ror", file.to_str().expect("UTF-8"), "--lang", "en"]);
                command.env("LIANHE_DATA", place.path(&format!("node-{node}")));
                scope.spawn(move || finish(command))
            })
            .collect();
        running.into_iter().map(|run| run.join().expect("it ends")).collect()
    });
    let told = "error: another import is writing to this database; try again when it has ended\n";
    assert!(
        runs.iter().all(
            |run| matches!((run.status, run.err.as_str()), (0, "")) || (run.status, run.err.as_str()) == (70, told)
        ),
        "{runs:?}"
    );
    let added = runs.iter().filter(|run| run.out.contains("700  profiles added")).count();
    assert_eq!(added, 1, "{runs:?}");
    assert_eq!(rows(place.address()).await.len(), 700);
    let again = import(&place, "ror", &file, "en");
    assert_eq!(report(&place, &file, &again)[2..], ["0  profiles added", "700  unchanged"]);
}

// --- the system

/// Files may not grow beyond a limit: a write fails as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let place = Place::sqlite();
    let records: Vec<Value> = (0..2_500).map(|number| record(number, &format!("Institute {number}"))).collect();
    let file = write(&place, "release.ndjson", lines(&records));
    let mut imported = Vec::new();
    for kibibytes in [100, 700, 1_500, 2_000] {
        for (lang, said) in [
            (
                "en",
                "error: the disk is full, or the database or index cannot be written; what was committed is whole, make room",
            ),
            ("zh", "错误：磁盘已满，或数据库、索引所在处无法写入；已提交的数据完好，腾出空间后重新运行即可继续"),
        ] {
            let program = lianhe(&place, &["import", "ror", file.to_str().expect("UTF-8"), "--lang", lang]);
            let mut limited = Command::new("bash");
            limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$@\""), "bash"]);
            limited.arg(program.get_program()).args(program.get_args());
            limited.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
            limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let run = finish(limited);
            assert_eq!((run.status, run.out.as_str()), (70, ""), "{}", run.err);
            assert!(run.err.starts_with(said), "{}", run.err);
        }
        wait(async {
            let connection = Database::connect(place.address()).await.expect("a connection");
            let checked = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
            let row = connection.query_one_raw(checked).await.expect("read").expect("a row");
            assert_eq!(row.try_get_by_index::<String>(0).expect("a text"), "ok");
            let tables =
                Statement::from_string(DbBackend::Sqlite, "SELECT 1 FROM sqlite_master WHERE name = 'source_record'");
            if connection.query_one_raw(tables).await.expect("read").is_some() {
                imported.push(rows(place.address()).await.len());
            }
        });
    }
    // The limits were reached at different places: some batches had been committed.
    assert!(imported.iter().any(|count| (1..2_500).contains(count)), "{imported:?}");
    assert!(imported.iter().all(|count| count % 500 == 0) && imported.is_sorted(), "{imported:?}");
    let run = import(&place, "ror", &file, "en");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    let before = imported.last().copied().unwrap_or(0);
    let expected = [format!("{}  profiles added", 2_500 - before), format!("{before}  unchanged")];
    assert_eq!(report(&place, &file, &run)[2..], expected);
    assert_eq!(wait(rows(place.address())).len(), 2_500);
}

#[test]
fn a_wrong_address_is_told_without_its_password() {
    let place = Place::sqlite();
    fs::create_dir(place.path("folder")).expect("made");
    let other = write(&place, "other.db", "This is no database, however long one looks at it.\n".repeat(20));
    let cannot = "error: the database cannot be opened; check its address, the rights, and that it runs: Connection Error: error";
    let refused = "communicating with database: Connection refused (os error 111)";
    let example = "is no database address; one looks like sqlite://lianhe.db or postgres://user@host/database";
    let cases = [
        ("nonsense".to_owned(), 64, "error: `--database`: expected a database address, found `nonsense`".to_owned()),
        (
            "mysql://u:secret@h/db".to_owned(),
            64,
            "error: `--database`: expected a database address, found `mysql://u@h/db`".to_owned(),
        ),
        ("u:secret@h".to_owned(), 64, "error: `--database`: expected a database address, found `u@h`".to_owned()),
        ("sqlite://".to_owned(), 64, format!("error: `sqlite://` {example}")),
        ("postgres://u:secret@".to_owned(), 64, format!("error: `postgres://u@` {example}")),
        ("postgres://u:secret@h:99999/db".to_owned(), 64, format!("error: `postgres://u@h:99999/db` {example}")),
        (
            "postgres://u:se/cr#et@127.0.0.1:1/db".to_owned(),
            64,
            format!("error: `postgres://u@127.0.0.1:1/db` {example}"),
        ),
        ("postgres://u:secret@127.0.0.1:1/db".to_owned(), 70, format!("{cannot} {refused}")),
        ("postgres://u@127.0.0.1:1/db?password=secret".to_owned(), 70, format!("{cannot} {refused}")),
        (
            format!("sqlite://{}", place.path("folder").display()),
            70,
            format!("{cannot} returned from database: (code: 14) unable to open database file"),
        ),
        (
            format!("sqlite://{}", other.display()),
            70,
            format!("{cannot} returned from database: (code: 26) file is not a database"),
        ),
    ];
    for (address, status, said) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lianhe"));
        command.env_clear().env("LIANHE_LOG_LEVEL", "error").args(["reindex", "--lang", "en", "--database", &address]);
        command.arg("--data").arg(place.path("data"));
        let run = finish(command);
        assert_eq!(
            (run.status, run.out.as_str(), run.err.as_str()),
            (status, "", format!("{said}\n").as_str()),
            "{address}"
        );
    }
    let Some(missing) = Place::postgres() else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianhe"));
    command.env_clear().env("LIANHE_DATA", place.path("data"));
    command.args(["reindex", "--lang", "en", "--database", &format!("{}_not", missing.address())]);
    let run = finish(command);
    assert_eq!(run.status, 70);
    assert!(run.err.contains(" does not exist"), "{}", run.err);
}
