//! scratch
use eligibility::*;
fn files() -> Vec<SourceFile> {
    fn walk(dir: &std::path::Path, base: &std::path::Path, out: &mut Vec<SourceFile>) {
        for e in std::fs::read_dir(dir).expect("dir") {
            let p = e.expect("e").path();
            if p.is_dir() {
                walk(&p, base, out)
            } else {
                out.push(SourceFile {
                    path: p.strip_prefix(base).expect("x").to_str().expect("x").to_owned(),
                    text: std::fs::read_to_string(&p).expect("r"),
                });
            }
        }
    }
    let base = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides");
    let mut out = vec![];
    walk(&base, &base, &mut out);
    out
}
#[test]
fn sample() {
    let t = std::time::Instant::now();
    let f = files();
    let lib = match Library::load(&f) {
        Ok(l) => l,
        Err(p) => {
            for p in p {
                println!("{p}");
            }
            panic!("load")
        }
    };
    println!("loaded in {:?}", t.elapsed());
    let text = std::fs::read_to_string("/work/shared/cases/sample.yaml").expect("r");
    let node = yaml::parse("sample", &text, Default::default()).expect("yaml");
    let cases = match lib.read_cases("sample", &node) {
        Ok(l) => l,
        Err(p) => {
            for p in p {
                println!("{p}");
            }
            panic!("cases")
        }
    };
    let mut ok = 0;
    for c in &cases {
        let r = lib.check(&c.consortium).expect("r");
        let cl = lib.clauses(&r);
        let e = c.expect.as_ref().expect("e");
        let v = |s: &std::collections::BTreeSet<&str>| s.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        if r.verdict.as_str() == e.verdict
            && v(&cl.violated) == e.violated
            && v(&cl.undetermined) == e.undetermined
            && v(&cl.warned) == e.warned
        {
            ok += 1
        } else {
            println!("{:?} {:?} {:?}\n   {:?}", c.id, r.verdict, cl, e);
        }
    }
    println!("{ok} of {}", cases.len());
    assert_eq!(ok, cases.len());
}
