//! `tempo study`: a small one on the built-in model, stopped, gone on with, in shards, merged; and what it refuses.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Tempo, stderr};

const SPEC: &str = "\
texts = \"texts\"
prefix = 8
n = 5
thresholds = [0.1, 0.3]
exact_limit = 40
variants = [\"isolated\", \"none\", \"first\", \"mask posterior\", \"rebuild share\"]
";

const TEXTS: &str = "\
Once upon a time there was a little cat who lived in a house by the river with her two friends.
<|endoftext|>
One day the dog went to the market and bought a red ball for his sister, who was very happy about it.
<|endoftext|>
The sun was warm and the children played in the garden until their mother called them home to eat.
<|endoftext|>
Too short.
";

fn study(arguments: &[&str]) -> Tempo {
    let fixed = ["study", "--device", "cpu", "--threads", "1"];
    let tempo = Tempo::new(&[&fixed, arguments].concat());
    fs::create_dir(tempo.path("texts")).unwrap();
    tempo.file("spec.toml", SPEC).file("texts/a.txt", TEXTS).file("texts/b.html", "not read")
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

/// The figures for people.
fn table(folder: &Path) -> String {
    fs::read_to_string(folder.join("summary.json").with_extension("md")).unwrap()
}

#[test]
fn a_study_that_was_killed_goes_on_to_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, torn) = (folder.path().join("whole"), folder.path().join("torn"));
    let run = |out: &Path| study(&["spec.toml", "--out", out.to_str().unwrap()]).run();
    let output = run(&whole);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("1 of 4 documents are too short"), "{}", stderr(&output));
    let rows = read(&whole, "measurements.jsonl");
    // Two thresholds of forced, free, recall and reading, one of them with five variants, and the plain text: three windows.
    assert_eq!(rows.lines().count(), 3 * (2 * 4 + 5 + 1));

    fs::create_dir(&torn).unwrap();
    fs::copy(whole.join("study.json"), torn.join("study.json")).unwrap();
    for kept in [0, rows.len() / 3, rows.len() / 2, rows.len() - 1] {
        fs::write(torn.join("measurements.jsonl"), &rows.as_bytes()[..kept]).unwrap();
        assert!(run(&torn).status.success());
        assert_eq!(read(&torn, "measurements.jsonl"), rows, "from {kept} bytes on");
        assert_eq!(read(&torn, "summary.json"), read(&whole, "summary.json"));
    }

    // Two shards are the same study.
    let parts = ["1/2", "2/2"].map(|shard| {
        let out = folder.path().join(shard.replace('/', "of"));
        study(&["spec.toml", "--out", out.to_str().unwrap(), "--shard", shard]).succeeds();
        out.to_str().unwrap().to_owned()
    });
    let merged = folder.path().join("merged");
    let out = merged.to_str().unwrap();
    study(&["--merge", &parts[0], &parts[1], "--out", out]).succeeds();
    assert_eq!(read(&merged, "summary.json"), read(&whole, "summary.json"));
    assert_eq!(table(&merged), table(&whole));
    assert!(run(&merged).status.success());
    assert_eq!(read(&merged, "measurements.jsonl").lines().count(), rows.lines().count(), "nothing is measured again");

    let again = study(&["--merge", &parts[0], &parts[1], "--out", out]).fails();
    assert!(again.contains("holds a study already"), "{again}");
    let one = study(&["--merge", &parts[0], "--out", folder.path().join("one").to_str().unwrap()]).run();
    assert!(stderr(&one).contains("1 of 3 documents have no rows"), "{}", stderr(&one));
    let other = folder.path().join("other");
    let spec = SPEC.replace("prefix = 8", "prefix = 9");
    study(&["spec.toml", "--out", other.to_str().unwrap()]).file("spec.toml", spec).succeeds();
    let error = study(&["--merge", &parts[0], other.to_str().unwrap(), "--out", "x"]).fails();
    assert!(error.contains("no parts of one study"), "{error}");
    let error = study(&["spec.toml", "--out", other.to_str().unwrap()]).fails();
    assert!(error.contains("holds another study"), "{error}");
    let error = study(&["spec.toml", "--out", &parts[0]]).fails();
    assert!(error.contains("holds shard 1/2 and not 1/1"), "{error}");
}

