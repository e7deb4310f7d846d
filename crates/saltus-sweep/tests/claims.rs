//! Claims R4 and R5: what is found agrees, and a perturbed expectation or record fails.

use saltus_sweep::claims::{
    InterpolationExpectation, NormEvidence, NormExpectation, RatioTarget, check_r4, check_r5,
    gather_r4,
};
use saltus_sweep::interpolation::{Counts, enclose};
use saltus_sweep::plan::plan;
use saltus_sweep::run::{Record, TaskResult, perform};

#[test]
fn the_probability_of_interpolating_and_its_controls() {
    let told = std::cell::RefCell::new(vec![]);
    let progress = |done, of| told.borrow_mut().push((done, of));
    let evidence = gather_r4(false, 2, &|| false, &progress).expect("evidence");
    let estimates = evidence.cells.len();
    let expected: Vec<(usize, usize)> = (1..=estimates).map(|done| (done, estimates)).collect();
    assert_eq!(told.into_inner(), expected);
    let expectation = InterpolationExpectation::of(&evidence).expect("an expectation");
    let found = check_r4(&evidence, &expectation);
    assert_eq!((found.holds, found.reason), (Some(true), None));

    // A neuron more, and one-sided labels for balanced ones.
    let neuron = evidence
        .cells
        .iter()
        .map(|cell| (cell.width + 1, cell.counts));
    let sides = evidence.cells.iter().map(|cell| {
        let positive = cell.counts.total();
        (
            cell.width,
            Counts {
                positive,
                negative: 0,
            },
        )
    });
    for perturbed in [neuron.collect::<Vec<_>>(), sides.collect()] {
        let probabilities = perturbed.into_iter();
        let probabilities = probabilities.map(|(width, counts)| enclose(width, counts, 128));
        let expectation = InterpolationExpectation {
            probabilities: probabilities.collect::<Result<_, _>>().expect("enclosures"),
        };
        assert_eq!(check_r4(&evidence, &expectation).holds, Some(false));
    }

    // A least width that is not the step, and one beyond the union bound.
    let mut evidence = evidence;
    let correct = evidence.widths[0].least.probability_below.take();
    evidence.widths[0].least.probability_below = Some(evidence.widths[0].least.probability.clone());
    assert_eq!(check_r4(&evidence, &expectation).holds, Some(false));
    evidence.widths[0].least.probability_below = correct;
    evidence.widths[0].union = evidence.widths[0].least.width - 1;
    assert_eq!(check_r4(&evidence, &expectation).holds, Some(false));
}

#[test]
fn the_squared_norm_and_its_controls() {
    let spec = r#"seed = 5
[[instances]]
points = [1000]
widths = [{ log = 3 }]
labels = ["gaussian"]
repeats = 40
"#;
    let tasks = plan(spec).expect("a plan");
    let records: Vec<Record> = tasks.iter().map(perform).collect();
    let expectation = |ratio, least_norm_over_root| NormExpectation {
        targets: vec![RatioTarget {
            points: 1_000,
            width: 73,
            ratio,
        }],
        tolerance: 0.01,
        least_norm_over_root,
    };
    let least = 2.0 * std::f64::consts::SQRT_2;
    let holds = |records: &[Record], expectation: &NormExpectation| {
        let evidence = NormEvidence {
            records: records.to_vec(),
        };
        check_r5(&evidence, expectation).holds
    };
    assert_eq!(holds(&records, &expectation(2.12, least)), Some(true));
    assert_eq!(holds(&records, &expectation(2.20, least)), Some(false));
    assert_eq!(
        holds(&records, &expectation(2.12, 3.0 * least)),
        Some(false)
    );
    assert_eq!(holds(&records[..0], &expectation(2.12, least)), None);
    // A norm below the least one, and one of more than three times it.
    for wrong in [
        "0.999999999999999999999999999999",
        "3.00000000000000000000000000001",
    ] {
        let mut records = records.clone();
        let TaskResult::Instance { ratio, .. } = &mut records[7].result else {
            unreachable!("the plan has instances only");
        };
        *ratio = Some(wrong.to_owned());
        assert_eq!(
            holds(&records, &expectation(2.12, least)),
            Some(false),
            "{wrong}"
        );
    }
    // The limit is measured and decides nothing.
    let evidence = NormEvidence { records };
    let found = check_r5(&evidence, &expectation(2.12, least));
    assert_eq!(found.evidence["conjecture"]["status"], "conjecture");
}
