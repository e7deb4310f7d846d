//! Changed certificates of diagonal networks, each with the rule that it breaks.

use serde_json::json;

use super::Row;

pub(super) fn rows() -> Vec<Row> {
    const TWO: &str = "dln-two-enter";
    vec![
        ("format", TWO, vec![("/jumps/0/time", json!(3))]),
        ("format", TWO, vec![("/jumps/0/time", json!("6/16"))]),
        ("format", TWO, vec![("/jumps/0/fit", json!("independent"))]),
        ("version", TWO, vec![("/version", json!(2))]),
        ("hash", TWO, vec![("/hash", json!("00"))]),
        ("instance", TWO, vec![("/instance/exponents/0", json!("0"))]),
        ("instance", TWO, vec![("/instance/shape/3", json!("-1"))]),
        ("instance", TWO, vec![("/instance/labels/-", json!(null))]),
        ("instance", TWO, vec![("/instance/inputs/1/-", json!(null))]),
        ("shape", TWO, vec![("/jumps/1/dual/-", json!(null))]),
        ("shape", TWO, vec![("/jumps/1/beta/-", json!(null))]),
        ("shape", TWO, vec![("/end/witness/-", json!(null))]),
        ("time", TWO, vec![("/jumps/0/time", json!("0"))]),
        ("time", TWO, vec![("/jumps/1/time", json!("3/8"))]),
        ("time", TWO, vec![("/jumps/1/time", json!("-1/2"))]),
        ("step", TWO, vec![("/jumps/0/dual/0", json!("3/4"))]),
        ("step", TWO, vec![("/jumps/1/time", json!("5/8"))]),
        (
            "bounds",
            TWO,
            vec![
                ("/jumps/0/time", json!("3/4")),
                ("/jumps/0/dual", json!(["-3/2", "2", "-3/4", "-2"])),
            ],
        ),
        ("hits", TWO, vec![("/jumps/0/hits", json!([1]))]),
        ("hits", TWO, vec![("/jumps/0/hits", json!([3, 1]))]),
        ("hits", TWO, vec![("/jumps/0/hits", json!([1, 1, 3]))]),
        ("hits", TWO, vec![("/jumps/1/hits", json!([1, 2]))]),
        (
            "hits",
            TWO,
            vec![
                ("/jumps/0/time", json!("3/16")),
                ("/jumps/0/dual", json!(["-3/8", "1/2", "-3/16", "-1/2"])),
                ("/jumps/0/hits", json!([])),
            ],
        ),
        ("signs", TWO, vec![("/jumps/0/beta/1", json!("-3/2"))]),
        ("signs", TWO, vec![("/jumps/0/beta/3", json!("1/2"))]),
        ("signs", TWO, vec![("/jumps/0/beta/0", json!("1"))]),
        ("stationarity", TWO, vec![("/jumps/0/beta/1", json!("2"))]),
        (
            "descent",
            TWO,
            vec![("/jumps/0/beta", json!(["0", "0", "0", "0"]))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit", json!("inherited"))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit/independent/0/0", json!("3/8"))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit/independent/0/-", json!(null))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit/independent/-", json!(null))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit", json!({"not-unique": ["0", "0", "0", "0"]}))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit", json!({"not-unique": ["0", "0", "0"]}))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit", json!({"not-unique": ["1", "0", "0", "0"]}))],
        ),
        (
            "uniqueness",
            TWO,
            vec![("/jumps/0/fit", json!({"not-unique": ["0", "1", "0", "0"]}))],
        ),
        (
            "uniqueness",
            TWO,
            vec![(
                "/jumps/0/fit",
                json!({"separated": {"left_inverse": [], "separator": ["0", "0", "0"]}}),
            )],
        ),
        (
            "uniqueness",
            "separated",
            vec![("/jumps/0/fit", json!({"independent": []}))],
        ),
        (
            "uniqueness",
            "separated",
            vec![("/jumps/0/fit/separated/separator", json!(["0", "0"]))],
        ),
        (
            "uniqueness",
            "separated",
            vec![("/jumps/0/fit/separated/separator", json!(["0", "-1"]))],
        ),
        (
            "uniqueness",
            "separated",
            vec![("/jumps/0/fit/separated/separator", json!(["1", "1"]))],
        ),
        (
            "uniqueness",
            "separated",
            vec![("/jumps/0/fit/separated/separator/-", json!(null))],
        ),
        (
            "uniqueness",
            "separated",
            vec![("/jumps/0/fit", json!({"not-unique": ["1", "-2", "1"]}))],
        ),
        (
            "uniqueness",
            "separated",
            vec![(
                "/jumps/0/fit",
                json!({"not-unique": ["1/4", "-1/2", "1/4"]}),
            )],
        ),
        (
            "uniqueness",
            "separated below",
            vec![("/jumps/0/fit", json!({"not-unique": ["-1", "-2", "-1"]}))],
        ),
        (
            "uniqueness",
            "separated below",
            vec![(
                "/jumps/0/fit",
                json!({"not-unique": ["-1/4", "-1/2", "-1/4"]}),
            )],
        ),
        (
            "uniqueness",
            "kernel",
            vec![("/jumps/0/fit", json!("inherited"))],
        ),
        ("loss", TWO, vec![("/jumps/0/loss", json!("0"))]),
        ("loss", TWO, vec![("/jumps/1/loss", json!("1"))]),
        ("end", TWO, vec![("/jumps/-", json!(null))]),
        ("end", TWO, vec![("/jumps", json!([]))]),
        (
            "interpolation",
            TWO,
            vec![("/end/interpolates", json!(false))],
        ),
        (
            "interpolation",
            "dln-overdetermined",
            vec![("/end/interpolates", json!(true))],
        ),
        (
            "interpolation",
            "no jumps, diagonal",
            vec![("/end/interpolates", json!(true))],
        ),
        ("dual-witness", TWO, vec![("/end/witness/0", json!("1/2"))]),
        (
            "dual-witness",
            "no jumps, diagonal",
            vec![("/end/witness", json!(["1", "0"]))],
        ),
        (
            "weighted-norm",
            TWO,
            vec![("/end/weighted_norm", json!("4"))],
        ),
        (
            "weighted-norm",
            "equal rows",
            vec![("/end/weighted_norm", json!("3"))],
        ),
    ]
}
