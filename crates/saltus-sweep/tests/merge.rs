//! Merging tells how far it is.

use saltus_sweep::plan::plan;
use saltus_sweep::run::{PartError, merge, merge_with_progress, perform};

#[test]
fn progress_counts_the_records_of_all_parts() {
    let spec = "seed = 7
[[coverage]]
points = [16]
widths = [12]
trials = 10
repeats = 4
";
    let tasks = plan(spec).expect("a plan");
    let lines = tasks.iter().map(|task| perform(task).to_line());
    let lines: Vec<String> = lines.collect();
    let check = |parts: &[(&str, &str)], expected: &[(usize, usize)]| {
        let told = std::cell::RefCell::new(vec![]);
        let progress = |records, of| told.borrow_mut().push((records, of));
        let merged = merge_with_progress(parts.iter().copied(), &progress);
        assert_eq!(told.into_inner(), expected);
        let plain = merge(parts.iter().copied());
        assert_eq!(merged.as_ref().ok(), plain.as_ref().ok());
        merged
    };
    // A repeated record is read too, and a torn line counts as not there.
    let (first, second) = (lines[..3].concat(), lines[2..].concat());
    let torn = format!("{first}{}", &lines[3][..9]);
    let counts = [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)];
    let merged = check(&[("a", &torn), ("b", &second)], &counts);
    assert_eq!(merged.map(|merged| merged.n_repeated).ok(), Some(1));
    let refused = check(&[("a", &first), ("b", "{}\n")], &[(1, 4), (2, 4), (3, 4)]);
    assert!(matches!(refused, Err(PartError::Line { .. })));
}
