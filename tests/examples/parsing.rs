//! Makes an input of one kind and size and, if asked to, reads it: `parsing KIND SIZE make|read`.
//!
//! `cargo xtask parsing` counts the instructions of both; their difference is what reading costs.

use std::fmt::Write;
use std::process::ExitCode;

use saltus_certificate::Certificate;
use saltus_data::{ReadError, parse_instance};
use saltus_exact::{Rational, SqrtSum};

/// One reader, with inputs of any size for it.
struct Kind {
    name: &'static str,
    make: fn(usize) -> Vec<u8>,
    /// Whether the input was accepted.
    read: fn(&[u8]) -> bool,
}

/// Columns of the tables.
const COLUMNS: usize = 8;

const KINDS: [Kind; 9] = [
    Kind {
        name: "toml",
        make: toml,
        read: |bytes| is_instance(text(bytes), &[]),
    },
    Kind {
        name: "toml-brackets",
        make: |size| format!("system = {}", "[".repeat(size)).into_bytes(),
        read: |bytes| is_instance(text(bytes), &[]),
    },
    Kind {
        name: "csv",
        make: csv,
        read: |bytes| is_instance(BESIDE, bytes),
    },
    Kind {
        name: "npy",
        make: npy,
        read: |bytes| is_instance(&BESIDE.replace(".csv", ".npy"), bytes),
    },
    Kind {
        name: "npy-header",
        make: |size| npy_file(&"[".repeat(size), &[]),
        read: |bytes| is_instance(&BESIDE.replace(".csv", ".npy"), bytes),
    },
    Kind {
        name: "certificate",
        make: certificate,
        read: |bytes| Certificate::read(bytes).is_ok(),
    },
    Kind {
        name: "sum-of-one-root",
        make: |size| vec!["3*sqrt(2)"; size].join(" + ").into_bytes(),
        read: |bytes| SqrtSum::parse(text(bytes)).is_ok(),
    },
    Kind {
        name: "sum-of-roots",
        make: |size| {
            let terms: Vec<String> = primes(size).map(|p| format!("3*sqrt({p})")).collect();
            terms.join(" + ").into_bytes()
        },
        read: |bytes| SqrtSum::parse(text(bytes)).is_ok(),
    },
    Kind {
        name: "digits",
        make: |size| {
            let digits = "7".repeat(size / 2 - 1);
            format!("{digits}/3{}", &digits[1..]).into_bytes()
        },
        read: |bytes| Rational::parse(text(bytes)).is_ok(),
    },
];

/// An instance whose table lies beside it.
const BESIDE: &str = "system = \"diagonal-linear\"\n[data]\ninputs = \"x.csv\"\nlabels = [1]\n";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Whether it is one, or is refused for its one label only, once all rows have been read.
fn is_instance(text: &str, beside: &[u8]) -> bool {
    let read = parse_instance(text, "x.toml", &mut |_| match beside {
        [] => Err(ReadError::NotFound),
        bytes => Ok(bytes.to_vec()),
    });
    match read {
        Ok(_) => true,
        Err(error) => error.to_string().contains("labels"),
    }
}

/// `size` rows.
fn toml(size: usize) -> Vec<u8> {
    let mut text = "system = \"diagonal-linear\"\n[data]\ninputs = [\n".to_owned();
    for row in 0..size {
        let entries: Vec<String> = (0..COLUMNS)
            .map(|column| format!("\"{}/7\"", row + column))
            .collect();
        let _infallible = writeln!(text, "[{}],", entries.join(", "));
    }
    let labels = vec!["1"; size].join(", ");
    text.push_str(&format!("]\nlabels = [{labels}]\n"));
    text.into_bytes()
}

/// `size` rows.
fn csv(size: usize) -> Vec<u8> {
    let mut text = String::new();
    for row in 0..size {
        let entries: Vec<String> = (0..COLUMNS)
            .map(|column| format!("{}.{column}", row % 1000))
            .collect();
        let _infallible = writeln!(text, "{}", entries.join(","));
    }
    text.into_bytes()
}

/// `size` rows.
fn npy(size: usize) -> Vec<u8> {
    let shape =
        format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({size}, {COLUMNS}), }}");
    let entries = (0..size * COLUMNS).map(|k| k as f64 / 8.0);
    let data: Vec<u8> = entries.flat_map(f64::to_le_bytes).collect();
    npy_file(&shape, &data)
}

/// Version 2, whose headers may be long.
fn npy_file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
    bytes.extend((header.len() as u32 + 1).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

/// `size` jumps of one coordinate, which are no course of anything.
fn certificate(size: usize) -> Vec<u8> {
    let jump =
        r#"{"time":"3/8","hits":[0],"dual":["1"],"beta":["3/2"],"fit":"inherited","loss":"3/7"}"#;
    let jumps = vec![jump; size].join(",");
    let hash = "0".repeat(64);
    let instance = r#"{"system":"diagonal-linear","name":"","inputs":[["1"]],"labels":["1"],"shape":["1"],"exponents":["1"]}"#;
    format!(
        r#"{{"version":1,"hash":"{hash}","instance":{instance},"jumps":[{jumps}],"end":{{"interpolates":true,"witness":["1"],"weighted_norm":"1"}}}}"#
    )
    .into_bytes()
}

fn primes(count: usize) -> impl Iterator<Item = u32> {
    let mut found: Vec<u32> = vec![];
    (2..)
        .filter(move |&n| {
            let is_prime = found
                .iter()
                .take_while(|&&p| p * p <= n)
                .all(|&p| n % p != 0);
            if is_prime {
                found.push(n);
            }
            is_prime
        })
        .take(count)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, size, what] = arguments.as_slice() else {
        eprintln!("expected a kind, a size, and make or read");
        return ExitCode::from(2);
    };
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let (Some(kind), Ok(size)) = (kind, size.parse()) else {
        eprintln!("found {name} and {size}, expected a kind and a size");
        return ExitCode::from(2);
    };
    let input = std::hint::black_box((kind.make)(size));
    if what == "read" {
        std::hint::black_box((kind.read)(&input));
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those with brackets only are refused; what is counted of the others is a whole reading.
    #[test]
    fn inputs_are_read_to_their_end() {
        for kind in KINDS {
            let is_refused = ["toml-brackets", "npy-header"].contains(&kind.name);
            for size in [8, 64] {
                let input = (kind.make)(size);
                assert_eq!((kind.read)(&input), !is_refused, "{} {size}", kind.name);
            }
        }
    }

    #[test]
    fn sizes_are_sizes() {
        for kind in KINDS {
            let length = |size| (kind.make)(size).len() as f64;
            let growth = (length(2048) - length(256)) / (length(256) - length(32));
            assert!((7.0..10.5).contains(&growth), "{}: {growth}", kind.name);
        }
    }
}
