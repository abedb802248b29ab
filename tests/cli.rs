//! The program from outside: exit statuses, whole answers, what it says of bad input.
//!
//! Whole answers are compared with `tests/snapshots/`; `UPDATE_SNAPSHOTS=1 cargo test --test cli` writes them anew.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "support/database.rs"]
mod database;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use database::{Place, on_both};
use entity::{account, audit_record};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, Database, DatabaseConnection, EntityTrait, IntoActiveModel, QueryOrder, Set};
use serde_json::Value;
use tempfile::TempDir;

/// What a run gave back.
struct Run {
    status: i32,
    out: String,
    err: String,
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianhe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().env("LANG", "C.UTF-8").env("COLUMNS", "80");
    command
}

fn finish(mut command: Command, input: &[u8]) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that refuses its input early closes the pipe.
    let _ = child.stdin.take().expect("piped").write_all(input);
    let output = child.wait_with_output().expect("it ends");
    Run {
        status: output.status.code().expect("an exit status"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Run {
    let mut command = program();
    command.args(arguments);
    finish(command, b"")
}

/// Runs `check` on a text handed in.
fn check(text: impl AsRef<[u8]>) -> Run {
    let mut command = program();
    command.args(["check", "-"]);
    finish(command, text.as_ref())
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Compares with a file of `tests/snapshots/`.
fn assert_snapshot(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, actual).expect("written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{name} differs; UPDATE_SNAPSHOTS=1 writes it anew\n--- expected\n{expected}\n--- actual\n{actual}"
    );
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).expect("JSON")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|item| item.as_str().expect("a text")).collect()
}

/// A file in a folder of its own.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("written");
    (folder, path)
}

// --- check

#[test]
fn reports_read_as_they_should_in_both_languages() {
    for (example, status) in
        [("hong-kong", 1), ("asean-solar", 0), ("europe-lab", 2), ("arab-lab", 1), ("riken", 0), ("uk-onehealth", 2)]
    {
        for lang in ["en", "zh"] {
            let run = run(&["check", &format!("examples/{example}.yaml"), "--lang", lang]);
            assert_eq!((run.status, run.err.as_str()), (status, ""), "{example}");
            assert_snapshot(&format!("check-{example}.{lang}.txt"), &run.out);
        }
    }
}

#[test]
fn all_and_common_rules_are_told_when_asked_for() {
    for lang in ["en", "zh"] {
        let run = run(&["check", "examples/riken.yaml", "--all", "--common-rules", "--lang", lang]);
        assert_eq!(run.status, 0, "common rules do not change the verdict");
        assert_snapshot(&format!("check-riken-all.{lang}.txt"), &run.out);
    }
    let none = run(&["check", "examples/riken.yaml", "--common-rules", "--as-of", "2020-01-01"]);
    assert!(none.out.ends_with("No rules around the call are recorded for that day.\n"), "{}", none.out);
}

#[test]
fn json_holds_the_whole_report() {
    let run = run(&["check", "examples/hong-kong.yaml", "--format", "json", "--common-rules"]);
    assert_eq!((run.status, run.err.as_str()), (1, ""));
    let report = json(&run);
    assert_eq!(report["direction"], "mainland-hk");
    assert_eq!(report["guide"], "2023-second-batch");
    assert_eq!(report["prefix"], "HK1.1");
    assert_eq!(report["as_of"], "2023-06-05");
    assert_eq!(report["verdict"], "INELIGIBLE");
    assert_eq!(texts(&report["violated"]), ["HK1.1(1)", "HK1.1(3)", "HK1.1(6)"]);
    assert_eq!(texts(&report["undetermined"]), ["HK1.1(4)", "HK1.1(5)"]);
    assert_eq!(texts(&report["warned"]), [""; 0]);
    let findings = report["findings"].as_array().expect("a list");
    let find = |id: &str| findings.iter().find(|finding| finding["requirement"] == id).expect(id);
    let matching = find("HK1.1(3)#matching-10pct");
    assert_eq!(matching["clause"], "HK1.1(3)");
    assert_eq!(matching["outcome"], "VIOLATED");
    assert_eq!(matching["modality"], "mandatory");
    assert_eq!(matching["decision"], "check");
    assert_eq!(matching["quote"], "且企业应提供不低于项目国拨经费 10%的配套经费");
    assert!(matching["statement"]["zh"].is_string() && matching["statement"]["en"].is_string());
    assert_eq!(matching["decided_by"][0]["fact"], "project.enterprise_matching_cny");
    assert_eq!(matching["decided_by"][0]["value"], "150000");
    assert_eq!(matching["repairs"][0]["changes"][0]["kind"], "CHANGE_FACT");
    assert_eq!(matching["repairs"][0]["changes"][0]["value"], "200000");
    let branch = find("HK1.1(6)#no-branch-with-founder");
    assert_eq!(branch["decided_by"][0]["member"], "sz-institute");
    assert_eq!(branch["decided_by"][0]["fact"], "members[sz-institute].founded_by");
    let terms = find("HK1.1(5)#ip-terms");
    assert_eq!(terms["outcome"], "UNDETERMINED");
    assert_eq!(terms["decided_by"], serde_json::json!([]));
    assert_eq!(terms["missing"][0]["fact"], "project.cooperation_agreement.has_ip_terms");
    assert_eq!(terms["missing"][0]["value"], Value::Null);
    assert_eq!(terms["repairs"][0]["changes"][0]["kind"], "SUPPLY_FACT");
    let common = report["common_rules"]["findings"].as_array().expect("a list");
    let rule = common.iter().find(|rule| rule["requirement"] == "COMMON#legal-person").expect("the rule");
    assert_eq!((&rule["outcome"], &rule["confidence"]), (&"SATISFIED".into(), &"high".into()));
    assert!(rule["source"]["url"].is_string());
}

