//! What the world does to a run: readers that leave, full disks, folders that cannot be written to, signals, a second run, the clock.

#![cfg(unix)]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use crate::harness::Folder;

/// Runs a line of shell in the folder, with the program as `$saltus`: the exit code and what went to standard error.
fn shell(folder: &Folder, line: &str) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder.path())
        .env("saltus", env!("CARGO_BIN_EXE_saltus"))
        .stdin(Stdio::null())
        .output()
        .expect("the shell starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), stderr)
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = Folder::new();
    for command in [
        "claims",
        "claims --json",
        "predict relu.toml",
        "example relu-cayley",
        "--help",
        "verify relu.toml --claim R2",
    ] {
        // The program begins to write only once the other end is gone.
        let line = format!("{{ sleep 0.1; $saltus {command}; echo $? >code; }} | true");
        assert_eq!(shell(&folder, &line), (Some(0), String::new()), "{command}");
        assert_eq!(folder.read("code"), "0\n", "{command}");
    }
    let (_, stderr) = shell(&folder, "$saltus claims --json | head -c 1 >first");
    assert_eq!((stderr.as_str(), folder.read("first").len()), ("", 1));
}

#[test]
fn a_message_that_nobody_can_read_is_no_panic() {
    let folder = Folder::new();
    let check = |line: &str| assert_eq!(shell(&folder, line), (Some(2), String::new()), "{line}");
    check("exec $saltus predict missing.toml 2>/dev/full");
    check("exec $saltus predict 2>/dev/full");
    check("exec $saltus predict missing.toml 2>&-");
}

#[test]
fn a_full_device_is_said() {
    let folder = Folder::new();
    for command in [
        "claims",
        "predict relu.toml",
        "predict relu.toml --json",
        "--help",
        "example relu-cayley",
    ] {
        let (code, stderr) = shell(&folder, &format!("exec $saltus {command} >/dev/full"));
        assert_eq!(code, Some(2), "{command}");
        assert_eq!(
            stderr,
            "saltus: standard output: No space left on device (os error 28)\n"
        );
    }
}

/// Commands that write a file, and its name.
const WRITERS: [(&str, &str); 2] = [
    ("certify relu.toml --out written.json", "written.json"),
    (
        "train diagonal.toml --scale 0.1 --stepsize 0.01 --steps 10 --trace written.csv",
        "written.csv",
    ),
];

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = Folder::new();
    for (command, name) in WRITERS {
        folder.write(name, "old");
        let before = folder.names();
        // A file may not grow beyond 0 blocks, and the signal that would say so is ignored: writing fails as on a full disk.
        let (code, stderr) = shell(
            &folder,
            &format!("trap '' XFSZ; ulimit -f 0; exec $saltus {command}"),
        );
        assert_eq!(code, Some(2), "{command}: {stderr}");
        assert_eq!(
            stderr,
            format!("saltus: {name}: cannot be written: File too large (os error 27)\n")
        );
        assert_eq!(
            (folder.names(), folder.read(name).as_str()),
            (before, "old")
        );
        let (code, stderr) = shell(&folder, &format!("exec $saltus {command}"));
        assert_eq!(code, Some(0), "{stderr}");
        assert!(folder.read(name).len() > 3);
    }
}

