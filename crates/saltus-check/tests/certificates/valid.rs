//! Certificates of predictions are valid, and as long as the numbers that they carry.

use saltus_check::{Verdict, check, reprint};
use saltus_data::shipped::SHIPPED;

use crate::examples::{certificate, instances, parse};

#[test]
fn every_small_instance_is_certified() {
    for instance in instances() {
        let text = certificate(&instance);
        assert_eq!(
            check(text.as_bytes()),
            Verdict::Valid,
            "{}",
            instance.name()
        );
    }
}

#[test]
fn every_shipped_instance_is_certified() {
    for shipped in SHIPPED {
        let instance = shipped.load().expect("shipped instances are valid");
        let text = certificate(&instance);
        assert_eq!(check(text.as_bytes()), Verdict::Valid, "{}", shipped.name);
    }
}

#[test]
fn an_instance_is_reprinted_row_by_row() {
    let instance = parse(crate::examples::SEPARATED);
    insta::assert_snapshot!(reprint(&instance), @r#"
    {"system":"diagonal-linear","name":"dependent columns, one fit","inputs":[["1","1","1"],
    ["0","1","2"]],
    "labels":["3","0"],
    "shape":["1","1","1"],
    "exponents":["1","1","1"]}
    "#);
}