#[test]
fn json_says_whether_common_rules_were_asked_for_and_in_force() {
    let report = |more: &[&str]| json(&run(&[&["check", "examples/riken.yaml", "--format", "json"], more].concat()));
    assert_eq!(report(&[]).get("common_rules"), None);
    assert_eq!(report(&["--common-rules", "--as-of", "2020-01-01"])["common_rules"], Value::Null);
    assert!(report(&["--common-rules"])["common_rules"].is_object());
}

#[test]
fn the_day_of_the_command_line_outranks_the_files() {
    let plan = "direction: cn-asean\nas_of: 2023-06-05\nmembers:\n- {key: c, side: CHINESE, country: CN}\n\
                - {key: t, side: PARTNER, country: TH}\n- {key: l, side: PARTNER, country: TL}\n\
                project: {topic: clean-energy, duration_months: 36}\n";
    assert_eq!(check(plan).status, 1);
    let (_folder, path) = file("plan.yaml", plan);
    let path = path.to_str().expect("UTF-8");
    assert_eq!(run(&["check", path, "--as-of", "2025-10-25"]).status, 1);
    assert_eq!(run(&["check", path, "--as-of", "2025-10-26"]).status, 0);
}

#[test]
fn yaml_and_json_from_a_file_or_a_pipe_are_judged_alike() {
    let yaml = "direction: cn-nz\nmembers: [{key: c, side: CHINESE, country: CN}, {key: p, side: PARTNER, country: NZ}]\n\
                project: {topic: food-science, duration_months: 36, counterpart_application: SUBMITTED}\n";
    let json = "{\n\t\"direction\": \"cn-nz\",\n\t\"members\": [\n\t\t{\"key\": \"c\", \"side\": \"CHINESE\", \"country\": \"CN\"},\n\
                \t\t{\"key\": \"p\", \"side\": \"PARTNER\", \"country\": \"NZ\"}],\n\
                \t\"project\": {\"topic\": \"food-science\", \"duration_months\": 36, \"counterpart_application\": \"SUBMITTED\"}\n}";
    let piped = check(yaml);
    assert_eq!((piped.status, piped.err.as_str()), (0, ""));
    assert_eq!(check(json).out, piped.out);
    let with_mark = [b"\xef\xbb\xbf", yaml.as_bytes()].concat();
    assert_eq!(check(with_mark).out, piped.out);
    let (_folder, path) = file("plan.json", json);
    let from_file = run(&["check", path.to_str().expect("UTF-8")]);
    assert_eq!(from_file.out.replace(path.to_str().expect("UTF-8"), "<stdin>"), piped.out);
}

// --- bad input

/// Wrong input and what is said of it, whole.
fn assert_refused(input: impl AsRef<[u8]>, message: &str) {
    let run = check(input);
    assert_eq!((run.status, run.out.as_str()), (65, ""), "{message}");
    assert_eq!(run.err, format!("error: <stdin>{message}\n"));
}

#[test]
fn everything_wrong_is_told_at_once_in_both_languages() {
    for lang in ["en", "zh"] {
        let run = run(&["check", "tests/bad/many-mistakes.yaml", "--lang", lang]);
        assert_eq!((run.status, run.out.as_str()), (65, ""));
        assert_snapshot(&format!("many-mistakes.{lang}.txt"), &run.err);
    }
    let run = run(&["check", "tests/bad/many-mistakes.yaml", "--format", "json"]);
    assert_eq!(run.status, 65);
    let problems = json(&run);
    let problems = problems["problems"].as_array().expect("a list");
    assert_eq!(problems.len(), run.err.lines().count());
    assert_eq!(problems[0]["code"], "UNKNOWN_VALUE");
    assert_eq!((problems[0]["line"].as_u64(), problems[0]["column"].as_u64()), (Some(3), Some(12)));
    assert_eq!(problems[0]["path"], "direction");
}

#[test]
fn each_kind_of_bad_input_is_named_with_its_place() {
    assert_refused("", ":1:1: the file is empty");
    assert_refused("direction: cn-asean\nmembers: []\n", ":2:10: `members`: no members; list at least one unit");
    let members: String = (0..1000).map(|member| format!("- {{key: m{member}, side: CHINESE}}\n")).collect();
    assert_refused(
        format!("direction: cn-asean\nmembers:\n{members}"),
        ":3:3: `members`: 1000 members; at most 50 are accepted",
    );
    assert_refused(
        "direction: cn-asean\nmembers:\n- {key: a, side: CHINESE}\n- {key: a, side: PARTNER}\n",
        ":4:9: `members[1].key`: member `a` is given twice; each member needs a key of its own",
    );
    let fact = |fact: &str| format!("direction: cn-asean\nmembers: [{{key: a, side: CHINESE}}]\nproject: {{{fact}}}\n");
    assert_refused(
        fact("requested_grant_cny: -1"),
        ":3:32: `project.requested_grant_cny`: -1 is negative; expected a whole number of at least 0",
    );
    assert_refused(
        fact("topic: clean-enrgy"),
        ":3:18: `project.topic`: unknown topic of this direction `clean-enrgy`; did you mean `clean-energy`? (allowed: \
         `industry-4.0`, `digital-infrastructure`, `ai-data-analytics`, `clean-energy`, `medical-technology`, `OTHER`)",
    );
    assert_refused(
        fact("lab_agreement: {signed_on: 2022-02-29}"),
        ":3:38: `project.lab_agreement.signed_on`: expected a day, month or year of the calendar (2015-03-01, 2015-03, \
         2015), found `2022-02-29`",
    );
    assert_refused("a: &a [x, x]\nb: [*a, *a]\n", ":2:5: aliases (`*`) are not accepted; write the value out");
    assert_refused("- ".repeat(5000), ":1:25: nested more than 12 levels deep");
    assert_refused(format!("a: [{}]", "1,".repeat(60_000)), ":1:100003: holds more than 50000 values");
    let latin = "direction: cn-nz\nmembers:\n- {key: Universit\u{e9}".replace('\u{e9}', "\u{0}");
    let latin: Vec<u8> = latin.bytes().map(|byte| if byte == 0 { 0xe9 } else { byte }).collect();
    assert_refused(latin, ":3:18: not valid UTF-8 from byte 43; save the file as UTF-8 (not GBK or UTF-16)");
    assert_refused(vec![b'x'; 2_000_000], ": larger than 1 MiB (1048576 bytes); not read");
    assert_refused("a: 1\n---\nb: 2\n", ":2:1: only one YAML document is accepted");
    assert_refused("cases: []\n", ": this is a file of cases (a `cases` list); use `lianhe guide test`");
}

