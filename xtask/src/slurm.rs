//! `cargo xtask slurm`: a sweep as a job array on a real Slurm of one node, against a local run.
//!
//! Everything lies in a temporary folder and listens on the loopback interface; it is stopped and removed at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use xshell::Shell;

use crate::steps::Outcome;

/// What is started or called; the daemons are looked for in the system's folders too.
const PROGRAMS: [&str; 7] = [
    "munged",
    "slurmctld",
    "slurmd",
    "sbatch",
    "squeue",
    "scontrol",
    "scancel",
];

/// How long each stage may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A third of these tasks takes seconds, so that one task of the array can be killed in its midst.
const SPEC: &str = "seed = 1
[[coverage]]
points = [4096]
widths = [40]
trials = 6000
repeats = 60
";

#[derive(Args, Default)]
pub struct SlurmOptions {
    /// Installs Debian's slurm-wlm and munge first if they are not there (needs root)
    #[arg(long)]
    pub install: bool,
}

/// Runs the sweep on Slurm and locally. Skipped, with the reason, where Slurm is not there or does not start.
pub fn slurm(sh: &Shell, options: &SlurmOptions) -> anyhow::Result<Outcome> {
    if options.install && missing().is_some() {
        install();
    }
    if let Some(program) = missing() {
        let reason = format!(
            "{program} is not installed (Debian: apt-get install slurm-wlm munge; or --install)"
        );
        return Ok(skipped(reason));
    }
    let build = Command::new("cargo")
        .current_dir(sh.current_dir())
        .args(["build", "--release", "--locked", "--package", "saltus"])
        .status()?;
    if !build.success() {
        return Ok(Outcome::Failed(1));
    }
    let saltus = sh.current_dir().join("target/release/saltus");
    let folder = std::env::temp_dir().join(format!("saltus-slurm-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let cluster = Cluster { folder };
    if let Err(error) = cluster.start() {
        return Ok(skipped(format!("Slurm did not start: {error:#}")));
    }
    let same = cluster.sweep(&saltus)?;
    eprintln!("xtask: the array's merged records and those of a local run: same = {same}");
    Ok(match same {
        true => Outcome::Passed,
        false => Outcome::Failed(1),
    })
}

fn skipped(reason: String) -> Outcome {
    eprintln!("xtask: slurm: SKIPPED, {reason}");
    Outcome::Skipped(reason)
}

/// The first program that is not there.
fn missing() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = [PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")];
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(system).collect();
    let is_there = |program: &str| folders.iter().any(|folder| folder.join(program).is_file());
    PROGRAMS.into_iter().find(|program| !is_there(program))
}

/// Whether it worked shows in what is there afterwards.
fn install() {
    let packages = [
        "install",
        "--yes",
        "--no-install-recommends",
        "slurm-wlm",
        "munge",
    ];
    for arguments in [&["update"][..], &packages] {
        let done = Command::new("timeout")
            .args(["90", "apt-get", "-qq"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status();
        if let Err(error) = done {
            eprintln!("xtask: apt-get could not be started: {error}");
        }
    }
}

/// A Slurm of one node in a folder.
struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a program against this cluster for at most 30 seconds, and gives its output.
    fn call(&self, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("timeout")
            .args(["30", program])
            .args(arguments)
            .current_dir(&self.folder)
            .env("PATH", format!("{path}:/usr/sbin:/sbin"))
            .env("SLURM_CONF", self.file("slurm.conf"))
            .output()
            .with_context(|| format!("{program} could not be started"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("{program} {}: {}", arguments.join(" "), message.trim());
        }
        Ok(text)
    }

    fn start(&self) -> anyhow::Result<()> {
        let host = self.call("hostname", &["-s"])?.trim().to_owned();
        let user = self.call("id", &["-un"])?.trim().to_owned();
        fs::create_dir_all(self.file("state"))?;
        fs::create_dir_all(self.file("spool"))?;
        self.call(
            "dd",
            &[
                "if=/dev/urandom",
                "of=munge.key",
                "bs=1024",
                "count=1",
                "status=none",
            ],
        )?;
        self.call("chmod", &["400", "munge.key"])?;
        let folder = self.folder.display();
        // A job that is requeued waits until its credential has expired.
        let configuration = format!(
            "ClusterName=loopback\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort=16817\nSlurmdPort=16818\n\
             SlurmUser={user}\nSlurmdUser={user}\nAuthType=auth/munge\n\
             AuthInfo=socket={folder}/munge.socket,cred_expire=5\nCredType=cred/munge\n\
             StateSaveLocation={folder}/state\nSlurmdSpoolDir={folder}/spool\n\
             SlurmctldPidFile={folder}/slurmctld.pid\nSlurmdPidFile={folder}/slurmd.pid\n\
             SlurmctldLogFile={folder}/slurmctld.log\nSlurmdLogFile={folder}/slurmd.log\n\
             ProctrackType=proctrack/pgid\nTaskPlugin=task/none\nSwitchType=switch/none\nMpiDefault=none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nJobAcctGatherType=jobacct_gather/none\n\
             AccountingStorageType=accounting_storage/none\nReturnToService=2\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN\n\
             PartitionName=main Nodes={host} Default=YES OverSubscribe=FORCE:4 MaxTime=INFINITE State=UP\n"
        );
        fs::write(self.file("slurm.conf"), configuration)?;
        let munge = ["socket", "key", "pid", "log", "seed"].map(|kind| {
            let option = if matches!(kind, "socket") {
                "--socket".to_owned()
            } else {
                format!("--{kind}-file")
            };
            format!("{option}={folder}/munge.{kind}")
        });
        let munge: Vec<&str> = munge.iter().map(String::as_str).collect();
        self.call("munged", &[&["--force"], &munge[..]].concat())?;
        self.call("slurmctld", &[])?;
        self.call("slurmd", &["-N", &host])?;
        self.wait("the node is idle", || {
            Ok(self.call("sinfo", &["--noheader", "--format=%t"])?.trim() == "idle")
        })
    }

    fn wait(&self, what: &str, is_so: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
        let start = Instant::now();
        while !is_so()? {
            if start.elapsed() > PATIENCE {
                bail!("waited {} seconds until {what}", PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn lines(&self, part: &str) -> usize {
        let text = fs::read_to_string(self.file(part)).unwrap_or_default();
        text.matches('\n').count()
    }

    /// Submits, kills the second task of the array, requeues it, merges, and compares with a local run.
    fn sweep(&self, saltus: &Path) -> anyhow::Result<bool> {
        let saltus = saltus
            .to_str()
            .context("the path of the program is no text")?;
        fs::write(self.file("spec.toml"), SPEC)?;
        self.call(saltus, &["sweep", "plan", "spec.toml", "--out", "tasks"])?;
        let script = format!(
            "#!/bin/sh\n#SBATCH --array=1-3\n#SBATCH --requeue\n#SBATCH --open-mode=append\n\
             exec {saltus} sweep run tasks --shard /3 --threads 1 --out part-$SLURM_ARRAY_TASK_ID\n"
        );
        fs::write(self.file("job.sh"), script)?;
        let job = self.call("sbatch", &["--parsable", "job.sh"])?;
        let second = format!("{}_2", job.trim());
        self.wait("the second task has a record", || {
            Ok(self.lines("part-2") > 0)
        })?;
        self.call("scancel", &["--signal=KILL", "--full", &second])?;
        let is_over = || {
            let state = self.call("squeue", &["--noheader", "--format=%T", "--job", &second])?;
            Ok(!state.contains("RUNNING") && !state.contains("COMPLETING"))
        };
        self.wait("the killed task is over", is_over)?;
        let done = self.lines("part-2");
        eprintln!("xtask: task {second} was killed after {done} of 20 records, and is requeued");
        if done >= 20 {
            bail!("the task was done before it could be killed");
        }
        self.call("scontrol", &["requeue", &second])?;
        self.wait("the array is through", || {
            Ok(self.call("squeue", &["--noheader"])?.trim().is_empty()
                && self.lines("part-2") == 20)
        })?;
        let merge = [
            "sweep", "merge", "part-1", "part-2", "part-3", "--out", "array",
        ];
        self.call(saltus, &merge)?;
        self.call(saltus, &["sweep", "run", "tasks", "--out", "local-part"])?;
        self.call(saltus, &["sweep", "merge", "local-part", "--out", "local"])?;
        Ok(fs::read(self.file("array"))? == fs::read(self.file("local"))?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What was never started needs no stopping: the errors of this are of no interest.
        let _stopped = self.call("scontrol", &["shutdown"]);
        if let Ok(pid) = fs::read_to_string(self.file("munge.pid")) {
            let _stopped = self.call("kill", &[pid.trim()]);
        }
        std::thread::sleep(Duration::from_millis(500));
        let _removed = fs::remove_dir_all(&self.folder);
    }
}
