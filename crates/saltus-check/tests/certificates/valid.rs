//! Certificates of predictions are valid, and as long as the numbers that they carry.

use std::cell::RefCell;

use saltus_check::{Verdict, check, check_with_progress, reprint};
use saltus_data::shipped::{SHIPPED, load_shipped};

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
fn progress_counts_the_jumps_up_to_the_one_that_is_refused() {
    fn told(text: &str) -> Vec<(usize, usize)> {
        let told = RefCell::new(vec![]);
        let progress = |jumps, of| told.borrow_mut().push((jumps, of));
        let verdict = check_with_progress(text.as_bytes(), None, &progress);
        assert_eq!(verdict, check(text.as_bytes()));
        told.into_inner()
    }
    for name in ["relu-three-points", "dln-5x7"] {
        let text = certificate(&load_shipped(name).expect("a shipped instance"));
        let jumps = text.matches("\"loss\":").count();
        assert!(jumps > 1, "{name}");
        let expected: Vec<(usize, usize)> = (1..=jumps).map(|jump| (jump, jumps)).collect();
        assert_eq!(told(&text), expected, "{name}");
        let (before, _) = text.rsplit_once("\"loss\":").expect("a loss");
        let rest = &text[before.len() + "\"loss\":\"".len()..];
        let wrong = format!("{before}\"loss\":\"1{rest}");
        assert_eq!(told(&wrong), expected[..jumps - 1], "{name}");
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
