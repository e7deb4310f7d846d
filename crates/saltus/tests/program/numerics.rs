//! Instances on which the floats give up or lie: the verdict is *undecided* with the reason, and never *fails*.
//!
//! The instances were found by verifying random ones whose numbers are spread over many decades; all of them once hung, ran out of
//! memory, were refuted although the predictions are right, or show a guard at work.

use serde_json::Value;

use crate::harness::Folder;

/// Verifies an instance: nothing fails, and the claim is undecided for a reason that holds `reason`.
#[track_caller]
fn check(instance: &str, claim: &str, reason: &str) {
    check_all(instance, &[(claim, reason)]);
}

#[track_caller]
fn check_all(instance: &str, undecided: &[(&str, &str)]) {
    let folder = Folder::new();
    folder.write("odd.toml", instance);
    let answer = folder.run(&["verify", "odd.toml", "--json"]).json(3);
    assert_eq!(answer["verdict"], "undecided");
    let claims = answer["claims"].as_array().expect("a list");
    assert!(claims.iter().all(|claim| claim["verdict"] != "fails"));
    for (claim, reason) in undecided {
        let found = claims.iter().find(|found| found["id"] == *claim);
        let found = found.expect("the claim applies to the system");
        assert_eq!(found["verdict"], "undecided", "{claim}");
        let given = found["evidence"]["reason"].as_str().unwrap_or_default();
        assert!(given.contains(reason), "{given}");
    }
}

/// Simulates an instance: it ends with this exit code and message, and without an answer.
#[track_caller]
fn check_simulation(instance: &str, code: i32, message: &str) {
    let folder = Folder::new();
    folder.write("odd.toml", instance);
    let run = folder.run(&["simulate", "odd.toml", "--log-inv-scale", "1000"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""));
    assert_eq!(run.stderr, format!("saltus: odd.toml: {message}\n"));
}

fn relu(inputs: &str, labels: &str, hidden: &str, rest: &str) -> String {
    format!(
        "system = \"relu-orthogonal\"\n[data]\ninputs = {inputs}\nlabels = {labels}\n[init]\nhidden = {hidden}\n{rest}\n"
    )
}

fn diagonal(inputs: &str, labels: &str) -> String {
    format!("system = \"diagonal-linear\"\n[data]\ninputs = {inputs}\nlabels = {labels}\n")
}

const TWO: &str = "[[1, 1], [-1, 1]]";
const BOTH_POSITIVE: &str = "signs = [1, 1]";

