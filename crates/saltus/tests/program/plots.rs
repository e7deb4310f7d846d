//! `saltus plot`: what it writes, and that it writes nothing when it fails.

use crate::harness::Folder;

#[test]
fn a_picture_and_its_data() {
    let folder = Folder::new();
    let before = folder.names();
    for (file, panels) in [("relu.toml", 2), ("diagonal.toml", 3)] {
        let answer = folder.json(&["plot", file, "--out", "p.svg"]);
        assert_eq!(
            (&answer["picture"], &answer["data"]),
            (&"p.svg".into(), &"p.csv".into())
        );
        let picture = folder.read("p.svg");
        assert!(picture.starts_with("<svg "), "{file}");
        assert_eq!(picture.matches("rescaled time").count(), panels, "{file}");
        assert!(folder.read("p.csv").starts_with("panel,series,x,y\n"));
    }
    let mut expected = before;
    expected.extend(["p.csv".to_owned(), "p.svg".to_owned()]);
    expected.sort();
    assert_eq!(folder.names(), expected);
}

#[test]
fn own_data_in_two_commands() {
    let folder = Folder::new();
    folder.write(
        "mine.csv",
        "a,b,c,target\n1,0.5,2,1\n-1,1,0.25,2\n0,3,1,-1\n",
    );
    folder.write(
        "mine.toml",
        "system = \"diagonal-linear\"\n[data]\ntable = \"mine.csv\"\ntarget = \"target\"\n",
    );
    let answer = folder.json(&[
        "plot",
        "mine.toml",
        "--out",
        "jumps.svg",
        "--log-inv-scale",
        "5,50",
    ]);
    assert_eq!(answer["log_inv_scales"], serde_json::json!([5.0, 50.0]));
    assert_eq!(folder.read("jumps.svg").matches("flow, Λ = ").count(), 2);
}

#[test]
fn own_data_are_not_replaced_by_those_of_the_picture() {
    let folder = Folder::new();
    for (data, replaced) in [
        ("a,b\n1,2\n", false),
        ("", false),
        ("panel,series,x,y\n0,old,1,2\n", true),
    ] {
        folder.write("relu.csv", data);
        let run = folder.run(&["plot", "relu.toml", "--out", "relu.svg"]);
        if replaced {
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            assert!(folder.read("relu.csv").len() > data.len());
        } else {
            assert_eq!(run.code, Some(2), "{data:?}");
            let reason = "expected a name whose .csv is free";
            assert!(run.stderr.contains(reason), "{}", run.stderr);
            assert_eq!(folder.read("relu.csv"), data);
            assert!(!folder.names().contains(&"relu.svg".to_owned()));
        }
    }
}

#[test]
fn a_failure_leaves_no_file() {
    let folder = Folder::new();
    folder.write("not.toml", "system = \"pendulum\"\n");
    let before = folder.names();
    let check = |arguments: &[&str], expected: &str| {
        let run = folder.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1);
        assert_eq!((run.stdout.as_str(), folder.names()), ("", before.clone()));
    };
    check(
        &["plot", "relu.toml", "--out", "nowhere/p.svg"],
        "there is no folder nowhere",
    );
    check(
        &["plot", "relu.toml", "--out", "p.png"],
        "expected a name that ends in .svg",
    );
    check(&["plot", "not.toml", "--out", "p.svg"], "not.toml");
    check(&["plot", "missing.toml", "--out", "p.svg"], "missing.toml");
    check(
        &[
            "plot",
            "relu.toml",
            "--out",
            "p.svg",
            "--log-inv-scale",
            "0",
        ],
        "--log-inv-scale",
    );
    check(&["plot", "relu.toml"], "--out");
}
