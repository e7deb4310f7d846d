//! The diagonal process on small cases, against hand results and against a slow, obvious implementation.

use proptest::prelude::*;
use saltus_exact::linear::{dot, solve_rational};
use saltus_exact::{Rational, RationalMatrix};
use saltus_jump::diagonal::{DiagonalSequence, dual_variables, predict, predict_with_progress};
use saltus_problem::DiagonalInstance;

fn rational(text: &str) -> Rational {
    text.parse().expect("a number of a test case")
}

fn matrix(rows: &[&[&str]]) -> RationalMatrix {
    let rows = rows
        .iter()
        .map(|row| row.iter().map(|x| rational(x)).collect())
        .collect();
    RationalMatrix::from_rows(rows).expect("a rectangular test case")
}

fn instance(
    inputs: RationalMatrix,
    labels: &[&str],
    exponents: Option<&[&str]>,
) -> DiagonalInstance {
    let list = |texts: &[&str]| texts.iter().map(|x| rational(x)).collect::<Vec<_>>();
    DiagonalInstance::new(
        "test".to_owned(),
        inputs,
        list(labels),
        None,
        exponents.map(list),
    )
    .expect("a valid test case")
}

/// One line a jump: time, support changes, β, loss, ℓ1 norm.
fn render(sequence: &DiagonalSequence) -> String {
    let list = |numbers: &[Rational]| {
        let texts: Vec<String> = numbers.iter().map(Rational::to_string).collect();
        texts.join(" ")
    };
    let mut text = String::new();
    for jump in sequence.jumps() {
        let changes = |set: &Option<Vec<usize>>| match set {
            Some(set) => format!("{set:?}"),
            None => "null".to_owned(),
        };
        text += &format!(
            "t={} +{} -{} ",
            jump.time,
            changes(&jump.activated),
            changes(&jump.deactivated)
        );
        text += &match jump.unique {
            true => format!("beta=({})", list(&jump.beta)),
            false => "beta=null".to_owned(),
        };
        let norm = jump.l1_norm.as_ref().map(Rational::to_string);
        text += &format!(
            " loss={} l1={}\n",
            jump.loss,
            norm.unwrap_or("null".to_owned())
        );
    }
    text += &format!("interpolates={}\n", sequence.interpolates());
    for hypothesis in sequence.hypotheses() {
        if !hypothesis.holds {
            text += &format!("fails: {}: {}\n", hypothesis.name, hypothesis.detail);
        }
    }
    text
}

#[track_caller]
fn check(instance: &DiagonalInstance, expected: &str) {
    let sequence = predict(instance).expect("the process ends");
    assert_eq!(render(&sequence).trim(), expected.trim());
}

#[test]
fn one_coordinate_hits_when_its_dual_variable_reaches_one() {
    // ∇L(0) = −xy/n = −6, so s reaches 1 at t = 1/6, and β = y/x.
    check(
        &instance(matrix(&[&["2"]]), &["3"], None),
        "t=1/6 +[0] -[] beta=(3/2) loss=0 l1=3/2\ninterpolates=true",
    );
}

#[test]
fn zero_labels_leave_the_network_at_rest() {
    check(
        &instance(matrix(&[&["2", "1"]]), &["0"], None),
        "interpolates=true",
    );
}

#[test]
fn a_zero_column_never_enters() {
    check(
        &instance(matrix(&[&["0", "-1"]]), &["1"], None),
        "t=1 +[1] -[] beta=(0 -1) loss=0 l1=1\ninterpolates=true",
    );
}

#[test]
fn noisy_overdetermined_data_end_at_the_least_squares_fit() {
    // Orthogonal columns (1,1,0) and (1,−1,1): gradients −(c_i)/3 with c = (3, 1)·…, residual orthogonal to both.
    check(
        &instance(
            matrix(&[&["1", "1"], &["1", "-1"], &["0", "1"]]),
            &["2", "1", "1"],
            None,
        ),
        "t=1 +[0] -[] beta=(3/2 0) loss=1/4 l1=3/2\n\
         t=3/2 +[1] -[] beta=(3/2 2/3) loss=1/36 l1=13/6\n\
         interpolates=false",
    );
}

#[test]
fn exponents_replace_the_bound() {
    check(
        &instance(
            matrix(&[&["1", "0"], &["0", "1"]]),
            &["1", "1"],
            Some(&["2", "1/2"]),
        ),
        "t=1 +[1] -[] beta=(0 1) loss=1/4 l1=1\n\
         t=4 +[0] -[] beta=(1 1) loss=0 l1=2\n\
         interpolates=true",
    );
}

#[test]
fn equal_columns_make_the_fit_not_unique() {
    check(
        &instance(matrix(&[&["1", "1"]]), &["1"], None),
        "t=1 +null -null beta=null loss=0 l1=1\n\
         interpolates=true\n\
         fails: unique winners: at jump 0 coordinates 0 and 1 hit together\n\
         fails: uniqueness of the fit: the constrained fit is not unique after jump 0",
    );
}