#[test]
fn a_literal_nested_5000_deep_is_refused_and_does_not_overflow() {
    for text in ["[".repeat(5000), "[".repeat(5000) + &"]".repeat(5000), "{\"a\":".repeat(5000)] {
        let run = check(text);
        assert_eq!((run.status, run.out.as_str(), run.err.lines().count()), (65, "", 1), "{}", run.err);
        assert!(run.err.ends_with(": nested more than 12 levels deep\n"), "{}", run.err);
    }
}

#[test]
fn a_large_file_is_refused_before_it_is_read() {
    let (_folder, path) = file("large.yaml", "");
    fs::File::options().write(true).open(&path).expect("opened").set_len(50_000_000).expect("lengthened");
    let run = run(&["check", path.to_str().expect("UTF-8")]);
    let message = format!("error: {}: larger than 1 MiB (1048576 bytes); not read\n", path.display());
    assert_eq!((run.status, run.out, run.err), (65, String::new(), message));
}

#[test]
fn what_cannot_be_read_has_a_status_of_its_own() {
    for (path, message) in
        [("nowhere.yaml", "nowhere.yaml: no such file"), ("examples", "examples: this is a folder; name a file")]
    {
        let run = run(&["check", path]);
        assert_eq!((run.status, run.out, run.err), (66, String::new(), format!("error: {message}\n")));
    }
    let run = run(&["--guides", "nowhere", "guide", "list"]);
    assert_eq!((run.status, run.err.as_str()), (66, "error: nowhere: no such folder\n"));
}

#[test]
fn names_in_a_file_cannot_steer_the_terminal() {
    let run = check("direction: cn-nz\nmembers: [{key: \"\\e]0;owned\\a\", side: CHINESE, country: \"\\e[2J\"}]\n");
    assert_eq!(run.status, 65);
    assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
    let run = check("direction: cn-nz\nmembers: [{key: \"\\e]0;owned\\a\", side: PARTNER, country: FR}]\n");
    assert_eq!(run.status, 1);
    assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
}

// --- the command line

#[test]
fn a_wrong_command_line_is_explained() {
    let usage = |line: &str, status: i32, message: &str| {
        let run = run(&words(line));
        assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (status, "", message), "{line}");
    };
    usage("chek x", 64, "error: no such command `chek`; did you mean `check`?\nUsage: lianhe [OPTIONS] <COMMAND>\n");
    usage("check", 64, "error: <FILE> is missing\nUsage: lianhe check <FILE>\n");
    usage("check x --lang fr", 64, "error: `fr` is not allowed for `--lang <LANG>` (allowed: `zh`, `en`)\n");
    usage(
        "check x --as-of 2023-02-30 --lang zh",
        64,
        "错误：`--as-of <日期>` 的值 `2023-02-30` 有误：应为日历上存在的日期，如 2023-06-05\n",
    );
    usage(
        "check x --al --lang zh",
        64,
        "错误：没有选项或参数 `--al`；是否想写 `--all`？\n用法：lianhe check --all <文件>\n",
    );
    let run = run(&["guide", "show", "cn-zn"]);
    assert_eq!(run.status, 64);
    assert!(run.err.starts_with("error: unknown direction `cn-zn`; did you mean `cn-nz`? (allowed: `cn-nz`, "));
}

#[test]
fn help_speaks_both_languages() {
    for (lang, name) in [("C", "en"), ("zh_CN.UTF-8", "zh")] {
        for (line, file) in [
            ("--help", "help"),
            ("help check", "help-check"),
            ("guide --help", "help-guide"),
            ("admin --help", "help-admin"),
            ("admin create --help", "help-admin-create"),
            ("audit verify --help", "help-audit-verify"),
        ] {
            let mut command = program();
            command.env("LANG", lang).args(line.split(' '));
            let run = finish(command, b"");
            assert_eq!((run.status, run.err.as_str()), (0, ""));
            assert_snapshot(&format!("{file}.{name}.txt"), &run.out);
        }
    }
    let without = run::<&str>(&[]);
    assert_eq!((without.status, without.out.as_str()), (64, ""));
    assert_snapshot("help.en.txt", &without.err);
}

#[test]
fn the_language_is_that_of_the_option_or_else_of_the_locale() {
    let first = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = program();
        command.envs(variables.iter().copied()).args(["check", "examples/riken.yaml"]).args(more);
        finish(command, b"").out.chars().next().expect("an answer")
    };
    assert_eq!(first(&[], &[]), 'E');
    assert_eq!(first(&[("LANG", "zh_CN.UTF-8")], &[]), '符');
    assert_eq!(first(&[("LC_MESSAGES", "zh_CN.UTF-8")], &[]), '符');
    assert_eq!(first(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "en_GB.UTF-8")], &[]), 'E');
    assert_eq!(first(&[("LANG", "zh_CN.UTF-8")], &["--lang", "en"]), 'E');
}

