//! Instance files: any text is an instance or one short message, and a small instance predicts, is written, and reads back as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saltus_data::{ReadError, inline_toml, parse_instance};
use saltus_problem::Instance;

/// Longer answers than a fuzzer can wait for begin here.
const MOST_ENTRIES: usize = 64;

/// Bits of one number beyond which the prediction is not asked for.
const MOST_BITS: u64 = 256;

fuzz_target!(|text: &str| {
    // A recipe may rightly ask for a frame of 2000 × 2000 numbers, which takes seconds.
    if text.contains("generate") && text.len() > 400 {
        return;
    }
    let mut read = |name: &str| match name {
        "x.csv" => Ok(b"1,2\n-2,1\n".to_vec()),
        "y.csv" => Ok(b"1\n1/2\n".to_vec()),
        "t.csv" => Ok(b"a,b,y\n1,2,3\n4,5,6\n".to_vec()),
        _ => Err(ReadError::NotFound),
    };
    match parse_instance(text, "fuzz.toml", &mut read) {
        Err(error) => {
            // The program cuts a message and escapes control characters; what it echoes must be bounded already here.
            assert!(error.to_string().chars().count() < 2_000);
        }
        Ok(instance) => {
            if is_small(&instance) {
                let written = inline_toml(&instance);
                let again = parse_instance(&written, "fuzz.toml", &mut |_| Err(ReadError::NotFound));
                let again = again.expect("what is written is an instance file");
                assert_eq!(inline_toml(&again), written);
                predict(&instance);
            }
        }
    }
});

fn is_small(instance: &Instance) -> bool {
    let (inputs, labels) = match instance {
        Instance::Relu(network) => (network.data().inputs(), network.data().labels()),
        Instance::Diagonal(network) => (network.inputs(), network.labels()),
    };
    let width = match instance {
        Instance::Relu(network) => network.width(),
        Instance::Diagonal(_) => 1,
    };
    let is_short = |q: &saltus_exact::Rational| q.bits() <= MOST_BITS;
    inputs.n_rows() * inputs.n_cols() <= MOST_ENTRIES
        && width <= 16
        && inputs.rows().flatten().all(is_short)
        && labels.iter().all(is_short)
}

fn predict(instance: &Instance) {
    match instance {
        Instance::Relu(network) => {
            if let Ok(sequence) = saltus_jump::relu::predict(network) {
                assert!(sequence.jumps().len() <= network.width());
            }
        }
        Instance::Diagonal(network) => {
            let _ = saltus_jump::diagonal::predict(network);
        }
    }
}
