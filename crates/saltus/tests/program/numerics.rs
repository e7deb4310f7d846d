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

/// Verifies an instance: nothing fails; what is undecided is so for another reason than the one at stake.
#[track_caller]
fn check_nothing_fails(instance: &str) {
    let folder = Folder::new();
    folder.write("odd.toml", instance);
    let run = folder.run(&["verify", "odd.toml", "--json"]);
    assert!(matches!(run.code, Some(0 | 3)), "{}", run.stdout);
    assert!(
        !run.stdout.contains(r#""verdict":"fails""#),
        "{}",
        run.stdout
    );
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

/// The constant of the second jump time is larger than half of the plateau that follows: at both scales the flow has made the third jump
/// where that plateau is read, and rests at the same wrong saddle.
#[test]
fn a_plateau_that_is_over_before_it_is_read() {
    let instance = diagonal(
        r#"[["-20000.0", 0, "0.01"], ["-4737.520422317441", "0.0024848287771754986", "-0.0003252611652119307"]]"#,
        r#"["-0.015141503368887504", "0.009769167151356534"]"#,
    );
    let shape = r#"["0.7955722399504359", "2.0058226477626278", "442.9089532874573"]"#;
    let instance = format!("{instance}[init]\nshape = {shape}\n");
    let reason = "the flow is not between its two jumps then";
    check_all(
        &instance,
        &[("D1", "the jumps are not separated"), ("D3", reason)],
    );
}

/// A neuron grows by a factor of 1.003 before the other one has fitted its point, and most of its weight is not along that.
#[test]
fn a_neuron_that_has_not_begun_to_grow() {
    let instance = relu(
        "[[2, 0, 0], [0, 1, 0]]",
        r#"["-1.1834231501830599e-3", "-96.32341245726757"]"#,
        r#"[[1, "-6.553327183092608e-2", "37.40185400125829"], ["79.4777560276341", 3, "-6.329236396644249"],
            ["0.1285218517198936", -2, "-2.205585223162485"]]"#,
        "signs = [1, -1, -1]\nexponents = [\"0.1982\", \"9.532e-3\", \"2.754e-2\"]",
    );
    check(
        &instance,
        "R2",
        "the neuron has grown so little that its alignment may change the slope",
    );
}

/// β̃₀ is larger than the labels by a hundred digits: the independent solver stalls far from the solution.
#[test]
fn an_independent_solution_that_is_none() {
    let instance = diagonal(
        r#"[["-6.006401409072623e-1", 2, 2, 3], [2, "-3.317814425179467e-2", "-9.522888191601018", 0]]"#,
        r#"["5e6", "-93734755.33562408"]"#,
    );
    check(
        &instance,
        "S2",
        "the independent solution leaves more of the loss",
    );
}

/// Labels are held to half a unit in their last place, which weak directions of the inputs amplify a thousand million times; rounding
/// summed over thousands of steps is large beside a β of 1e-8 at a scale of 1e-2.
#[test]
fn rounding_that_moves_a_limit() {
    let reason = "rounding and the integrator account for";
    let instance = diagonal(
        r#"[["4585420.5500580575", "-0.00010679027712774867", "1.5643901131803782e-8", "-0.03", "6.02871562939312e-5", "-7.955979082995303e-9",
             "0.0002", "112571311.75325416"],
            ["2218612.5365097243", 0, "-1.1893207574797166e-9", "-0.15186834081428555", "2.1667256072386343e-5", "-7.120176449390564e-9",
             "4.5363239209714746e-5", "-70209682.27557774"],
            ["5983980590.129664", "0.0002", "1e-8", "-0.01", "-2.1853086807088592e-5", "-2e-8", "-2.112732237335949e-5", "-9201884.494327752"],
            ["59827228.21209843", "0.0002", "-1.4753480699517945e-7", "-0.0008148313742216094", "2.655600102825819e-5",
             "2.9372417919643807e-9", "-0.0001", "-1182676177.50989"]]"#,
        r#"["29420979.379608493", "-18349591.75927809", "-2404950.690763638", "-309097325.8581294"]"#,
    );
    check(&instance, "S2", reason);
    let instance = diagonal(
        r#"[["2e8", 0, "0.840759802411062", "-3e8", "0.0002", "2.604941298987456e-7"],
            ["54102051.28541505", 0, -1, "-2e8", "1.3302085472909843e-5", "-1.3093762841428392e-9"]]"#,
        r#"["0.06547452324263359", -1]"#,
    );
    check(&instance, "S2", reason);
}