#[test]
fn lines_keep_to_the_width_and_answers_are_plain_in_a_pipe() {
    for (columns, lang) in [("40", "en"), ("60", "zh"), ("100", "en")] {
        let mut command = program();
        command.env("COLUMNS", columns).env("CLICOLOR", "1").args(["check", "examples/hong-kong.yaml", "--lang", lang]);
        let run = finish(command, b"");
        assert!(!run.out.contains('\u{1b}'));
        let width = |line: &str| -> usize { line.chars().map(|letter| if letter > '\u{2e7f}' { 2 } else { 1 }).sum() };
        let most: usize = columns.parse().expect("a number");
        for line in run.out.lines().filter(|line| line.contains(' ')) {
            // Names of facts stay whole.
            assert!(width(line) <= most || line.contains("project."), "{columns}: {line}");
        }
    }
}

// --- guides

#[test]
fn directions_are_listed_and_shown() {
    for lang in ["en", "zh"] {
        let list = run(&["guide", "list", "--lang", lang]);
        assert_eq!((list.status, list.err.as_str()), (0, ""));
        assert_snapshot(&format!("guide-list.{lang}.txt"), &list.out);
        let sheet = run(&["guide", "show", "1.3", "--lang", lang]);
        assert_eq!((sheet.status, sheet.err.as_str()), (0, ""));
        assert_snapshot(&format!("guide-show-riken.{lang}.txt"), &sheet.out);
    }
    let list = json(&run(&["guide", "list", "--format", "json"]));
    let directions = list["guides"][0]["directions"].as_array().expect("a list");
    assert_eq!(directions.len(), 13);
    let budget: i64 = directions.iter().map(|direction| direction["budget_cny"].as_i64().expect("a number")).sum();
    assert_eq!(budget, 364_800_000, "3.148 and 0.5 hundred million");
    let sheet = json(&run(&["guide", "show", "mainland-hk", "--format", "json"]));
    assert_eq!((&sheet["direction"], &sheet["prefix"]), (&"mainland-hk".into(), &"HK1.1".into()));
    assert!(sheet["requirements"].as_array().expect("a list").len() > 20);
}

#[test]
fn the_built_in_call_is_valid_and_its_cases_pass() {
    for folder in ["guides", "guides/2023-second-batch"] {
        let run = run(&["guide", "validate", folder]);
        assert_eq!((run.status, run.err.as_str()), (0, ""));
        assert!(run.out.starts_with("2023-second-batch: 13 directions, "), "{}", run.out);
        assert!(run.out.contains("\n  coverage 100.0 % of "), "{}", run.out);
    }
    let run = run(&["guide", "test", "tests/cases/2023-second-batch.yaml"]);
    let (passed, of) = run.out.trim_end().split_once(" of ").expect("a closing line only");
    assert_eq!((run.status, run.err.as_str(), passed), (0, "", of));
}

#[test]
fn differences_of_cases_are_printed() {
    // A case that cannot be read is a difference of its own and does not hide the others.
    let unknown = run(&["guide", "test", "tests/bad/wrong-expectations.yaml"]);
    assert_eq!((unknown.status, unknown.err.as_str()), (1, ""));
    assert!(unknown.out.contains(": `direction`: unknown direction `"), "{}", unknown.out);
    assert!(unknown.out.ends_with("\n0 of 3\n"), "{}", unknown.out);
    let expected = run_on_invented(&["guide", "test", "tests/bad/wrong-expectations.yaml"]);
    assert_eq!((expected.status, expected.err.as_str()), (1, ""));
    assert_eq!(
        expected.out,
        "eligible-in-truth: verdict: expected INELIGIBLE, found ELIGIBLE\n\
         eligible-in-truth: violated: missing O2(2)\n\
         too-few-days: violated: missing O2(1); extra O2(2)\n\
         1 of 3\n"
    );
    let chinese = run_on_invented(&["guide", "test", "tests/bad/wrong-expectations.yaml", "--lang", "zh"]);
    assert!(
        chinese.out.ends_with("too-few-days: violated 缺少 O2(1)，多出 O2(2)\n3 个案例中 1 个一致\n"),
        "{}",
        chinese.out
    );
    let none = run_on_invented(&["guide", "test", "examples/invented-plan.yaml"]);
    assert_eq!(none.status, 65);
    assert_eq!(
        none.err,
        "error: examples/invented-plan.yaml: case `examples/invented-plan.yaml#1` has no `expect` to compare with\n"
    );
}

fn run_on_invented(arguments: &[&str]) -> Run {
    run(&[&["--guides", "examples/invented-call"], arguments].concat())
}

#[test]
fn a_call_of_ones_own_is_added_with_its_facts_and_groups() {
    let valid = run(&["guide", "validate", "examples/invented-call"]);
    assert_eq!((valid.status, valid.err.as_str()), (0, ""));
    assert_snapshot("guide-validate-invented.en.txt", &valid.out);
    let refused = run(&["check", "examples/invented-plan.yaml"]);
    assert_eq!(refused.status, 65);
    let plan = run_on_invented(&["check", "examples/invented-plan.yaml"]);
    assert_eq!((plan.status, plan.err.as_str()), (1, ""));
    assert_snapshot("check-invented.en.txt", &plan.out);
    let built_in = run_on_invented(&["check", "examples/riken.yaml"]);
    assert_eq!(built_in.out, run(&["check", "examples/riken.yaml"]).out, "the built-in call is still there");
    let mut command = program();
    command.env("LIANHE_GUIDES", "examples/invented-call").args(["check", "examples/invented-plan.yaml"]);
    assert_eq!(finish(command, b"").out, plan.out);
}

#[test]
fn a_call_of_the_same_key_takes_the_place_of_the_built_in_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let call = folder.path().join("2023-second-batch");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/invented-call"), &call);
    let head = fs::read_to_string(call.join("guide.yaml")).expect("read");
    fs::write(call.join("guide.yaml"), head.replace("guide: invented-call", "guide: 2023-second-batch"))
        .expect("written");
    for guides in [folder.path(), &call] {
        let list = json(&run(&["--guides", guides.to_str().expect("UTF-8"), "guide", "list", "--format", "json"]));
        let calls = list["guides"].as_array().expect("a list");
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0]["directions"].as_array().expect("a list").len(), 2);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