#[test]
fn opposite_columns_share_the_weight_too() {
    // s = (1, −1): β ∈ {b_0 ≥ 0, b_1 ≤ 0} with b_0 − b_1 = 1 is a segment, so the fit is not unique either.
    check(
        &instance(matrix(&[&["1", "-1"]]), &["1"], None),
        "t=1 +null -null beta=null loss=0 l1=1\n\
         interpolates=true\n\
         fails: unique winners: at jump 0 coordinates 0 and 1 hit together\n\
         fails: uniqueness of the fit: the constrained fit is not unique after jump 0",
    );
}

#[test]
fn rank_of_the_support_alone_does_not_decide_uniqueness() {
    // Columns (1,.2), (1,.2), (.3,1): the support {0, 2} is independent, yet weight moves freely between 0 and 1.
    let sequence = predict(&instance(
        matrix(&[&["1", "1", "3/10"], &["1/5", "1/5", "1"]]),
        &["1", "1"],
        None,
    ))
    .expect("the process ends");
    assert!(
        sequence
            .jumps()
            .iter()
            .all(|jump| !jump.unique || jump.beta.iter().filter(|b| !b.is_zero()).count() == 1)
    );
    assert!(!sequence.jumps().last().expect("jumps").unique);
}

#[test]
fn unequal_exponents_leave_only_the_weighted_norm_determined() {
    // Both duals arrive at t = 1: β_0 + 2β_1 = 1 with weights (1, 2), so Σ k|β| = 1 while Σ|β| runs from 1/2 to 1.
    check(
        &instance(matrix(&[&["1", "2"]]), &["1"], Some(&["1", "2"])),
        "t=1 +null -null beta=null loss=0 l1=null\n\
         interpolates=true\n\
         fails: unique winners: at jump 0 coordinates 0 and 1 hit together\n\
         fails: uniqueness of the fit: the constrained fit is not unique after jump 0",
    );
    // With equal columns and unequal exponents the one of least exponent enters alone.
    check(
        &instance(matrix(&[&["1", "1"]]), &["1"], Some(&["1", "2"])),
        "t=1 +[0] -[] beta=(1 0) loss=0 l1=1\ninterpolates=true",
    );
}

#[test]
fn two_coordinates_enter_together() {
    check(
        &instance(matrix(&[&["1", "0"], &["0", "1"]]), &["1", "-1"], None),
        "t=2 +[0, 1] -[] beta=(1 -1) loss=0 l1=2\n\
         interpolates=true\n\
         fails: unique winners: at jump 0 coordinates 0 and 1 hit together",
    );
}

/// When coordinate 2 hits, first 1 and then 0 become 0 on the way to the fit with it, and without 0 coordinate 1 is wanted
/// again: at one jump it leaves the support and enters it.
#[test]
fn a_coordinate_that_leaves_may_enter_again_at_the_same_jump() {
    check(
        &instance(
            matrix(&[&["-4", "3", "2"], &["0", "-2", "2"], &["-2", "1", "0"]]),
            &["-3", "-2", "3"],
            Some(&["1", "1", "10"]),
        ),
        "t=1/2 +[0] -[] beta=(3/10 0 0) loss=101/30 l1=3/10\n\
         t=51/22 +[1] -[] beta=(2/3 11/21 0) loss=200/63 l1=25/21\n\
         t=171/40 +[2] -[0] beta=(0 1/27 -34/27) loss=128/81 l1=35/27\n\
         t=477/80 +[0] -[1] beta=(-1/3 0 -19/12) loss=49/36 l1=23/12\n\
         t=4299/560 +[1] -[] beta=(-8/3 -7/3 -10/3) loss=0 l1=25/3\n\
         interpolates=true",
    );
    // With equal exponents: at one jump 3 and then 2 leave, and 3 enters again.
    let rows = [
        [0, 7, 5, 7, -1, 9],
        [-8, -5, 5, -5, 9, -8],
        [-2, 9, -8, -6, 8, -3],
        [3, 1, -6, -4, -6, 1],
    ];
    let inputs = rows
        .iter()
        .flatten()
        .copied()
        .map(Rational::integer)
        .collect();
    let inputs = RationalMatrix::new(4, 6, inputs).expect("the entries fill the shape");
    let labels = [2, 5, -1, 1].map(Rational::integer).to_vec();
    assert_is_slow_process(inputs, labels);
}

/// Numbers of 3,650 bits are too long to be split into digits.
#[test]
fn long_numbers_take_the_same_way() {
    let number = |leading: i64, k: i64| rational(&format!("{leading}{:0>1100}", 7 + 3 * k * k));
    let rows = [[4, -3, 1], [-2, 5, 3], [3, 1, -6], [1, 2, 2]];
    let entries = rows.iter().flatten().zip(0..).map(|(&x, k)| number(x, k));
    let inputs = RationalMatrix::new(4, 3, entries.collect()).expect("twelve entries");
    let labels = [3, -2, 5, 1].iter().zip(0..).map(|(&y, k)| number(y, k));
    assert_is_slow_process(inputs, labels.collect());
}