/// Labels of 1e-13: the integrator's tolerance for the dual variable is larger than what that moves by; and a loss that rises.
#[test]
fn a_flow_that_is_only_known_to_a_tolerance() {
    let instance = diagonal(
        r#"[[-2, 0, "2.490915628189422", "1.5610030787788167", 0, "-0.32191352389608113"],
            [1, "0.023921598253704095", "-0.8870574828055686", 2, "-0.6113084563648834", "0.6687911176578449"]]"#,
        r#"["-1.6463315424079117e-13", "-2.6371425910460017e-13"]"#,
    );
    check_nothing_fails(&instance);
    let instance = diagonal(
        r#"[["3e8", "0.03", "722235.3020333307", "1.8084186442315286e-8"], ["1e8", "0.007518669447698803", "1e4", "2.314986705874065e-8"]]"#,
        r#"["-0.4965771886027036", "1.5493823169447802"]"#,
    );
    let shape = r#"["5.622194686272814", "443.05594141039745", "0.001061166765677333", "1.8752923357752174"]"#;
    let instance = format!("{instance}[init]\nshape = {shape}\n");
    check_nothing_fails(&instance);
}

/// The loss of stochastic descent grows by many decades, from seed to seed differently: rare runs carry the expectation, and twenty seeds
/// miss it.
#[test]
fn a_mean_that_rare_runs_carry() {
    let instance = diagonal(
        r#"[["0.5098900720922073", 2, "0.018904664993605467", -3, 2, "-1.506773145131642"],
            ["-0.06676665746474938", 0, 2, "-0.31699680526476354", "2.1113949969940613", "-1.36926741383057"],
            ["-1.7186682573208285", "0.2620685295094704", "0.26193721485262683", "1.8693977502554027", "-0.38879168033487954", "-2.1811451003994504"],
            ["34.479979558116135", "-18.15193856708616", "0.049087451971271234", -3, "0.03709669936252204", "-28.98386265801087"]]"#,
        r#"["2.1109820859583526e-7", "-1.3218603460400104e-6", "1.729945955477367e-6", "-5.95070661434479e-8"]"#,
    );
    let shape = r#"["0.0013558423430496526", "21.399855284699985", "580.9273347295155", "0.5310932367214318", "259.40761164463265", "698.3067382106482"]"#;
    let instance = format!("{instance}[init]\nshape = {shape}\n");
    check_nothing_fails(&instance);
    let instance = diagonal(
        r#"[[-1, 0, "2e8", "-1.7433112373510454e5"], [0, 0, "6.006367134501469e8", "8.056011115652435e3"]]"#,
        r#"[3, "1.059686014395251"]"#,
    );
    check_nothing_fails(&instance);
}

/// α² is 1e-320, below the normal doubles; and gradient descent diverges at a stepsize below those at which it converges.
#[test]
fn squares_below_the_normal_doubles_and_windows_of_divergence() {
    let instance = diagonal(
        r#"[[2, "-1.2322909117584766", 3, "-1.6509901997956642"], [0, "3.998809348499167e-1", 2, 2]]"#,
        r#"["-3e6", "2e6"]"#,
    );
    let exponents = r#"["4.6527337180912404e-1", "1.5982186660203521e2", "9.615645753511867e-1", "3.5164373090363e-1"]"#;
    let instance = format!("{instance}[init]\nexponents = {exponents}\n");
    check_nothing_fails(&instance);
    let instance = diagonal(
        r#"[["-3.081683451248418e-2", "-6.2172125406213495e-2", "1.5166294071583315", "1.9209325485616704"],
            [3, -1, 0, "-5.644816782461621e-1"], ["-1.0151138290678232", -1, 0, "2.773350453608068e1"]]"#,
        r#"["1.7526988655957567", "2.719482659286188e1", "2.8339110593856844e1"]"#,
    );
    let exponents = r#"["4.7731249692822644e1", "1.2127577052896119e-2", "1.015448808952437e-2", "4.525647453205143"]"#;
    let instance = format!("{instance}[init]\nexponents = {exponents}\n");
    check_nothing_fails(&instance);
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