#[test]
fn problems_of_a_call_name_the_callers_own_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let call = folder.path().join("invented-call");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/invented-call"), &call);
    let path = call.join("O1-islands.yaml");
    let text = fs::read_to_string(&path).expect("read");
    fs::write(&path, text.replace("modality: encouraged", "modality: encuraged")).expect("written");
    let broken = run(&["guide", "validate", call.to_str().expect("UTF-8")]);
    assert_eq!((broken.status, broken.out.as_str()), (65, ""));
    let message = "unknown modality `encuraged`; did you mean `encouraged`? (allowed: `mandatory`, `in_principle`, \
                   `encouraged`, `informational`)";
    assert_eq!(broken.err, format!("error: {}:43:13: `requirements[3].modality`: {message}\n", path.display()));
    fs::write(&path, text.replace("quote: 鼓励企业参与", "quote: 鼓励公司参与")).expect("written");
    let unquoted = run(&["guide", "validate", call.to_str().expect("UTF-8")]);
    assert_eq!(unquoted.status, 65);
    assert_eq!(
        unquoted.err,
        format!(
            "error: {path}:41:10: quote `鼓励公司参与` is not in this section of the source; copy it word for word (white \
             space aside)\nerror: {path}:4:9: no requirement or `covered` entry speaks for this text: `鼓励企业参与。`\n",
            path = path.display()
        )
    );
}

// --- profile

#[test]
fn an_institution_learns_what_it_could_do() {
    for lang in ["en", "zh"] {
        let run = run(&["profile", "examples/institution.yaml", "--lang", lang]);
        assert_eq!((run.status, run.err.as_str()), (0, ""));
        assert_snapshot(&format!("profile-institution.{lang}.txt"), &run.out);
    }
    let answer = json(&run(&["profile", "examples/institution.yaml", "--format", "json"]));
    let roles = answer["roles"].as_array().expect("a list");
    assert_eq!(roles.len(), 39);
    let open: Vec<&Value> = roles.iter().filter(|role| role["verdict"] == "UNDETERMINED").collect();
    let open: Vec<&str> = open.iter().map(|role| role["direction"].as_str().expect("a text")).collect();
    assert_eq!(open, ["cn-arab-labs", "cn-africa-labs"]);
}

// --- accounts and history

const PASSWORD: &str = "granite otter lamp violet";

/// Runs it over a data folder, with a line on standard input.
fn run_in(data: &Path, line: &str, input: &str) -> Run {
    let mut command = program();
    command.env("LIANHE_DATA", data).args(line.split(' '));
    finish(command, input.as_bytes())
}

/// An administrator, whose making is the first three records of the history.
fn with_administrator() -> TempDir {
    let data = tempfile::tempdir().expect("a folder");
    let made =
        run_in(data.path(), "admin create --email Admin@Example.org --name 王小明", &format!("{PASSWORD}\r\nmore\n"));
    assert_eq!((made.status, made.err.as_str()), (0, ""));
    assert!(
        made.out.starts_with("made the administrator admin@example.org. It has no administrator's power until "),
        "{}",
        made.out
    );
    assert!(made.out.contains("1. open http://127.0.0.1:8080/explorer, sign in with signIn"), "{}", made.out);
    data
}

/// The database of a data folder.
async fn connection(data: &Path) -> DatabaseConnection {
    Database::connect(format!("sqlite://{}", data.join("lianhe.db").display())).await.expect("a connection")
}

fn wait<T>(task: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(task)
}

#[test]
fn an_administrator_is_made_with_a_good_password_and_once() {
    let data = with_administrator();
    let refused = |line: &str, input: &str| {
        let run = run_in(data.path(), line, input);
        assert_eq!((run.status, run.out.as_str()), (64, ""), "{line}");
        run.err
    };
    let create = "admin create --email other@example.org --name Li";
    assert_eq!(
        refused(create, "password1234\n"),
        "error: `password`: the password is easy to guess: avoid common passwords, your name or address, dates, rows of keys \
         and repeated characters; a few unrelated words make a good one\n"
    );
    assert!(
        refused(create, "").starts_with("error: `password`: a password has at least 10 characters, this one has 0; ")
    );
    assert!(
        refused(&format!("{create} --lang zh"), "abc").starts_with("错误：`password`: 密码至少 10 个字符，目前 3 个")
    );
    assert_eq!(
        refused("admin create --email admin@example.org --name Li", PASSWORD),
        "error: `--email`: the address has an account already; give that account the role instead\n"
    );
    assert_eq!(
        refused("admin create --email nobody --name \u{202e}", PASSWORD),
        "error: `--email`: not a mail address; one looks like name@example.org, with an international domain in its xn-- \
         form\nerror: `--name`: a name has 1 to 200 characters that can be seen\n"
    );
    let by_argument = refused("admin create --email other@example.org --name Li --password x", "");
    assert!(by_argument.starts_with("error: unexpected argument `--password`"), "{by_argument}");
    let accounts = wait(async { account::Entity::find().all(&connection(data.path()).await).await.expect("accounts") });
    let [account] = accounts.try_into().expect("one account");
    assert_eq!((account.email.as_deref(), account.name.as_str()), (Some("admin@example.org"), "王小明"));
    assert_eq!((account.role, account.lang), (account::Role::Administrator, account::Lang::En));
    assert!(account.email_verified_at.is_some() && account.password_hash.starts_with("$argon2id$"));
}

