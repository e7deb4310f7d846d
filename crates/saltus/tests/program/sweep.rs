//! `saltus sweep`: shards, threads, order, repetition and interruption leave the merged bytes as they are.

use std::process::Stdio;

use crate::harness::Folder;

const SPEC: &str = r#"
seed = 7
[[coverage]]
points = [16, 64]
widths = [8, { log = 1 }]
trials = 200
[[instances]]
points = [50, 200]
widths = [{ log = 3 }]
labels = ["gaussian", "signs"]
repeats = 5
"#;

/// 4 coverage tasks and 20 instances.
const TASKS: usize = 24;

fn planned(spec: &str) -> Folder {
    let folder = Folder::new();
    folder.write("spec.toml", spec);
    let run = folder.run(&["sweep", "plan", "spec.toml", "--out", "tasks.jsonl"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    folder
}

fn ok(folder: &Folder, arguments: &[&str]) -> String {
    let run = folder.run(arguments);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "{arguments:?}"
    );
    run.stdout
}

/// The merged records of the plan done in `shards` parts by so many threads.
fn merged(folder: &Folder, shards: usize, threads: &str) -> String {
    let mut merge = vec!["sweep".to_owned(), "merge".to_owned()];
    for part in (1..=shards).rev() {
        let (shard, out) = (
            format!("{part}/{shards}"),
            format!("part-{shards}-{threads}-{part}.jsonl"),
        );
        ok(
            folder,
            &[
                "sweep",
                "run",
                "tasks.jsonl",
                "--shard",
                &shard,
                "--threads",
                threads,
                "--out",
                &out,
            ],
        );
        merge.push(out);
    }
    merge.extend(["--out".to_owned(), "merged.jsonl".to_owned()]);
    ok(
        folder,
        &merge.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    folder.read("merged.jsonl")
}

#[test]
fn shards_and_threads_change_no_byte() {
    let folder = planned(SPEC);
    assert_eq!(folder.read("tasks.jsonl").lines().count(), TASKS);
    let whole = merged(&folder, 1, "1");
    assert_eq!(whole.lines().count(), TASKS);
    assert_eq!(merged(&folder, 3, "2"), whole);
    assert_eq!(merged(&folder, 30, "4"), whole);
    // Merging what is merged, together with a part of it, changes nothing.
    ok(
        &folder,
        &[
            "sweep",
            "merge",
            "merged.jsonl",
            "part-3-2-2.jsonl",
            "--out",
            "again.jsonl",
        ],
    );
    assert_eq!(folder.read("again.jsonl"), whole);
    // A plan is a function of its specification.
    assert_eq!(
        ok(&folder, &["sweep", "plan", "spec.toml"]),
        folder.read("tasks.jsonl")
    );
}

#[test]
fn what_is_missing_is_named() {
    let folder = planned(SPEC);
    ok(
        &folder,
        &[
            "sweep",
            "run",
            "tasks.jsonl",
            "--shard",
            "2/2",
            "--out",
            "part.jsonl",
        ],
    );
    let run = folder.run(&["sweep", "merge", "part.jsonl", "--json"]);
    let answer = run.json(3);
    let missing: Vec<usize> = (0..TASKS).step_by(2).collect();
    assert_eq!(answer["missing"], serde_json::json!(missing));
    let text = folder.run(&["sweep", "merge", "part.jsonl"]);
    assert!(
        text.stdout.contains("12 missing: tasks 0, 2, 4"),
        "{}",
        text.stdout
    );
}

#[test]
fn a_torn_line_is_done_again_and_nothing_else() {
    let folder = planned(SPEC);
    let run = [
        "sweep",
        "run",
        "tasks.jsonl",
        "--threads",
        "1",
        "--out",
        "part.jsonl",
    ];
    ok(&folder, &run);
    let whole = folder.read("part.jsonl");
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        folder.write("part.jsonl", &whole[..cut]);
        let kept = whole[..cut].matches('\n').count();
        let text = ok(&folder, &run);
        let expected = format!("{TASKS} tasks: {kept} were there, {} done", TASKS - kept);
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(folder.read("part.jsonl"), whole);
    }
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    // Long enough to be killed in its middle: some hundred tasks of milliseconds each.
    let folder = planned(
        "seed = 3\n[[instances]]\npoints = [20000]\nwidths = [200]\nlabels = [\"gaussian\"]\nrepeats = 150\n",
    );
    let arguments = [
        "sweep",
        "run",
        "tasks.jsonl",
        "--threads",
        "2",
        "--out",
        "part.jsonl",
    ];
    let mut kills = 0;
    loop {
        let mut child = folder
            .command(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let before = lines_in(&folder);
        // Kill it (SIGKILL on Unix) as soon as it has added something; a run that ends first has nothing left to lose.
        let ended = loop {
            if let Some(status) = child.try_wait().expect("its state is known") {
                break Some(status);
            }
            if kills < 3 && lines_in(&folder) > before {
                child.kill().expect("it runs");
                child.wait().expect("it ends");
                break None;
            }
            std::thread::yield_now();
        };
        match ended {
            Some(status) => {
                assert!(status.success());
                break;
            }
            None => kills += 1,
        }
    }
    assert!(kills > 0, "the run was over before it could be killed");
    ok(
        &folder,
        &["sweep", "merge", "part.jsonl", "--out", "merged.jsonl"],
    );
    ok(
        &folder,
        &["sweep", "run", "tasks.jsonl", "--out", "other.jsonl"],
    );
    ok(
        &folder,
        &["sweep", "merge", "other.jsonl", "--out", "expected.jsonl"],
    );
    assert_eq!(folder.read("merged.jsonl"), folder.read("expected.jsonl"));
    // Nothing was done twice.
    assert_eq!(folder.read("part.jsonl").lines().count(), 150);
}

fn lines_in(folder: &Folder) -> usize {
    std::fs::read_to_string(folder.path().join("part.jsonl"))
        .map_or(0, |text| text.matches('\n').count())
}

#[test]
fn the_array_task_of_the_scheduler_is_the_shard() {
    let folder = planned(SPEC);
    let mut command = folder.command(&[
        "sweep",
        "run",
        "tasks.jsonl",
        "--shard",
        "/3",
        "--out",
        "a.jsonl",
    ]);
    let status = command
        .env("SLURM_ARRAY_TASK_ID", "2")
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success());
    ok(
        &folder,
        &[
            "sweep",
            "run",
            "tasks.jsonl",
            "--shard",
            "2/3",
            "--threads",
            "1",
            "--out",
            "b.jsonl",
        ],
    );
    let sorted = |name: &str| {
        let text = folder.read(name);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted("a.jsonl"), sorted("b.jsonl"));
}

#[test]
fn wrong_input_is_refused_in_one_line() {
    let folder = planned(SPEC);
    ok(
        &folder,
        &["sweep", "run", "tasks.jsonl", "--out", "part.jsonl"],
    );
    folder.write("bad.toml", "seed = 1\n[[instances]]\npoints = [0]\n");
    folder.write("none.toml", "seed = 1\n");
    folder.write("line.jsonl", "{}\n");
    let tampered = folder
        .read("part.jsonl")
        .replacen("\"jumps\":", "\"jumps\":1", 1);
    folder.write("tampered.jsonl", tampered);
    let swapped = folder
        .read("tasks.jsonl")
        .replacen("\"seed\":7", "\"seed\":8", 1);
    folder.write("swapped.jsonl", swapped);
    let check = |arguments: &[&str], expected: &str| {
        let run = folder.run(arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(
            run.stderr.contains(expected),
            "{arguments:?}: {}",
            run.stderr
        );
    };
    check(&["sweep", "plan", "nowhere.toml"], "nowhere.toml");
    check(&["sweep", "plan", "bad.toml"], "bad.toml: line ");
    check(
        &["sweep", "plan", "none.toml"],
        "found 0 tasks, expected from 1",
    );
    check(
        &["sweep", "run", "line.jsonl", "--out", "x"],
        "line.jsonl: line 1: expected a task",
    );
    check(
        &["sweep", "run", "swapped.jsonl", "--out", "x"],
        "the hash is not that of the task",
    );
    for shard in ["0/2", "3/2", "/2", "x", "1/0"] {
        check(
            &[
                "sweep",
                "run",
                "tasks.jsonl",
                "--shard",
                shard,
                "--out",
                "x",
            ],
            "expected i/n with 1 ≤ i ≤ n",
        );
    }
    check(
        &[
            "sweep",
            "run",
            "tasks.jsonl",
            "--threads",
            "0",
            "--out",
            "x",
        ],
        "--threads",
    );
    check(
        &["sweep", "run", "tasks.jsonl", "--out", "nowhere/x"],
        "nowhere/x: cannot be written",
    );
    check(
        &[
            "sweep",
            "run",
            "tasks.jsonl",
            "--shard",
            "1/2",
            "--out",
            "part.jsonl",
        ],
        "one of the tasks asked for",
    );
    check(
        &["sweep", "merge", "line.jsonl"],
        "line.jsonl, line 1: expected a record",
    );
    check(
        &["sweep", "merge", "part.jsonl", "tampered.jsonl"],
        "another record with a different result",
    );
    folder.write("empty.jsonl", "");
    check(&["sweep", "merge", "empty.jsonl"], "no record in any part");
    assert!(!folder.names().contains(&"x".to_owned()));
}

#[test]
fn two_runs_do_not_write_one_part() {
    let folder = planned(SPEC);
    let part = std::fs::File::create(folder.path().join("part.jsonl")).expect("a file");
    part.lock().expect("nobody else holds it");
    let run = folder.run(&["sweep", "run", "tasks.jsonl", "--out", "part.jsonl"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("another run is writing this part"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_statistical_claims_belong_to_the_suite() {
    let folder = Folder::new();
    for claim in ["R4", "R5"] {
        let run = folder.run(&["verify", "relu.toml", "--claim", claim]);
        assert_eq!(run.code, Some(2));
        assert!(
            run.stderr.contains("saltus suite --claim"),
            "{}",
            run.stderr
        );
    }
    let answer = folder.json(&["suite", "--claim", "R4"]);
    assert_eq!(answer["verdict"], "holds");
    assert_eq!(
        answer["instances"][0]["report"]["claims"][0]["verdict"],
        "holds"
    );
}
