//! Saltus's side of the comparison with its peers (`cargo xtask bench --peers`, see `peers/README.md`).
//!
//! `side instance WORK` writes the instance that every peer reads, as JSON; `side time WORK` times the library on it and prints one line
//! `{"work", "peer", "seconds", "answer"}`.

#[path = "../../benches/common/mod.rs"]
mod common;
mod descents;
mod exact;
mod flows;

use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};

/// What a work is made of: its instance for the peers, and one timed run.
pub struct Work {
    /// The instance, as the peers read it.
    pub instance: Value,
    /// Runs once and returns the seconds taken by what is compared, and the answer: a list of numbers, or of exact strings.
    pub run: Box<dyn Fn() -> (f64, Value)>,
}

/// Runs are repeated until this many seconds are spent, at least three times; the shortest counts.
const BUDGET: f64 = 2.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, name] = arguments.as_slice() else {
        eprintln!("usage: side instance|time WORK");
        return ExitCode::from(2);
    };
    let found = flows::find(name)
        .or_else(|| descents::find(name))
        .or_else(|| exact::find(name));
    let Some(work) = found else {
        eprintln!("there is no work {name:?}");
        return ExitCode::from(2);
    };
    match task.as_str() {
        "instance" => println!("{}", work.instance),
        "time" => {
            let begin = Instant::now();
            let (mut best, mut answer) = (work.run)();
            let mut runs = 1;
            while runs < 3 || begin.elapsed().as_secs_f64() < BUDGET {
                let (seconds, found) = (work.run)();
                runs += 1;
                if seconds < best {
                    (best, answer) = (seconds, found);
                }
            }
            println!(
                "{}",
                json!({"work": name, "peer": "Saltus", "seconds": best, "answer": answer})
            );
        }
        _ => {
            eprintln!("unknown task {task:?}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