#[test]
fn roles_and_second_factors_are_looked_after_from_the_command_line() {
    let data = with_administrator();
    let run = |line: &str| run_in(data.path(), line, "");
    let role = run("admin role --email admin@example.org --role moderator");
    assert_eq!(
        (role.status, role.out.as_str(), role.err.as_str()),
        (0, "admin@example.org has the role of a moderator now; it takes effect once a second factor is set up\n", "")
    );
    let role = run("admin role --email admin@example.org --role none --lang zh");
    assert_eq!((role.status, role.out.as_str()), (0, "admin@example.org 现没有全局角色。\n"));
    let nobody = run("admin role --email nobody@example.org --role none");
    let told = "error: `--email`: it is not there, or not for you to see\n";
    assert_eq!((nobody.status, nobody.out.as_str(), nobody.err.as_str()), (64, "", told));
    let wrong = run("admin role --email admin@example.org --role owner");
    let told = "error: `owner` is not allowed for `--role <ROLE>`; did you mean `none`? (allowed: `moderator`, \
                `administrator`, `none`)\n";
    assert_eq!((wrong.status, wrong.err.as_str()), (64, told));
    let reset = "admin reset-second-factor --email admin@example.org";
    let none = run(reset);
    assert_eq!((none.status, none.err.as_str()), (64, "error: `--email`: the account has no second factor\n"));
    wait(async {
        account::Entity::update_many()
            .col_expr(account::Column::TotpSecret, Expr::value(vec![1_u8; 20]))
            .col_expr(account::Column::TotpConfirmedAt, Expr::value(1_i64))
            .exec(&connection(data.path()).await)
            .await
            .expect("changed");
    });
    let done = run(reset);
    let told = "the second factor of admin@example.org is switched off, and its sessions have ended; the owner is told by mail\n";
    assert_eq!((done.status, done.out.as_str(), done.err.as_str()), (0, told, ""));
    let records = wait(async {
        let records = audit_record::Entity::find().order_by_asc(audit_record::Column::Sequence);
        records.all(&connection(data.path()).await).await.expect("records")
    });
    let actions: Vec<&str> = records.iter().map(|record| record.action.as_str()).collect();
    let expected =
        ["SIGNED_UP", "EMAIL_VERIFIED", "ROLE_CHANGED", "ROLE_CHANGED", "ROLE_CHANGED", "SECOND_FACTOR_RESET"];
    assert_eq!(actions, expected);
    assert!(records.iter().all(|record| record.actor.is_none()), "nobody but the system has acted");
}

/// The files of a data folder and what they hold. Whoever reads a SQLite database shares memory with its other readers in a
/// file beside it, and has an empty log.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_shared = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "db-shm");
    let files = entries.filter(|path| path.is_file() && !is_shared(path));
    files
        .filter(|path| fs::metadata(path).expect("a file").len() > 0)
        .map(|path| (path.display().to_string(), fs::read(&path).expect("read")))
        .collect()
}