#[test]
fn figures_have_means_intervals_and_what_they_are_over() {
    let mut tempo = study(&["spec.toml", "--out", "out"]);
    tempo.succeeds();
    let summary: Value = serde_json::from_str(&read(&tempo.path("out"), "summary.json")).unwrap();
    assert_eq!(summary["measured"]["documents"], 3);
    let figures = summary["figures"].as_array().unwrap();
    let figure = |metric: &str, name: &str| {
        let found =
            figures.iter().find(|one| one["metric"] == metric && one["figure"] == name && one["threshold"] == 0.1);
        found.unwrap_or_else(|| panic!("no {metric}: {name}"))
    };
    let mean = |metric: &str, name: &str| figure(metric, name)["mean"].as_f64().unwrap();
    for metric in
        ["width", "recall", "cost", "calibration", "dominance", "mass", "removal", "effect", "variants", "reading"]
    {
        assert!(figures.iter().any(|one| one["metric"] == metric), "{metric}");
    }
    for one in figures {
        let (mean, interval) = (one["mean"].as_f64().unwrap(), one["interval"].as_array().unwrap());
        let (low, high) = (interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap());
        assert!(low <= mean + 1e-6 && mean <= high + 1e-6, "{one}");
        assert!(one["n"]["documents"].as_u64() <= Some(3) && one["n"]["observations"].as_u64() > Some(0));
    }
    // I4: with one open set TEMPO is exact; with a smaller part of the sets it finds no more.
    assert!(mean("calibration", "kl, m = 1") < 1e-4);
    assert!(mean("recall", "tempo, h = 2") <= mean("recall", "tempo, h = 1"));
    // The options as they are, as a variant of themselves.
    for name in ["isolated: cost - that of the options", "isolated: kl - that of the options"] {
        assert_eq!(figure("variants", name)["interval"], serde_json::json!([0.0, 0.0]));
    }
    assert!(mean("variants", "first: kl") > mean("variants", "isolated: kl"), "one member speaks for all");
    assert!(mean("reading", "scored - viterbi") >= -1e-6, "it is the best path");
    let table = table(&tempo.path("out"));
    assert!(table.contains("| threshold 0.1 | threshold 0.3 |") && table.contains("| kl, m = 1 | "));
}

#[test]
fn a_spec_is_refused_by_key() {
    for (change, needles) in [
        ("prefx = 8", &["spec.toml", "unknown field `prefx`"] as &[_]),
        ("metrics = [\"widths\"]", &["unknown variant `widths`", "`recall`"]),
        ("variants = [\"sideways\"]", &["`variants` has \"sideways\"", "visible"]),
        ("variants_at = [0.7]", &["`variants_at` has 0.7"]),
        ("windows = 0", &["`windows` must be 1 or more"]),
        ("own_sets = [\"sideways\"]", &["`own_sets` has \"sideways\"", "visible"]),
        ("meter_at = [3]", &["`meter_at`", "`meter_samples` = 0"]),
        ("meter_proposal = \"chain\"", &["`meter_proposal`", "`meter_samples` = 0"]),
        ("meter_samples = 4\nmeter_proposal = \"kin\"", &["unknown variant `kin`", "`chain`"]),
        ("own_sets = [\"cool\"]\n[ways.cool]\nwarmth = 1.0", &["spec.toml", "[ways.\"cool\"]", "warmth"]),
        ("own_sets = [\"cool\"]\n[ways.cool]\ntemperature = 0.0", &["variant \"cool\"", "temperature"]),
        ("instruction = \"Go on:\"", &["storyteller has no chat template"]),
        ("[options]\nmax_sett = 2", &["unknown field `max_sett`"]),
        ("[options]\ntemperature = 0.0", &["[options]", "temperature"]),
        ("documents = 9", &["3 of 4 documents have the 13 tokens", "9 are wanted", "lower `prefix`"]),
    ] {
        // A key may stand once only.
        let kept = |line: &&str| !change.starts_with("variants =") || !line.starts_with("variants");
        let spec = SPEC.lines().filter(kept).collect::<Vec<_>>().join("\n");
        let error = study(&["spec.toml", "--out", "out"]).file("spec.toml", format!("{spec}\n{change}\n")).fails();
        assert!(needles.iter().all(|needle| error.contains(needle)), "{change}: {error}");
    }
    let long = SPEC.replace("n = 5", "n = 600");
    let error = study(&["spec.toml", "--out", "out"]).file("spec.toml", long).fails();
    assert!(error.contains("the model's context has 512"), "{error}");
    assert!(study(&["nothing.toml", "--out", "out"]).fails().contains("cannot read the study nothing.toml"));
    let without = SPEC.replace("texts = \"texts\"\n", "");
    let error = study(&["spec.toml", "--out", "out"]).file("spec.toml", without).fails();
    assert!(error.contains("`texts` is missing"), "{error}");
    let nowhere = SPEC.replace("\"texts\"", "\"nowhere\"");
    let error = study(&["spec.toml", "--out", "out"]).file("spec.toml", nowhere).fails();
    assert!(error.contains("cannot read nowhere"), "{error}");
    assert!(study(&["--merge", "no", "--out", "out"]).fails().contains("no holds no study"));
}

