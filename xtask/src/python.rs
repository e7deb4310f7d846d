//! What runs in Python, each in a virtual environment of its own in `target`, with pinned packages: the schemas, the example for
//! Python users, and the schema of `CITATION.cff`.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::steps::{self, Outcome};

/// Holds the program's answers to the JSON Schemas.
pub fn schemas(sh: &Shell) -> anyhow::Result<Outcome> {
    script(
        sh,
        "schemas",
        "schemas/requirements.txt",
        &["schemas/validate.py", "target/release/saltus"],
    )
}

/// Runs the example for Python users on an instance of each system; the pictures go to `target/python`.
pub fn example(sh: &Shell) -> anyhow::Result<Outcome> {
    for name in ["relu-three-points", "dln-5x7"] {
        let instance = format!("tests/instances/{name}.toml");
        let picture = format!("target/python/{name}.svg");
        let program = ["--saltus", "target/release/saltus"];
        let arguments = ["docs/python/staircase.py", &instance, &picture];
        let requirements = "docs/python/requirements.txt";
        let outcome = script(
            sh,
            "example",
            requirements,
            &[&arguments[..], &program].concat(),
        )?;
        if outcome != Outcome::Passed {
            return Ok(outcome);
        }
        eprintln!("xtask: python: {picture} is drawn");
    }
    Ok(Outcome::Passed)
}

/// Holds `CITATION.cff` to the schema of the Citation File Format.
pub fn citation(sh: &Shell) -> anyhow::Result<Outcome> {
    let requirements = "docs/python/citation-requirements.txt";
    match environment(sh, "citation", requirements)? {
        Ok(python) => {
            let module = "from cffconvert.cli.cli import cli; cli()";
            steps::run(cmd!(
                sh,
                "{python} -c {module} --validate --infile CITATION.cff"
            ))
        }
        Err(reason) => Ok(skipped("citation", reason)),
    }
}

fn skipped(step: &str, reason: String) -> Outcome {
    eprintln!("xtask: {step}: SKIPPED, {reason}");
    Outcome::Skipped(reason)
}

/// Runs a script with the release build of the program; skipped, with the reason, where its packages cannot be had.
fn script(
    sh: &Shell,
    step: &str,
    requirements: &str,
    arguments: &[&str],
) -> anyhow::Result<Outcome> {
    let python = match environment(sh, step, requirements)? {
        Ok(python) => python,
        Err(reason) => return Ok(skipped(step, reason)),
    };
    let build = steps::run(cmd!(sh, "cargo build --release --locked --package saltus"))?;
    if build != Outcome::Passed {
        return Ok(build);
    }
    steps::run(cmd!(sh, "{python} {arguments...}"))
}

/// The interpreter of a virtual environment that holds the packages of `requirements`, or why there is none.
fn environment(
    sh: &Shell,
    step: &str,
    requirements: &str,
) -> anyhow::Result<Result<String, String>> {
    let folder = format!("target/python/{step}");
    let python = format!("{folder}/bin/python");
    let wanted = sh.read_file(requirements)?;
    let stamp = format!("{folder}/installed.txt");
    if is_there(sh, &stamp) && is_there(sh, &python) && sh.read_file(&stamp)? == wanted {
        return Ok(Ok(python));
    }
    let program = "import sys; sys.exit(sys.version_info < (3, 11))";
    if cmd!(sh, "python3 -c {program}").quiet().run().is_err() {
        return Ok(Err("there is no python3, 3.11 or later".to_owned()));
    }
    if steps::run(cmd!(sh, "python3 -m venv {folder}"))? != Outcome::Passed {
        let reason = "no virtual environment could be made (Debian: apt-get install python3-venv)";
        return Ok(Err(reason.to_owned()));
    }
    let pip = cmd!(
        sh,
        "{python} -m pip install --quiet --disable-pip-version-check --requirement {requirements}"
    );
    if steps::run(pip)? != Outcome::Passed {
        return Ok(Err(format!(
            "pip could not install what {requirements} names"
        )));
    }
    sh.write_file(&stamp, wanted)?;
    Ok(Ok(python))
}

fn is_there(sh: &Shell, path: &str) -> bool {
    sh.current_dir().join(Path::new(path)).is_file()
}