#[test]
fn the_history_is_verified_and_nothing_is_written() {
    let data = with_administrator();
    let before = files(data.path());
    let verify = |more: &str| run_in(data.path(), &format!("audit verify{more}"), "");
    let whole = verify("");
    let head = whole.out.strip_prefix("3 records, head ").expect(&whole.out).trim_end().to_owned();
    assert_eq!((whole.status, whole.err.as_str(), head.len()), (0, "", 64));
    assert!(head.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(verify(" --lang zh").out, format!("3 条记录，链尾 {head}\n"));
    let answer = json(&verify(&format!(" --format json --expect {head}")));
    assert_eq!(answer, serde_json::json!({ "whole": true, "records": 3, "head": head, "expected_is_there": true }));
    assert!(files(data.path()) == before, "something was written");

    run_in(data.path(), "admin role --email admin@example.org --role moderator", "");
    let later = verify(&format!(" --expect {head}"));
    assert!(later.out.starts_with("4 records, head ") && !later.out.contains(&head), "{}", later.out);
    assert_eq!(later.status, 0, "the earlier head is in the chain still");
    let elsewhere = verify(&format!(" --expect {}", "ab".repeat(32)));
    assert_eq!(elsewhere.status, 1);
    assert!(elsewhere.out.ends_with("\nthe head that was expected is not in the chain: what came before it was written anew, or it is another database\n"));
    let no_hash = verify(" --expect 12");
    assert_eq!(no_hash.status, 64);
    assert!(no_hash.err.contains("expected 64 hexadecimal digits"), "{}", no_hash.err);
}

on_both!(a_history_that_was_tampered_with_is_told_with_its_record);

async fn a_history_that_was_tampered_with_is_told_with_its_record(place: Place) {
    let run = |line: &str, input: &str| {
        let mut command = program();
        command.env("LIANHE_DATA", place.path("data")).args(line.split(' ')).args(["--database", place.address()]);
        finish(command, input.as_bytes())
    };
    let made = run("admin create --email admin@example.org --name Wang", PASSWORD);
    assert_eq!((made.status, made.err.as_str()), (0, ""));
    let whole = run("audit verify", "");
    assert_eq!((whole.status, whole.err.as_str()), (0, ""));
    let head = whole.out.trim_end().strip_prefix("3 records, head ").expect(&whole.out).to_owned();

    let connection = Database::connect(place.address()).await.expect("a connection");
    let second = audit_record::Entity::find_by_id(2).one(&connection).await.expect("read").expect("a record");
    let action = second.action.replace("EMAIL", "EMAIK");
    let mut changed = second.into_active_model();
    changed.action = Set(action);
    changed.update(&connection).await.expect("changed");
    let changed = run("audit verify", "");
    assert_eq!((changed.status, changed.err.as_str()), (1, ""));
    assert_eq!(changed.out, "the history was tampered with: record 2 is not as it was written\n");
    assert_eq!(run("audit verify --lang zh", "").out, "历史记录已被改动：第 2 条与写入时不符\n");
    let answer = run(&format!("audit verify --format json --expect {head}"), "");
    let said = json(&answer);
    assert_eq!(answer.status, 1);
    assert_eq!((&said["whole"], &said["record"], &said["fault"]), (&false.into(), &2.into(), &"CHANGED".into()));
    assert_eq!(said["expected_is_there"], true, "the last record is as it was");

    audit_record::Entity::delete_by_id(2).exec(&connection).await.expect("deleted");
    let gone = run("audit verify", "");
    assert_eq!(gone.status, 1);
    assert!(
        gone.out.starts_with("the history was tampered with: record 2 does not follow the one before; "),
        "{}",
        gone.out
    );
    audit_record::Entity::delete_by_id(3).exec(&connection).await.expect("deleted");
    let cut = run("audit verify", "");
    assert_eq!(cut.status, 1);
    assert!(
        cut.out.starts_with("the history was tampered with: from record 2 on it does not agree with its head; "),
        "{}",
        cut.out
    );
}

#[test]
fn without_a_database_there_is_no_history_and_none_is_made() {
    let place = tempfile::tempdir().expect("a folder");
    let data = place.path().join("data");
    let run = run_in(&data, "audit verify", "");
    assert_eq!((run.status, run.out.as_str()), (70, ""));
    assert!(run.err.starts_with("error: the database cannot be opened; "), "{}", run.err);
    assert!(!data.exists());
}

// --- the demo

/// The answer to a query, whose sender may be somebody.
fn ask(address: &str, token: Option<&str>, query: &str, variables: &Value) -> Value {
    let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(address).expect("connected");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{authorization}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let mut answer: Value = serde_json::from_str(body).expect(body);
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer.get_mut("data").expect("data").take()
}

#[test]
fn the_demo_has_people_and_a_queue_of_cases() {
    let place = tempfile::tempdir().expect("a folder");
    let mut command = program();
    command.env("TMPDIR", place.path()).args(["demo", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut server = Server(child, place);
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &String| !line.starts_with("# mails are written to ")) {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).expect("a line"), 0, "{lines:#?}");
        lines.push(line.trim_end().to_owned());
    }
    let address = lines[0].strip_prefix("listening on http://").expect("an address").to_owned();
    let line_after = |start: &str| lines.iter().position(|line| line.trim_start().starts_with(start)).expect(start) + 1;
    let mutation = lines[line_after("1. run this mutation")].trim();
    let sign_in = |part: &str| {
        let at = line_after(part) - 1;
        let (_, account) = lines[at].rsplit_once(": ").expect("an account");
        let (email, password) = account.split_once("  ").expect("a password");
        let code = lines[at + 1].trim().strip_prefix("code ").map(|rest| rest.split(' ').next().expect("a code"));
        let input = serde_json::json!({ "input": { "email": email, "password": password, "code": code } });
        let answer = ask(&address, None, mutation, &input);
        answer["signIn"]["session"]["accessToken"].as_str().unwrap_or_else(|| unreachable(&answer)).to_owned()
    };
    let own = |start: &str| lines[line_after(start)].trim();

    let moderator = sign_in("moderator: ");
    let queue = ask(&address, Some(&moderator), own("# as the moderator"), &Value::Null);
    let cases = queue["reviewQueue"]["nodes"].as_array().expect("cases");
    assert_eq!(queue["reviewQueue"]["totalCount"], 9);
    let shown = |case: &Value| {
        let part = |list: &str, pointer: &str| {
            let items = case["profile"][list].as_array().expect(list);
            items
                .iter()
                .map(|item| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        let errors = case["profile"]["checks"]
            .as_array()
            .expect("checks")
            .iter()
            .filter(|check| check["severity"] == "ERROR")
            .count();
        format!(
            "{} {} {}: {errors} errors, {} duplicates, {} files",
            case["priority"],
            case["kind"].as_str().expect("a kind"),
            case["name"]["en"].as_str().expect("a name"),
            part("duplicates", "/name/en").len(),
            case["evidence"].as_array().expect("evidence").len(),
        )
    };
    let cases_shown: Vec<String> = cases.iter().map(shown).collect();
    assert_eq!(
        cases_shown,
        [
            "2 REVISION Qinghai Plateau Photovoltaics Institute: 0 errors, 0 duplicates, 0 files",
            "1 APPEAL Mekong Clean Energy Association: 0 errors, 0 duplicates, 0 files",
            // Its acronym is that of another as well, which does not count.
            "0 REVISION Hanoi University of Science and Technology: 0 errors, 0 duplicates, 0 files",
            "0 REVISION Shenyang Yunling Intelligent Equipment: 1 errors, 0 duplicates, 0 files",
            "0 REVISION Northwest A&F University: 0 errors, 0 duplicates, 0 files",
            "0 REVISION Institute of Technology of Cambodia: 1 errors, 0 duplicates, 0 files",
            "0 REVISION Cairo University: 0 errors, 0 duplicates, 0 files",
            "0 REVISION Xi'an Jiaotong University: 0 errors, 1 duplicates, 0 files",
            "0 CLAIM Mahidol University: 0 errors, 0 duplicates, 1 files",
        ]
    );
    let checks = |case: usize| -> Vec<&str> {
        let checks = cases[case]["profile"]["checks"].as_array().expect("checks");
        checks.iter().map(|check| check["message"]["en"].as_str().expect("a text")).collect()
    };
    assert!(
        checks(3)
            .iter()
            .any(|check| check.starts_with("credit code 12210100MB0DEMC21K is that of a public institution"))
    );
    assert!(
        checks(4).contains(&"registration date: “1934” in the registry, now declared as “1999-09-11”"),
        "{:?}",
        checks(4)
    );
    assert!(checks(5).iter().any(|check| check.starts_with("the registration date, 2064, is after today")));
    assert!(checks(6).iter().any(|check| check.contains("projects@cu.edu.eg")), "{:?}", checks(6));

    // The moderator can decide what waits, the appeal included.
    let decide =
        "mutation ($input: DecideCaseInput!) { decideCase(input: $input) { case { state } userErrors { code } } }";
    let appeal = serde_json::json!({
        "case": cases[1]["id"], "revision": cases[1]["newestRevision"], "decision": "APPROVED"
    });
    let decided = ask(&address, Some(&moderator), decide, &serde_json::json!({ "input": appeal }));
    assert_eq!(decided["decideCase"], serde_json::json!({ "case": { "state": "DECIDED" }, "userErrors": [] }));

    let institution = sign_in("institution (");
    let seen = ask(&address, Some(&institution), own("# as the institution"), &Value::Null);
    assert_eq!(seen["inbox"]["unreadCount"], 3);
    let [profile] = seen["myProfiles"].as_array().expect("profiles").as_slice() else { unreachable(&seen) };
    assert_eq!((&profile["status"], &profile["content"]["name"]["zh"]), (&"PUBLISHED".into(), &"清华大学".into()));
    assert_eq!(profile["verifications"][0]["fact"]["name"], "member.registered_on");
    assert_eq!(profile["evidence"][0]["name"], "legal-person-certificate.pdf");
    // What is planned with the partner lacks one from another ASEAN state, and there are candidates.
    let seen = ask(&address, Some(&institution), own("# as the institution, its consortium"), &Value::Null);
    let members = seen["consortium"]["members"].as_array().expect("members");
    let names: Vec<&Value> = members.iter().map(|member| &member["name"]["en"]).collect();
    assert_eq!(names, ["Tsinghua University", "Hanoi University of Science and Technology"]);
    assert_eq!(seen["consortium"]["report"]["report"]["verdict"], "INELIGIBLE");
    let [slot] = seen["openSlots"].as_array().expect("slots").as_slice() else { unreachable(&seen) };
    assert_eq!(slot["requirement"]["key"], "2.2(1)#two-states");
    assert!(slot["candidates"].as_array().is_some_and(|of| of.len() == 5), "{slot}");
    sign_in("partner (");
    let administrator = sign_in("administrator: ");
    let history = ask(&address, Some(&administrator), "{ history(first: 100) { nodes { action } } }", &Value::Null);
    let actions: Vec<&str> = history["history"]["nodes"]
        .as_array()
        .expect("records")
        .iter()
        .filter_map(|it| it["action"].as_str())
        .collect();
    for action in ["APPEAL_FILED", "CLAIM_REQUESTED", "CASE_PRIORITISED", "APPEAL_GRANTED"] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }

    let mails = lines.last().and_then(|line| line.strip_prefix("# mails are written to ")).expect("a folder");
    let folder = Path::new(mails).parent().expect("a folder");
    let mut verify = program();
    verify.args(["audit", "verify", "--database", &format!("sqlite://{}", folder.join("demo.db").display())]);
    let verified = finish(verify, b"");
    assert_eq!((verified.status, verified.err.as_str()), (0, ""), "while the service runs");
    assert!(verified.out.contains(" records, head "), "{}", verified.out);

    assert!(folder.starts_with(server.1.path()) && folder.exists());
    let told = Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().expect("told");
    assert!(told.success());
    assert_eq!(server.0.wait().expect("it ends").code(), Some(0));
    assert!(!folder.exists(), "nothing is kept");
}

fn unreachable<T>(found: &Value) -> T {
    panic!("{found}")
}

// --- serve

/// A server that is stopped with the test, and its data folder.
struct Server(Child, TempDir);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(variables: &[(&str, &str)]) -> (Server, BufReader<std::process::ChildStdout>) {
    let mut command = program();
    let data = tempfile::tempdir().expect("a folder");
    command.env("LIANHE_DATA", data.path());
    command.envs(variables.iter().copied()).args(["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let out = BufReader::new(child.stdout.take().expect("piped"));
    (Server(child, data), out)
}

#[test]
fn the_server_answers_and_ends_in_order_when_told_to() {
    for signal in ["-TERM", "-INT"] {
        let (mut server, mut out) = serve(&[("LIANHE_LOG_FORMAT", "json")]);
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("listening on http://").expect("an address").to_owned();
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        let told = Command::new("kill").args([signal, &server.0.id().to_string()]).status().expect("told");
        assert!(told.success());
        let status = server.0.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{signal}");
        let mut log = String::new();
        server.0.stderr.take().expect("piped").read_to_string(&mut log).expect("UTF-8");
        for line in log.lines() {
            assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        }
    }
}

#[test]
fn a_wrong_configuration_stops_the_server_before_it_starts() {
    let refused = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = program();
        command.envs(variables.iter().copied()).arg("serve").args(arguments);
        finish(command, b"")
    };
    let run = refused(&["--listen", "here"], &[]);
    let message = "error: `--listen`: expected IP address and port such as 127.0.0.1:8080, found `here`\n";
    assert_eq!((run.status, run.err.as_str()), (64, message));
    let run = refused(&[], &[("LIANHE_LOG_LEVL", "info")]);
    assert_eq!(run.status, 64);
    assert!(run.err.starts_with("error: unknown variable `LIANHE_LOG_LEVL`; did you mean `LIANHE_LOG_LEVEL`?"));
    let (_folder, path) = file("serve.toml", "workers = 1\nlisten = '127.0.0.1:0'\n[log]\nformt = 'json'\n");
    let run = refused(&["--config", path.to_str().expect("UTF-8")], &[]);
    assert_eq!(run.status, 65);
    assert_eq!(
        run.err,
        format!(
            "error: {}:4:1: unknown key `log.formt`; did you mean `log.format`? (allowed: `log.format`, `log.level`)\n",
            path.display()
        )
    );
    let run = refused(&["--config", "nowhere.toml"], &[]);
    assert_eq!((run.status, run.err.as_str()), (66, "error: nowhere.toml: no such file\n"));
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = taken.local_addr().expect("an address").to_string();
    let data = tempfile::tempdir().expect("a folder");
    let mut command = program();
    command.env("LIANHE_DATA", data.path()).env("LIANHE_LOG_LEVEL", "error").args(["serve", "--listen", &address]);
    let run = finish(command, b"");
    assert_eq!(run.status, 70);
    assert!(
        run.err.starts_with(&format!("error: the service cannot run: cannot listen on {address}: ")),
        "{}",
        run.err
    );
}
