//! Changed certificates of ReLU networks, each with the rule that it breaks.

use serde_json::json;

use super::Row;

pub(super) fn rows() -> Vec<Row> {
    const THREE: &str = "relu-three-points";
    vec![
        ("format", THREE, vec![("/precision", json!(-1))]),
        ("format", THREE, vec![("/precision", json!(64.0))]),
        (
            "format",
            THREE,
            vec![("/precision", json!(4_294_967_296_u64))],
        ),
        ("format", THREE, vec![("/jumps/0/duration/-", json!(null))]),
        (
            "format",
            THREE,
            vec![("/jumps/0/winners/0", json!([0, [0, 2], "5/2", null]))],
        ),
        (
            "format",
            THREE,
            vec![("/end/squared_norm", json!("4 + sqrt(10)"))],
        ),
        (
            "format",
            THREE,
            vec![("/end/squared_norm", json!("2*sqrt(5/2) + 4"))],
        ),
        (
            "format",
            THREE,
            vec![("/end/squared_norm", json!("sqrt(10) + sqrt(16)"))],
        ),
        ("version", THREE, vec![("/version", json!(0))]),
        (
            "hash",
            THREE,
            vec![(
                "/hash",
                json!("aea6d08e6ca2ca8ac32b131e9e7cbeb73884f4a5d7d19f1b4930ffcecc379453"),
            )],
        ),
        (
            "instance",
            THREE,
            vec![(
                "/instance/output",
                json!({"weights": ["1", "9", "-9", "-9"]}),
            )],
        ),
        (
            "instance",
            THREE,
            vec![("/instance/output/signs/-", json!(null))],
        ),
        (
            "instance",
            THREE,
            vec![("/instance/exponents/0", json!("-1"))],
        ),
        ("instance", THREE, vec![("/instance/labels/-", json!(null))]),
        (
            "orthogonality",
            THREE,
            vec![("/instance/inputs/0/2", json!("1"))],
        ),
        (
            "orthogonality",
            THREE,
            vec![("/instance/inputs/2/2", json!("0"))],
        ),
        ("shape", THREE, vec![("/precision", json!(65_537))]),
        ("shape", THREE, vec![("/active_sets/-", json!(null))]),
        ("active-sets", THREE, vec![("/active_sets/0", json!([0]))]),
        (
            "active-sets",
            THREE,
            vec![("/active_sets/0", json!([2, 0]))],
        ),
        ("active-sets", THREE, vec![("/active_sets/3", json!([1]))]),
        ("racers", THREE, vec![("/jumps/0/racers/-", json!(null))]),
        (
            "racers",
            THREE,
            vec![("/jumps/1/racers/0/neuron", json!(0))],
        ),
        (
            "racers",
            THREE,
            vec![("/jumps/0/racers/2/neuron", json!(3))],
        ),
        ("racers", THREE, vec![("/jumps/0/racers", json!([]))]),
        (
            "rates",
            THREE,
            vec![("/jumps/0/racers/1/squared_rate", json!("1/5"))],
        ),
        (
            "rates",
            THREE,
            vec![("/jumps/1/racers/0/squared_rate", json!("-4/9"))],
        ),
        (
            "roots",
            THREE,
            vec![("/jumps/0/racers/0/root/0", json!("15372286728091293012"))],
        ),
        (
            "roots",
            THREE,
            vec![("/jumps/0/racers/0/root/1", json!("15372286728091293015"))],
        ),
        (
            "roots",
            THREE,
            vec![(
                "/jumps/0/racers/0/root",
                json!(["15372286728091293014", "15372286728091293015"]),
            )],
        ),
        (
            "roots",
            THREE,
            vec![(
                "/jumps/0/racers/0/root",
                json!(["-15372286728091293014", "-15372286728091293013"]),
            )],
        ),
        (
            "roots",
            THREE,
            vec![("/jumps/0/racers/1/root/1", json!("9223372036854775809"))],
        ),
        (
            "roots",
            THREE,
            vec![(
                "/jumps/0/racers/1/root",
                json!(["9223372036854775807", "9223372036854775808"]),
            )],
        ),
        ("winners", THREE, vec![("/jumps/0/winners", json!([]))]),
        (
            "winners",
            THREE,
            vec![("/jumps/0/winners/0/neuron", json!(3))],
        ),
        (
            "winners",
            THREE,
            vec![("/jumps/0/winners/0/neuron", json!(99))],
        ),
        (
            "winners",
            "exact tie",
            vec![("/jumps/1/winners/0/neuron", json!(2))],
        ),
        (
            "blocks",
            THREE,
            vec![("/jumps/0/winners/0/block", json!([0]))],
        ),
        (
            "blocks",
            THREE,
            vec![("/jumps/0/winners/0/block", json!([2, 0]))],
        ),
        (
            "blocks",
            THREE,
            vec![("/jumps/0/winners/0/neuron", json!(2))],
        ),
        ("points", THREE, vec![("/jumps/0/points", json!([0, 1, 2]))]),
        ("points", THREE, vec![("/jumps/0/points", json!([0, 0, 2]))]),
        ("points", THREE, vec![("/jumps/1/points", json!([]))]),
        (
            "sizes",
            THREE,
            vec![("/jumps/0/winners/0/fourth_power", json!("2"))],
        ),
        (
            "duration",
            THREE,
            vec![("/jumps/0/duration/0", json!("22136092888451461937"))],
        ),
        (
            "duration",
            THREE,
            vec![("/jumps/0/duration/1", json!("22136092888451461939"))],
        ),
        (
            "exponents",
            THREE,
            vec![("/jumps/0/racers/0/exponent", json!(["0", "1"]))],
        ),
        (
            "exponents",
            THREE,
            vec![("/jumps/0/racers/1/exponent/0", json!("7378697629483820645"))],
        ),
        (
            "exponents",
            THREE,
            vec![("/jumps/0/racers/2/exponent/1", json!("3689348814741910326"))],
        ),
        (
            "tie",
            THREE,
            vec![("/jumps/0/winners/0/tie", json!("equal-histories"))],
        ),
        (
            "tie",
            "relu-hadamard-ties",
            vec![("/jumps/1/winners/1/tie", json!(null))],
        ),
        (
            "tie",
            "exact tie",
            vec![("/jumps/1/winners/1/tie", json!("equal-histories"))],
        ),
        (
            "tie",
            "exact tie",
            vec![("/jumps/1/winners/1/tie", json!(null))],
        ),
        (
            "tie",
            "exact tie",
            vec![("/jumps/1/time/exact", json!(null))],
        ),
        (
            "time",
            "exact tie",
            vec![("/jumps/0/time/exact", json!(null))],
        ),
        (
            "tie",
            "irrational tie",
            vec![("/jumps/0/time/exact", json!(null))],
        ),
        ("time", THREE, vec![("/jumps/0/time/exact", json!("7/5"))]),
        ("time", THREE, vec![("/jumps/0/time/exact", json!("0"))]),
        (
            "time",
            THREE,
            vec![("/jumps/0/time/bracket/0", json!("22136092888451461937"))],
        ),
        (
            "time",
            THREE,
            vec![("/jumps/1/time/bracket/1", json!("27670116110564327429"))],
        ),
        ("loss", THREE, vec![("/jumps/0/loss", json!("0"))]),
        ("end", THREE, vec![("/jumps/-", json!(null))]),
        ("end", THREE, vec![("/jumps", json!([]))]),
        ("unfitted", THREE, vec![("/end/unfitted", json!([1]))]),
        (
            "unfitted",
            "relu-uncovered",
            vec![("/end/unfitted", json!([]))],
        ),
        (
            "interpolation",
            THREE,
            vec![("/end/interpolates", json!(false))],
        ),
        (
            "interpolation",
            "relu-uncovered",
            vec![("/end/interpolates", json!(true))],
        ),
        (
            "squared-norm",
            THREE,
            vec![("/end/squared_norm", json!("sqrt(10) + 5"))],
        ),
        (
            "squared-norm",
            THREE,
            vec![("/end/squared_norm", json!(null))],
        ),
        (
            "squared-norm",
            "overlap",
            vec![("/end/squared_norm", json!("2*sqrt(3)"))],
        ),
        (
            "minimal-norm",
            THREE,
            vec![("/end/min_squared_norm", json!("sqrt(10) + 3"))],
        ),
        (
            "minimal-norm",
            "no jumps, relu",
            vec![("/end/min_squared_norm", json!("1"))],
        ),
    ]
}