/// The process written from its definition: dense rational arithmetic, every sign pattern of the support tried by brute force.
/// Times, dual variables and fits.
fn slow(
    inputs: &RationalMatrix,
    labels: &[Rational],
) -> Vec<(Rational, Vec<Rational>, Vec<Rational>)> {
    let (n, d) = (inputs.n_rows(), inputs.n_cols());
    let columns = inputs.transpose();
    let over_n = Rational::new(1, n).expect("n is positive");
    let gradient = |beta: &[Rational]| -> Vec<Rational> {
        let fitted = inputs.mul_vector(beta).expect("shapes agree");
        let residual: Vec<Rational> = fitted.iter().zip(labels).map(|(f, y)| f - y).collect();
        (0..d)
            .map(|i| dot(columns.row(i), &residual) * &over_n)
            .collect()
    };
    let (mut time, mut s) = (Rational::zero(), vec![Rational::zero(); d]);
    let mut beta = vec![Rational::zero(); d];
    let mut jumps = vec![];
    loop {
        let g = gradient(&beta);
        let step = (0..d)
            .filter(|&i| !g[i].is_zero())
            .map(|i| {
                let target = if g[i].is_positive() {
                    -Rational::one()
                } else {
                    Rational::one()
                };
                (&s[i] - &target).checked_div(&g[i]).expect("filtered")
            })
            .min();
        let Some(step) = step else { return jumps };
        time += &step;
        for i in 0..d {
            s[i] -= &(&step * &g[i]);
        }
        let bound: Vec<usize> = (0..d).filter(|&i| s[i].abs() == Rational::one()).collect();
        // The minimiser over a cone is the least-squares fit on its own support: try all supports within the bound set.
        beta = (0..1usize << bound.len())
            .filter_map(|mask| {
                let support: Vec<usize> = (0..bound.len())
                    .filter(|k| mask >> k & 1 == 1)
                    .map(|k| bound[k])
                    .collect();
                let mut candidate = vec![Rational::zero(); d];
                if !support.is_empty() {
                    let chosen = inputs.select_columns(&support);
                    let side: Vec<Rational> = support
                        .iter()
                        .map(|&i| dot(columns.row(i), labels))
                        .collect();
                    let fit = solve_rational(&chosen.gram(), &side)?;
                    for (&i, b) in support.iter().zip(fit) {
                        candidate[i] = b;
                    }
                }
                let feasible = bound
                    .iter()
                    .all(|&i| !(&candidate[i] * &s[i]).is_negative());
                let g = gradient(&candidate);
                let optimal = bound.iter().all(|&i| !(&g[i] * &s[i]).is_negative());
                (feasible && optimal).then_some(candidate)
            })
            .next()
            .expect("a constrained fit exists");
        jumps.push((time.clone(), s.clone(), beta.clone()));
    }
}

#[track_caller]
fn assert_is_slow_process(inputs: RationalMatrix, labels: Vec<Rational>) {
    let expected = slow(&inputs, &labels);
    let instance = DiagonalInstance::new("test".to_owned(), inputs, labels, None, None);
    let instance = instance.expect("valid");
    let sequence = predict(&instance).expect("the process ends");
    let duals = dual_variables(&instance, &sequence);
    assert_eq!(sequence.jumps().len(), expected.len());
    assert_eq!(duals.len(), expected.len());
    for ((jump, dual), (time, s, beta)) in sequence.jumps().iter().zip(&duals).zip(&expected) {
        assert_eq!(&jump.time, time);
        assert_eq!(&dual.values(), s);
        if jump.unique {
            assert_eq!(&jump.beta, beta);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn agrees_with_the_slow_implementation(
        (n, d, entries, labels) in (1usize..5, 1usize..6).prop_flat_map(|(n, d)| (
            Just(n),
            Just(d),
            prop::collection::vec(-4i64..5, n * d),
            prop::collection::vec(-5i64..6, n),
        )),
        denominators in (1i64..4, 1i64..4),
    ) {
        let over = |number: i64| Rational::new(number, denominators.0).expect("not 0");
        let inputs = RationalMatrix::new(n, d, entries.into_iter().map(over).collect())
            .expect("the entries fill the shape");
        let over = |number: i64| Rational::new(number, denominators.1).expect("not 0");
        assert_is_slow_process(inputs, labels.into_iter().map(over).collect());
    }
}

#[test]
fn progress_counts_the_jumps_and_changes_nothing() {
    let inputs = matrix(&[&["2", "1", "0"], &["0", "1", "1"]]);
    let instance = instance(inputs, &["3", "1"], None);
    let told = std::cell::RefCell::new(vec![]);
    let sequence = predict_with_progress(&instance, &|jumps| told.borrow_mut().push(jumps));
    let sequence = sequence.expect("a prediction");
    assert_eq!(render(&sequence), render(&predict(&instance).expect("one")));
    let expected: Vec<usize> = (1..=sequence.jumps().len()).collect();
    assert_eq!(told.into_inner(), expected);
}
