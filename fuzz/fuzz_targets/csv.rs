//! CSV files: named by an instance file as inputs, as labels or as a table, exactly or as doubles.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saltus_data::parse_instance;

const INSTANCES: [&str; 3] = [
    "system = \"diagonal-linear\"\n[data]\ninputs = \"x.csv\"\nlabels = [1, 2]\n",
    "system = \"diagonal-linear\"\n[data]\ninputs = \"x.csv\"\nlabels = \"x.csv\"\nnumbers = \"f64\"\n",
    "system = \"diagonal-linear\"\n[data]\ntable = \"x.csv\"\ntarget = \"y\"\ncenter = true\n",
];

fuzz_target!(|bytes: &[u8]| {
    for text in INSTANCES {
        let read = parse_instance(text, "fuzz.toml", &mut |_| Ok(bytes.to_vec()));
        if let Err(error) = read {
            assert!(error.to_string().chars().count() < 2_000);
        }
    }
});