const QUESTIONS: &str = "\
texts = \"texts\"
prefix = 8
n = 5
metrics = [\"width\", \"calibration\", \"variants\", \"reading\"]
variants = [\"small budget\"]
own_sets = [\"none\", \"cool\", \"single\"]
exact_limit = 2
meter_samples = 8
meter_proposal = \"chain\"
meter_at = [3, 5]

[ways.cool]
temperature = 0.7

[ways.single]
max_set = 1

[ways.\"small budget\"]
budget = 9
";

#[test]
fn many_open_sets_are_estimated_and_ways_run_on_sets_of_their_own() {
    let rows = |spec: &str| {
        let mut tempo = study(&["spec.toml", "--out", "out"]);
        tempo = tempo.file("spec.toml", spec);
        tempo.succeeds();
        let rows = read(&tempo.path("out"), "measurements.jsonl");
        let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (rows, read(&tempo.path("out"), "summary.json"))
    };
    let (found, summary) = rows(QUESTIONS);
    let part = |part: &str| found.iter().filter(|row| row["part"] == part).collect::<Vec<_>>();
    assert_eq!((part("free").len(), part("variant").len(), part("own").len()), (3, 3, 9));
    let (mut enumerated, mut estimated) = (0, 0);
    for one in part("free").iter().flat_map(|row| row["calibration"].as_array().unwrap()) {
        let at = one["step"].as_u64().unwrap() + 1;
        if let Some(ess) = one["ess"].as_f64() {
            assert!((1.0..=8.0).contains(&ess) && [3, 5].contains(&at), "{one}");
            estimated += 1;
        } else {
            assert!(one["open"].as_u64() == Some(1), "two paths are one open set: {one}");
            enumerated += 1;
        }
    }
    assert!(enumerated > 0 && estimated > 0, "{enumerated} {estimated}");
    let members = |name: &str| {
        let own = part("own").into_iter().filter(|row| row["variant"] == name);
        own.flat_map(|row| row["widths"].as_array().unwrap()).map(|width| width.as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(members("single"), 3 * 5, "a way changes the options that it names");
    assert!(members("none") > 3 * 5 && members("cool") != members("none"));
    for figure in
        ["cool, own sets: viterbi - that of the options", "small budget: cost", "effective sample size, m = 3 to 4"]
    {
        assert!(summary.contains(&format!("\"{figure}\"")), "{figure}");
    }
    // By weights, and after every step.
    let (found, _) = rows(&QUESTIONS.replace("meter_proposal = \"chain\"\nmeter_at = [3, 5]\n", ""));
    let free = found.iter().filter(|row| row["part"] == "free");
    let mut elsewhere = 0;
    for one in free.flat_map(|row| row["calibration"].as_array().unwrap()) {
        // Two open sets are four paths at least; one may be of three members.
        assert!(one["open"] == 1 || one["ess"].is_f64(), "{one}");
        elsewhere += usize::from(one["ess"].is_f64() && one["step"] != 2 && one["step"] != 4);
    }
    assert!(elsewhere > 0);
}