#[test]
fn places_that_cannot_be_written_to() {
    let folder = Folder::new();
    let check = |path: &str, expected: &str| {
        let run = folder.run(&["certify", "relu.toml", "--out", path]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    };
    check("relu.toml/c.json", "there is no folder relu.toml");
    check("missing/c.json", "there is no folder missing");
    check(".", "found a folder");
    check("/dev/null", "found a device or a pipe");
    check("/dev/full", "found a device or a pipe");
    if cfg!(target_os = "linux") {
        check("/proc/c.json", "cannot be written");
    }
    let made = Command::new("mkfifo")
        .arg(folder.path().join("pipe.json"))
        .status();
    assert!(made.expect("mkfifo starts").success());
    check("pipe.json", "found a device or a pipe");
}

#[test]
fn an_interrupted_run_leaves_nothing() {
    let folder = Folder::new();
    folder.write("written.csv", "old");
    let before = folder.names();
    // Number and name. A test run in the background of a shell has SIGINT ignored, and the program inherits that.
    let signals = [(2, "INT"), (15, "TERM"), (9, "KILL")];
    for (_, signal) in signals
        .into_iter()
        .filter(|&(number, _)| !is_ignored(number))
    {
        let steps = u64::MAX.to_string();
        let mut child = folder
            .command(&[
                "train",
                "diagonal.toml",
                "--scale",
                "0.1",
                "--stepsize",
                "1e-9",
                "--steps",
                &steps,
                "--trace",
                "written.csv",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(std::time::Duration::from_millis(200));
        let sent = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(sent.expect("kill starts").success());
        let ended = child.wait().expect("the program ends");
        assert!(ended.signal().is_some(), "{signal}: {ended}");
        assert_eq!(
            (folder.names(), folder.read("written.csv").as_str()),
            (before.clone(), "old")
        );
    }
}

/// Whether this process ignores a signal, as far as Linux tells.
fn is_ignored(number: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

#[test]
fn two_runs_may_write_the_same_file() {
    let folder = Folder::new();
    let before = folder.names();
    let certify = || {
        folder
            .command(&["certify", "relu.toml", "--out", "c.json"])
            .spawn()
            .expect("the program starts")
    };
    let runs: Vec<_> = (0..8).map(|_| certify()).collect();
    for mut run in runs {
        assert!(run.wait().expect("the program ends").success());
    }
    assert_eq!(folder.run(&["check", "c.json"]).code, Some(0));
    let after: Vec<String> = folder
        .names()
        .into_iter()
        .filter(|name| name != "c.json")
        .collect();
    assert_eq!(after, before);
}

/// Less than the time that any work takes.
const NO_TIME: &str = "1e-9";

#[test]
fn out_of_time_is_undecided() {
    let folder = Folder::new();
    folder.write("large.toml", LARGE);
    assert_eq!(
        folder
            .run(&["certify", "relu.toml", "--out", "c.json"])
            .code,
        Some(0)
    );
    let before = folder.names();
    let lines: [&[&str]; 5] = [
        &["predict", "large.toml"],
        &["certify", "large.toml", "--out", "never.json"],
        &["check", "c.json"],
        &["simulate", "relu.toml", "--log-inv-scale", "1000"],
        &[
            "train",
            "diagonal.toml",
            "--scale",
            "0.1",
            "--stepsize",
            "1e-9",
            "--steps",
            "18446744073709551615",
            "--trace",
            "never.csv",
        ],
    ];
    for line in lines {
        let run = folder.run(&[line, &["--max-seconds", NO_TIME]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{line:?}");
        assert_eq!(
            run.stderr,
            "saltus: undecided: no answer within 0.000000001 seconds (--max-seconds)\n"
        );
        assert_eq!(folder.names(), before);
    }
    for file in ["relu.toml", "diagonal.toml"] {
        let verified = folder
            .run(&["verify", file, "--json", "--max-seconds", NO_TIME])
            .json(3);
        assert_eq!(verified["verdict"], "undecided");
        let decided = |claim: &serde_json::Value| claim["verdict"] == "fails";
        assert!(
            !verified["claims"]
                .as_array()
                .expect("a list")
                .iter()
                .any(decided)
        );
    }
    let enough = folder.run(&["predict", "relu.toml", "--max-seconds", "3600"]);
    let without = folder.run(&["predict", "relu.toml"]);
    assert_eq!((enough.code, enough.stdout), (Some(0), without.stdout));
}

/// A prediction that takes a while.
const LARGE: &str = r#"system = "relu-orthogonal"
[data]
generate = { kind = "axes", points = 200, seed = 1 }
[init]
generate = { width = 200, seed = 1 }
"#;