#[test]
fn numbers_beyond_the_range_of_doubles() {
    let instance = relu("[[1, 0], [0, 1]]", r#"["1e400", 1]"#, TWO, BOTH_POSITIVE);
    check(
        &instance,
        "R1",
        "cannot be simulated in double precision: input 0 has norm 1 and label inf",
    );
}

/// The pushes of these overflow; the verifier once filled the memory with early sample times at 0.
#[test]
fn a_right_hand_side_that_overflows() {
    let instance = relu(
        r#"[["1e200", 0], [0, 1]]"#,
        r#"["1e200", 1]"#,
        TWO,
        BOTH_POSITIVE,
    );
    let message = "the right-hand side is not finite at t = 0.000000e0";
    check(&instance, "R1", message);
    check_simulation(&instance, 3, message);
    let instance = diagonal(r#"[["1e200", 1], [1, 2]]"#, r#"["1e200", 1]"#);
    check(&instance, "D1", message);
    check_simulation(&instance, 3, message);
}

#[test]
fn a_stiffness_that_leaves_no_step() {
    let instance = relu(
        r#"[["1e150", 0], [0, 1]]"#,
        r#"["1e150", 1]"#,
        TWO,
        BOTH_POSITIVE,
    );
    let message = "the step shrank to 9.881e-324 at t = 0.000000e0";
    check(&instance, "R1", message);
    check_simulation(&instance, 3, message);
}

#[test]
fn a_flow_that_comes_to_rest_too_early() {
    let instance = diagonal(
        r#"[["1e-100", 0, "1e-100"], [0, "1e-100", "1e-101"]]"#,
        r#"["1e-100", "3e-100"]"#,
    );
    check(&instance, "D1", "came to rest by t = 0.000000e0");
}

/// Digits are lost between the exponents, and the conserved quantities tell.
#[test]
fn a_conserved_quantity_that_drifts() {
    let instance = relu(
        "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]",
        r#"[1, "1e8", "-1e-8"]"#,
        r#"[[1, "1e-12", 1], ["1e-12", 1, "1e12"], [-1, 1, "1e-10"]]"#,
        "signs = [1, 1, -1]\nexponents = [1000, 1, \"1/1000\"]",
    );
    check(
        &instance,
        "R1",
        "the integration is broken: a_j² − ‖w_j‖² drifts by",
    );
}

/// The columns differ in the eighth digit, so that the fit lies far out along a valley.
#[test]
fn a_loss_that_rises() {
    let instance = diagonal(
        r#"[[1, "1.0000001", 1], [1, 1, "0.99999999"]]"#,
        r#"[1, "1.001"]"#,
    );
    check(
        &instance,
        "D1",
        "the integration is broken: the loss rises by",
    );
}

#[test]
fn a_tie_but_for_the_thirteenth_digit() {
    let reason = "needs a log inverse scale of about";
    let instance = relu(
        "[[1, 0], [0, 1]]",
        r#"[1, "1.0000000000001"]"#,
        "[[1, -1], [-1, 1]]",
        BOTH_POSITIVE,
    );
    check(&instance, "R1", reason);
    let instance = diagonal("[[1, 0], [0, 1]]", r#"[1, "1.000000000001"]"#);
    check(&instance, "D1", reason);
}

/// One neuron fits three points, of which one has a push of 1e-15 of the others: it is fitted long after the last reading.
#[test]
fn a_point_that_is_fitted_too_slowly() {
    let instance = relu(
        r#"[["3.2e-7", 0, 0], [0, "9.9e5", 0], [0, 0, "9.2e5"]]"#,
        r#"["-5.7e-2", "-2.2e-3", "-7.4e-5"]"#,
        "[[3, 7, 1]]",
        "signs = [-1]",
    );
    check(
        &instance,
        "R1",
        "the slowest points of the instance need a log inverse scale of about",
    );
}

/// The first jump comes within 1e-4 units of rescaled time, and the entries of a slow neuron would need hundreds of units of flow time
/// to die: at every scale that is run, the points are fitted before that.
#[test]
fn an_alignment_that_comes_too_late() {
    let instance = relu(
        r#"[["5.468e-1", 0, 0, 0, 0], [0, "-3.179e1", 0, 0, 0], [0, 0, "7.764e-1", 0, 0], [0, 0, 0, "-3.271e0", 0],
            [0, 0, 0, 0, "-7.817e2"]]"#,
        r#"["2.547e-1", "1.928e-1", "-8.551e-2", "-3.056e0", "-1.125e2"]"#,
        r#"[["-5.224e0", "7.352e0", "-5.736e1", "-7.223e0", "-7.693e0"], ["1.212e0", "8.102e0", "4.162e0", "-4.385e-1", "-2.289e0"],
            ["4.855e2", "7.588e0", "8.172e0", "-3.961e0", "-3.111e0"], ["-8.228e0", "2.876e0", "-2.269e0", "3.441e0", "5.561e0"]]"#,
        "signs = [-1, 1, -1, -1]\nexponents = [\"54.05\", \"51.32\", \"4.528\", \"1.967\"]",
    );
    let reason = "so that the early alignment was not over";
    check_all(&instance, &[("R1", reason), ("R2", reason)]);
}

/// Two jumps are 1.6e-10 apart, but the dual variables that meet their bounds move so fast that they look far from them.
#[test]
fn a_coordinate_that_is_fitted_too_slowly() {
    let instance = diagonal(
        r#"[["5.669e-2", 0], ["5.004e-3", "7.290e8"]]"#,
        r#"["-3.697e3", "-2.781e-5"]"#,
    );
    let instance = format!("{instance}[init]\nexponents = [\"1.225\", \"9.259\"]\n");
    let reason = "the slowest coordinates of the instance need a log inverse scale of about";
    check_all(&instance, &[("D1", reason), ("D3", reason)]);
}

/// Curvatures that differ by 24 decades: descent moves along the steepest direction only, by steps that are lost beside 1, and the
/// flow is stopped by its small gradient far from the end.
#[test]
fn digits_that_are_lost_in_a_step() {
    let instance = diagonal(r#"[["1e-12", 0, 1], [0, "1e12", 3]]"#, "[1, 3]");
    let undecided = [
        ("S4", "rounding may have changed it by"),
        ("S2", "no run of gradient descent converged"),
    ];
    check_all(&instance, &undecided);
    let instance = diagonal(
        r#"[["-8.898e1", "-4.074e-7", "9.311e1", 0, 0, "8.373e-1"], ["9.017e0", "-5.580e-3", "-3.468e5", "-3.081e-8", 0, "3.283e-1"],
            [0, "-9.361e1", 0, 0, 0, "-8.547e-10"], ["-6.753e-11", 0, "6.669e-1", "-5.906e0", "-4.857e-6", 0]]"#,
        r#"["4.368e-2", "-4.964e12", "-4.099e-3", "-6.518e-8"]"#,
    );
    check(&instance, "S3", "and rounding alone may make");
}

/// A negative control: in the same places an instance of moderate numbers is decided.
#[test]
fn moderate_numbers_are_decided() {
    let folder = Folder::new();
    for file in ["relu.toml", "diagonal.toml"] {
        let answer: Value = folder.run(&["verify", file, "--json"]).json(0);
        assert_eq!(answer["verdict"], "holds", "{file}");
    }
}
