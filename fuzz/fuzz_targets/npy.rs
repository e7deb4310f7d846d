//! NPY files: named by an instance file as inputs and as labels.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saltus_data::parse_instance;

const INSTANCES: [&str; 2] = [
    "system = \"diagonal-linear\"\n[data]\ninputs = \"x.npy\"\nlabels = [1, 2]\n",
    "system = \"diagonal-linear\"\n[data]\ninputs = [[1], [2]]\nlabels = \"x.npy\"\n",
];

fuzz_target!(|bytes: &[u8]| {
    for text in INSTANCES {
        let read = parse_instance(text, "fuzz.toml", &mut |_| Ok(bytes.to_vec()));
        if let Err(error) = read {
            assert!(error.to_string().chars().count() < 2_000);
        }
    }
});
